#include <algorithm>
#include <limits>
#include <utility>

#include "daemon/config/rule_reading.h"
#include "daemon/rules/pattern_rule.h"

namespace fusiond::config {
namespace {

constexpr std::size_t kMaxParts = 32;
constexpr std::size_t kMaxTests = 200;

class PartsReading : public RuleReading {
 public:
  using RuleReading::RuleReading;

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
  }

 private:
  using Part = rules::Part;

  void sources(RuleNode& node, Part& part) {
    auto from = node.names("from");
    for (const Scalar& one : from) {
      add_sources(one.text, part.from);
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
    if (is_silence()) {
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
    if (role == PartRole::anchor && part.match.kinds.empty() && !is_silence()) {
      node.fault(node.has("match") ? node.at("match") : node.node(),
                 "an anchor needs `match: {kind: [gunshot]}`: which reports may open it");
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
};

}  // namespace

RuleDraft read_rule(RuleNode& top, const std::string& file, const RuleSurroundings& around,
                    Faults& faults) {
  RuleDraft draft;
  read_pattern(top, file, around, draft, faults);
  PartsReading(file, around, draft, faults).read(top);
  read_meaning(top, file, around, draft, faults);
  read_accepted(top, draft);
  if (top.has("tests") && top.at("tests").IsSequence() && top.at("tests").size() > kMaxTests) {
    top.fault("tests",
              "a rule has at most 200 tests, got: " + std::to_string(top.at("tests").size()));
  } else {
    read_tests(top, around, draft);
  }
  return draft;
}

}  // namespace fusiond::config
