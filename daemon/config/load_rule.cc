#include "daemon/config/load_rule.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "daemon/rules/pattern_rule.h"

namespace fusiond::config {
namespace {

constexpr std::size_t kMaxParts = 32;
constexpr std::size_t kMaxTests = 200;

class RuleReading {
 public:
  RuleReading(const std::string& file, const RuleSurroundings& around, Faults& faults)
      : file_(file), around_(around), faults_(faults) {}

  RuleDraft draft;

  void read(RuleNode& top) {
    auto& rule = draft.rule;
    rule.name = top.text("rule").value_or("");
    rule.version = static_cast<std::uint32_t>(top.number("version").value_or(1));
    const std::string status = top.text("status").value_or("draft");
    rule.status = status == "live"      ? rules::RuleStatus::live
                  : status == "retired" ? rules::RuleStatus::retired
                                        : rules::RuleStatus::draft;
    rule.title = top.text("title").value_or("");
    rule.inside = zone(top, "inside");
    rule.hours = calendar_of(top, "during", around_.bundle.calendars);
    if (top.has("during") && top.has("social")) {
      top.fault("during", "a rule that reads posts says when by `social: {hours}`");
    }
    pattern(top);
    if (auto anchor = top.object("anchor")) {
      part(*anchor, PartRole::anchor);
    } else {
      draft.rule.parts.emplace_back();  // so that others have something to stand behind
      draft.marks.push_back(top.node());
      draft.from.emplace_back();
    }
    for (const auto& [key, role] : {std::pair{"support", PartRole::support},
                                    {"oppose", PartRole::oppose},
                                    {"then", PartRole::then},
                                    {"absent", PartRole::absent}}) {
      for (RuleNode& node : top.objects(key)) {
        part(node, role);
      }
    }
    if (rule.parts.size() > kMaxParts) {
      top.fault(top.node(),
                "a rule has at most 32 parts, got: " + std::to_string(rule.parts.size()));
    }
    decide(top);
    incident(top);
    suppress(top);
    routes(top);
  }

 private:
  using Part = rules::Part;

  void fault(const YAML::Node& where, const std::string& message) {
    faults_.push_back(fault_at(file_, where, message));
  }

  // A name that must be one of `known`.
  std::string known_name(RuleNode& node, const char* key, const std::string& what,
                         const std::vector<std::string>& known) {
    const auto name = node.text(key);
    if (!name) {
      return {};
    }
    must_be_known(Scalar{*name, node.at(key)}, what, known);
    return *name;
  }

  bool must_be_known(const Scalar& name, const std::string& what,
                     const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), name.text) != known.end()) {
      return true;
    }
    const std::string close = nearest(name.text, known);
    std::string all;
    for (const std::string& one : known) {
      all += (all.empty() ? "" : ", ") + one;
    }
    fault(name.node, "there is no " + what + " `" + name.text + "`" +
                         (!close.empty()     ? "; did you mean `" + close + "`?"
                          : known.empty()    ? "; there is none at all"
                          : all.size() > 200 ? ""
                                             : "; there are " + all));
    return false;
  }

  std::string zone(RuleNode& node, const char* key) {
    return known_name(node, key, "zone", around_.bundle.zones.names());
  }

  [[nodiscard]] std::vector<std::string> part_names() const {
    std::vector<std::string> names;
    for (const Part& part : draft.rule.parts) {
      names.push_back(part.name);
    }
    return names;
  }

  // Which part a name means; of those read so far.
  std::optional<rules::PartIndex> part_named(const Scalar& name) {
    const auto names = part_names();
    if (!must_be_known(name, "part before this one called", names)) {
      return std::nullopt;
    }
    return static_cast<rules::PartIndex>(std::find(names.begin(), names.end(), name.text) -
                                         names.begin());
  }

  rules::PartIndex reference(RuleNode& node, const char* key) {
    const auto name = node.text(key);
    const auto index = name ? part_named(Scalar{*name, node.at(key)}) : std::nullopt;
    if (index && draft.rule.parts[*index].role == PartRole::absent) {
      node.fault(key, "`" + *name + "` is what did not come, so nothing can be measured from it");
    }
    return index.value_or(0);
  }

  void sources(RuleNode& node, Part& part) {
    auto from = node.names("from");
    for (const Scalar& one : from) {
      if (one.text == "cad" || one.text == "caller") {
        part.from.add(WitnessKind::caller);
      }
      if (one.text == "cad" || one.text == "unit") {
        part.from.add(WitnessKind::unit);
      }
      for (const auto& [name, kind] : {std::pair{"acoustic", WitnessKind::acoustic},
                                       {"alarm", WitnessKind::alarm},
                                       {"camera", WitnessKind::camera},
                                       {"plate", WitnessKind::plate},
                                       {"social", WitnessKind::social},
                                       {"public-alert", WitnessKind::public_alert},
                                       {"traffic", WitnessKind::traffic},
                                       {"track", WitnessKind::track},
                                       {"operator", WitnessKind::operator_}}) {
        if (one.text == name) {
          part.from.add(kind);
        }
      }
    }
    draft.from.push_back(std::move(from));
  }

  void match(RuleNode& node, Part& part) {
    auto match = node.object("match");
    if (!match) {
      return;
    }
    if (match->present().empty()) {
      match->fault(match->node(), "`match` asks for nothing; leave it out, or say what must fit");
    }
    for (const Scalar& kind : match->names("kind")) {
      if (must_be_known(kind, "kind", around_.world.kinds)) {
        part.match.kinds.push_back(kind.text);
      }
    }
    part.match.least_confidence_permille = match->permille("confidence");
    if (const auto least = match->least_number("priority")) {
      part.match.least_priority = static_cast<std::uint8_t>(*least);
    }
    if (match->has("state")) {
      part.match.standing = false;
      for (const Scalar& state : match->names("state")) {
        (state.text == "standing" ? part.match.standing : part.match.cancelled) = true;
      }
    }
    plate_lists(*match, part);
    if (match->has("words")) {
      std::vector<std::string> known;
      for (const auto& [name, list] : around_.bundle.word_lists) {
        known.push_back(name);
      }
      part.match.words = known_name(*match, "words", "list of words", known);
    }
  }

  void plate_lists(RuleNode& match, Part& part) {
    std::vector<std::string> known;
    for (const auto& [name, list] : around_.bundle.plate_lists) {
      known.push_back(name);
    }
    for (const Scalar& list : match.names("list")) {
      if (must_be_known(list, "list of plates", known)) {
        part.match.plate_lists.push_back(list.text);
      }
    }
    part.match.list_age = match.time("list_age");
    constexpr Micros kMost = std::chrono::hours{24};
    if (match.has("list") && !match.has("list_age")) {
      match.fault("list", "a list of plates needs `list_age: at most 24 h`: plates come off lists");
    } else if (!match.has("list") && match.has("list_age")) {
      match.fault("list_age", "`list_age` is the age of a `list`, and there is none");
    } else if (part.match.list_age &&
               (*part.match.list_age > kMost || *part.match.list_age <= Micros{0})) {
      match.fault("list_age", "a list may be at most 24 h old; write at most 24 h, or less");
    }
  }

  void place_and_time(RuleNode& node, Part& part) {
    if (auto near = node.object("near")) {
      part.near = rules::Near{reference(*near, "of"), near->distance_cm("within"),
                              near->distance_cm("beyond"), near->speed_mm_per_s("speed"),
                              near->truth("use_error").value_or(true)};
      if (!near->has("within") && !near->has("speed") && !near->has("beyond")) {
        near->fault(near->node(), "`near` needs `within: 400 m` or `speed: at most 200 km/h`");
      } else if (part.near->within_cm && part.near->beyond_cm &&
                 *part.near->within_cm <= *part.near->beyond_cm) {
        near->fault("beyond", "nothing is farther than that and within `within`");
      }
    }
    if (auto time = node.object("time")) {
      part.time = rules::Span{reference(*time, "of"), time->time("from").value_or(Micros{0}),
                              time->time("to").value_or(Micros::max())};
      if (part.time->from > part.time->to) {
        time->fault("to", "the time ends before it begins");
      }
      if (part.role == PartRole::then && part.time->from < Micros{0}) {
        time->fault("from", "what must follow cannot come before; write `from: 0 s` or later");
      }
    } else if (part.role == PartRole::then) {
      node.fault(node.node(), "a part of `then` needs `time`: after which report, and until when");
    }
    if (auto same = node.object("same")) {
      same_as(*same, part);
    }
    part.inside = zone(node, "inside");
  }

  void same_as(RuleNode& same, Part& part) {
    int asked = 0;
    for (const auto& [key, field] : {std::pair{"plate", rules::Field::plate},
                                     {"caller", rules::Field::caller},
                                     {"device", rules::Field::device},
                                     {"cad_number", rules::Field::cad_number}}) {
      if (same.has(key)) {
        ++asked;
        part.same = rules::Same{reference(same, key), field};
      }
    }
    if (asked != 1) {
      same.fault(same.node(), "`same` names one thing that is shared: {plate: first}");
    }
  }

  void counts(RuleNode& node, Part& part) {
    if (part.role == PartRole::anchor) {
      counted(node, part);
    }
    if (part.role == PartRole::anchor || part.role == PartRole::absent) {
      return;
    }
    part.distinct = field_named(node.text("distinct").value_or("witness"));
    part.at_least = static_cast<std::uint32_t>(node.number("at_least").value_or(1));
    part.at_most = static_cast<std::uint32_t>(
        node.number("at_most").value_or(std::numeric_limits<std::uint32_t>::max()));
    if (part.at_least > part.at_most) {
      node.fault("at_least", "at least " + std::to_string(part.at_least) + " and at most " +
                                 std::to_string(part.at_most) + " can never both be");
    }
  }

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
    pattern.within = node->time("within").value_or(std::chrono::minutes{1});
    if (node->has("within") &&
        (pattern.within <= Micros{0} || pattern.within > std::chrono::days{7})) {
      node->fault("within", "must be above 0 s and at most 7 d");
    }
  }

  // What a pattern counts; of a case the earliest anchor is the one.
  void counted(RuleNode& node, Part& part) {
    if (!draft.rule.pattern) {
      for (const char* key : {"distinct", "at_least"}) {
        if (node.has(key)) {
          node.fault(key,
                     "only the anchor of a `pattern` counts; several reports of an incident "
                     "are a part of `support` with `" +
                         std::string(key) + "`");
        }
      }
      return;
    }
    if (!node.has("at_least")) {
      node.fault(node.node(), "the anchor of a pattern says how many it takes: `at_least: 12`");
    }
    const std::string distinct = node.text("distinct").value_or("witness");
    part.distinct = field_named(distinct);
    part.at_least = static_cast<std::uint32_t>(node.number("at_least").value_or(1));
    const std::string_view key = word_of(draft.rule.pattern->by);
    if (part.at_least > 1 && (distinct == key || (distinct == "source" && key == "feed"))) {
      node.fault("distinct", "under one " + std::string(key) + " there is one " + distinct + ": " +
                                 std::to_string(part.at_least) + " can never be");
    }
  }

  static rules::Field field_named(const std::string& name) {
    return name == "caller"   ? rules::Field::caller
           : name == "device" ? rules::Field::device
           : name == "plate"  ? rules::Field::plate
           : name == "source" ? rules::Field::source
           : name == "author" ? rules::Field::author
           : name == "report" ? rules::Field::report
                              : rules::Field::witness;
  }

  void weight(RuleNode& node, Part& part) {
    if (part.role == PartRole::anchor) {
      part.likelier_mn = node.odds_mn("prior").value_or(0);
      return;
    }
    part.likelier_mn = node.factor_mn("likelier").value_or(0);
    if (!node.has("likelier")) {
      return;
    }
    if (part.role == PartRole::oppose && part.likelier_mn >= 0) {
      node.fault("likelier", "what speaks against it must be below 1x, such as 0.4x");
    } else if ((part.role == PartRole::support || part.role == PartRole::then) &&
               part.likelier_mn < 0) {
      node.fault("likelier",
                 "what makes it likelier must be 1x or more; below it belongs to `oppose`");
    }
  }

  void part(RuleNode& node, PartRole role) {
    Part part;
    part.role = role;
    part.name = node.text("as").value_or("part " + std::to_string(draft.rule.parts.size()));
    const auto names = part_names();
    if (std::find(names.begin(), names.end(), part.name) != names.end()) {
      node.fault("as", "two parts are called `" + part.name + "`");
    }
    sources(node, part);
    match(node, part);
    if (role == PartRole::anchor && part.match.kinds.empty() && node.has("match")) {
      node.fault("match", "an anchor needs `kind`: which reports may open it");
    }
    if (role != PartRole::anchor) {
      place_and_time(node, part);
    } else {
      part.inside = zone(node, "inside");
    }
    part.missing_fits = node.text("if_missing").has_value();
    counts(node, part);
    weight(node, part);
    if (role == PartRole::absent) {
      absent(node, part);
    }
    draft.marks.push_back(node.at("as"));
    draft.rule.parts.push_back(std::move(part));
  }

  void absent(RuleNode& node, Part& part) {
    part.until = node.time("until").value_or(Micros{0});
    if (node.has("until") && (part.until <= Micros{0} || part.until > std::chrono::hours{24})) {
      node.fault("until", "must be above 0 s and at most 24 h");
    }
    for (const Scalar& feed : node.names("feeds")) {
      if (around_.world.feeds) {
        must_be_known(feed, "source in the config called", *around_.world.feeds);
      }
      part.feeds.push_back(feed.text);
    }
    if (!part.time) {
      part.time = rules::Span{0, Micros::min() / 2, part.until};
    }
    part.time->to = std::min(part.time->to, part.until);
  }

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

  const std::string& file_;
  const RuleSurroundings& around_;
  Faults& faults_;
};

}  // namespace

RuleDraft read_rule(RuleNode& top, const std::string& file, const RuleSurroundings& around,
                    Faults& faults) {
  RuleReading reading(file, around, faults);
  reading.read(top);
  if (top.has("tests") && top.at("tests").IsSequence() && top.at("tests").size() > kMaxTests) {
    top.fault("tests",
              "a rule has at most 200 tests, got: " + std::to_string(top.at("tests").size()));
  } else {
    read_tests(top, around, reading.draft);
  }
  return std::move(reading.draft);
}

}  // namespace fusiond::config
