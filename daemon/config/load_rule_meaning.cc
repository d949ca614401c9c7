// What a rule says: from when on, how urgent, who hears of it; and what a pattern counts by.
#include <algorithm>
#include <utility>

#include "daemon/config/rule_reading.h"

namespace fusiond::config {
namespace {

class PatternReading : public RuleReading {
 public:
  using RuleReading::RuleReading;

  // Counts by a key instead of looking at an incident of the fold.
  void pattern(RuleNode& top) {
    auto node = top.object("pattern");
    if (!node) {
      return;
    }
    rules::Pattern& pattern = draft.rule.pattern.emplace();
    const auto asked = node->text("key");
    const std::string key = asked.value_or("zone");
    pattern.by = key == "plate"    ? rules::GroupBy::plate
                 : key == "device" ? rules::GroupBy::device
                 : key == "author" ? rules::GroupBy::author
                 : key == "feed"   ? rules::GroupBy::feed
                                   : rules::GroupBy::zone;
    for (const Scalar& zone : node->names("zones")) {
      if (must_be_known(zone, "zone", around_.bundle.zones.names())) {
        pattern.of.push_back(zone.text);
      }
    }
    for (const Scalar& feed : node->names("feeds")) {
      if (around_.world.feeds) {
        must_be_known(feed, "source in the config called", *around_.world.feeds);
      }
      pattern.of.push_back(feed.text);
    }
    if (asked && node->has("zones") != (key == "zone")) {
      node->fault(node->has("zones") ? node->at("zones") : node->node(),
                  key == "zone" ? "a pattern by zone names its zones: `zones: [harbour]`"
                                : "`zones` go with `key: zone`; this one counts by " + key);
    }
    if (asked && node->has("feeds") && key != "feed") {
      node->fault("feeds", "`feeds` go with `key: feed`; this one counts by " + key);
    }
    if (node->has("within") == node->has("quiet_for")) {
      node->fault(node->node(),
                  "a pattern counts `within` a time: `within: 10 min`; or a feed is "
                  "to be quiet: `quiet_for: 15 min`");
    }
    const char* time = node->has("quiet_for") ? "quiet_for" : "within";
    pattern.within = node->time(time).value_or(std::chrono::minutes{1});
    if (node->has(time) && (pattern.within <= Micros{0} || pattern.within > std::chrono::days{7})) {
      node->fault(time, "must be above 0 s and at most 7 d");
    }
    if (node->has("quiet_for")) {
      pattern.quiet_for = pattern.within;
      silence(top, *node, asked && key != "feed");
    }
  }

 private:
  // A silence has no reports that anything could be asked of.
  static void silence(RuleNode& top, RuleNode& pattern, bool other_key) {
    if (other_key) {
      pattern.fault("quiet_for", "only a feed goes quiet: `key: feed`");
    }
    for (const char* key : {"support", "oppose", "then", "absent", "suppress", "inside"}) {
      if (top.has(key)) {
        top.fault(key, "a silence has no reports and no place; leave `" + std::string(key) +
                           "` out of a rule with `quiet_for`");
      }
    }
    if (auto incident = top.object("incident")) {
      for (const char* key : {"cameras", "evidence"}) {
        if (incident->has(key)) {
          incident->fault(key, "a silence has no place; leave `" + std::string(key) +
                                   "` out of a rule with `quiet_for`");
        }
      }
    }
    if (auto anchor = top.object("anchor")) {
      for (const char* key : {"match", "inside", "if_missing", "distinct", "at_least"}) {
        if (anchor->has(key)) {
          anchor->fault(key, "every report of the feed ends its silence; leave `" +
                                 std::string(key) + "` out of a rule with `quiet_for`");
        }
      }
    }
  }
};

class MeaningReading : public RuleReading {
 public:
  using RuleReading::RuleReading;

  void read(RuleNode& top) {
    decide(top);
    incident(top);
    suppress(top);
    routes(top);
  }

 private:
  rules::Needs needs(RuleNode& threshold) {
    rules::Needs needs;
    auto node = threshold.object("needs");
    if (!node) {
      return needs;
    }
    const bool all = node->has("all");
    if (all == node->has("any") || node->has("any") != node->has("of")) {
      node->fault(node->node(), "write {any: 1, of: [call, camera]} or {all: [second]}");
      return needs;
    }
    for (const Scalar& name : node->names(all ? "all" : "of")) {
      if (const auto index = part_named(name)) {
        needs.of.push_back(*index);
      }
    }
    needs.least = all ? static_cast<std::uint32_t>(needs.of.size())
                      : static_cast<std::uint32_t>(node->number("any").value_or(1));
    if (needs.least > needs.of.size()) {
      node->fault("any", "asks for " + std::to_string(needs.least) + " of " +
                             std::to_string(needs.of.size()) + " parts");
    }
    return needs;
  }

  // How many of a pattern it takes to be firm.
  std::uint32_t count(RuleNode& firm) {
    const auto least = firm.least_number("count");
    if (!least) {
      return 0;
    }
    if (!draft.rule.pattern) {
      firm.fault("count", "`count` is of a `pattern`; of parts write `needs`");
    } else if (*least <= draft.rule.anchor().at_least) {
      firm.fault("count", "firm asks for no more than the anchor does: " +
                              std::to_string(draft.rule.anchor().at_least));
    }
    return static_cast<std::uint32_t>(*least);
  }

  void decide(RuleNode& top) {
    auto decide = top.object("decide");
    if (!decide) {
      return;
    }
    if (auto provisional = decide->object("provisional")) {
      draft.rule.provisional = {provisional->odds_mn("probability").value_or(0),
                                needs(*provisional), 0};
    }
    if (auto firm = decide->object("firm")) {
      draft.rule.firm = {firm->odds_mn("probability").value_or(0), needs(*firm), count(*firm)};
      if (draft.rule.firm.odds_mn < draft.rule.provisional.odds_mn) {
        firm->fault("probability", "firm asks for less than provisional");
      }
    }
  }

  void changes(RuleNode& priority, const char* key, std::vector<rules::PriorityChange>& changes) {
    const std::int64_t base = draft.rule.priority.base;
    for (RuleNode& node : priority.objects(key)) {
      const auto because = node.text("because");
      const auto index = because ? part_named(Scalar{*because, node.at("because")}) : std::nullopt;
      const auto to = node.number("to");
      const bool raises = std::string_view(key) == "raise";
      if (to && (raises ? *to <= base : *to >= base)) {
        node.fault("to",
                   raises ? "raises to no more than the base" : "lowers to no less than the base");
      } else if (to && index) {
        changes.push_back({*index, static_cast<std::uint8_t>(*to)});
      }
    }
  }

  void incident(RuleNode& top) {
    auto incident = top.object("incident");
    if (!incident) {
      return;
    }
    draft.rule.type = incident->text("type").value_or("");
    const bool upper = std::all_of(draft.rule.type.begin(), draft.rule.type.end(),
                                   [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!upper) {
      incident->fault("type", "a type is one of EIDO's words in capital letters, such as SHOOT");
    }
    for (const Scalar& one : incident->names("verify_before")) {
      draft.rule.verify_before.push_back(one.text);
    }
    if (auto priority = incident->object("priority")) {
      draft.rule.priority.base = static_cast<std::uint8_t>(priority->number("base").value_or(0));
      changes(*priority, "raise", draft.rule.priority.raise);
      changes(*priority, "lower", draft.rule.priority.lower);
    }
    cameras(*incident);
    evidence(*incident);
  }

  void cameras(RuleNode& incident) {
    auto node = incident.object("cameras");
    if (!node) {
      return;
    }
    constexpr std::int64_t kMostCm = 200'000;
    const auto nearest = node->number("nearest");
    const auto within = node->distance_cm("within");
    if (within && *within > kMostCm) {
      node->fault("within", "a camera farther than 2 km away shows nothing of it");
    }
    if (around_.bundle.cameras.empty()) {
      incident.fault("cameras", "bundle.yaml says of no camera where it stands (`cameras`)");
    }
    draft.rule.cameras = rules::WantedCameras{static_cast<std::uint32_t>(nearest.value_or(1)),
                                              within.value_or(kMostCm)};
  }

  void evidence(RuleNode& incident) {
    auto node = incident.object("evidence");
    if (!node) {
      return;
    }
    rules::WantedEvidence& wanted = draft.rule.evidence.emplace();
    for (const Scalar& source : node->names("pin")) {
      const bool read = std::any_of(draft.from.begin(), draft.from.end(), [&](const auto& part) {
        return std::any_of(part.begin(), part.end(),
                           [&](const Scalar& from) { return source_of(from.text) == source.text; });
      });
      if (!read && !(source.text == "camera" && draft.rule.cameras)) {
        node->fault(source.node,
                    "no part reads " + source.text +
                        (source.text == "camera" ? ", and there are no `cameras`" : "") +
                        ": nothing of it would be kept");
      }
      add_sources(source.text, wanted.pin);
    }
    wanted.before = node->time("pre").value_or(Micros{0});
    wanted.after = node->time("post").value_or(Micros{0});
    for (const auto& [key, time] :
         {std::pair{"pre", wanted.before}, std::pair{"post", wanted.after}}) {
      if (node->has(key) && (time < Micros{0} || time > std::chrono::hours{2})) {
        node->fault(key, "must be from 0 s to 2 h");
      }
    }
  }

  void suppress(RuleNode& top) {
    std::vector<std::string> known;
    for (const auto& [name, one] : around_.bundle.suppressions) {
      known.push_back(name);
    }
    for (RuleNode& node : top.objects("suppress")) {
      rules::UseSuppression use;
      use.name = known_name(node, "use", "suppression", known);
      for (const Scalar& name : node.names("unless")) {
        if (const auto index = part_named(name)) {
          use.unless.push_back(*index);
        }
      }
      const auto at = around_.bundle.suppressions.find(use.name);
      if (at == around_.bundle.suppressions.end()) {
        continue;
      }
      if (at->second.mode == rules::SuppressionMode::hold && use.unless.empty()) {
        node.fault(
            node.node(),
            "a suppression that holds needs `unless: [hurt]`: nobody who is hurt is held back");
      }
      const auto& types = at->second.types;
      if (std::find(types.begin(), types.end(), draft.rule.type) == types.end()) {
        node.fault("use", "`" + use.name + "` is not about incidents of type " + draft.rule.type);
      }
      draft.rule.suppress.push_back(std::move(use));
    }
  }

  void routes(RuleNode& top) {
    auto list = top.objects("route");
    for (std::size_t i = 0; i < list.size(); ++i) {
      RuleNode& node = list[i];
      rules::RouteChoice choice;
      if (auto when = node.object("when")) {
        choice.firm_only = when->text("state").value_or("") == "firm";
        choice.zone = zone(*when, "zone");
        choice.least_priority =
            static_cast<std::uint8_t>(when->least_number("priority").value_or(0));
        if (when->present().empty()) {
          when->fault(when->node(), "`when` asks for nothing; leave it out");
        }
      }
      const bool last = i + 1 == list.size();
      if (last && node.has("when")) {
        node.fault("when", "the last route has no `when`, so that everything goes somewhere");
      } else if (!last && !node.has("when")) {
        node.fault(list[i + 1].node(), "is never taken: the route before it takes everything");
      }
      choice.route.to = node.text("to").value_or("");
      const Micros ack = node.time("ack").value_or(Micros{0});
      choice.route.ack_s =
          static_cast<std::uint32_t>(std::max<std::int64_t>(0, ack.count() / 1'000'000));
      if (node.has("ack") && (ack < std::chrono::seconds{1} || ack > std::chrono::hours{24})) {
        node.fault("ack", "must be from 1 s to 24 h");
      }
      choice.route.otherwise = node.text("else").value_or("");
      if (node.has("ack") != node.has("else")) {
        node.fault(node.node(),
                   "`ack` and `else` go together: within which time, and who hears of it then");
      }
      draft.rule.routes.push_back(std::move(choice));
    }
    if (top.has("route") && list.empty()) {
      top.fault("route", "somebody must hear of it; write - {to: rtcc.board}");
    }
  }
};

}  // namespace

void read_pattern(RuleNode& top, const std::string& file, const RuleSurroundings& around,
                  RuleDraft& draft, Faults& faults) {
  PatternReading(file, around, draft, faults).pattern(top);
}

void read_meaning(RuleNode& top, const std::string& file, const RuleSurroundings& around,
                  RuleDraft& draft, Faults& faults) {
  MeaningReading(file, around, draft, faults).read(top);
}

}  // namespace fusiond::config
