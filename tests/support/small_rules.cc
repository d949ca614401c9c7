#include "tests/support/small_rules.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/event_builder.h"

namespace fusiond::support {
namespace {

using rules::Part;
using rules::Rule;
using std::chrono::minutes;
using std::chrono::seconds;

rules::Sources from(std::initializer_list<WitnessKind> kinds) {
  rules::Sources sources;
  for (const WitnessKind kind : kinds) {
    sources.add(kind);
  }
  return sources;
}

Part part(std::string name, PartRole role, rules::Sources sources, std::vector<std::string> kinds,
          std::int64_t likelier_mn) {
  Part one;
  one.name = std::move(name);
  one.role = role;
  one.from = sources;
  one.match.kinds = std::move(kinds);
  one.likelier_mn = likelier_mn;
  return one;
}

// About 200 m around Main Street.
rules::Zone main_street() {
  constexpr std::int32_t kHalf = 20000;
  const auto corner = [](std::int32_t north, std::int32_t east) {
    return rules::ZonePoint{kMainStreetLatE7 + north, kMainStreetLonE7 + east};
  };
  return {{{corner(-kHalf, -kHalf), corner(-kHalf, kHalf), corner(kHalf, kHalf),
            corner(kHalf, -kHalf)}}};
}

Rule shots() {
  const auto callers = from({WitnessKind::caller, WitnessKind::unit});
  Rule rule;
  rule.name = "shots";
  rule.status = rules::RuleStatus::live;
  rule.title = "Shots, backed";
  rule.type = "SHOOT";
  rule.parts = {
      part("shot", PartRole::anchor, from({WitnessKind::acoustic, WitnessKind::caller}),
           {"gunshot", "shots_fired"}, 200),
      part("call", PartRole::support, callers, {"shots_fired", "loud_noise"}, 1386),
      part("noise", PartRole::oppose, callers, {"disturbance"}, -900),
      part("fight", PartRole::then, callers, {"fight"}, 700),
      part("nobody-called", PartRole::absent, callers, {"shots_fired"}, -300),
  };
  rule.parts[1].near = rules::Near{0, 20'000, std::nullopt, std::nullopt, true};
  rule.parts[1].time = rules::Span{0, -seconds{30}, minutes{5}};
  rule.parts[2].near = rules::Near{0, 5'000, std::nullopt, std::nullopt, false};
  rule.parts[3].time = rules::Span{1, seconds{0}, minutes{3}};
  rule.parts[4].until = minutes{2};
  rule.parts[4].feeds = {"cad"};
  rule.provisional = {0, {}};
  rule.firm = {1000, {1, {1, 3}}};
  rule.priority = {7, {{3, 9}, {1, 8}}, {{4, 5}}};
  rule.verify_before = {"stop"};
  rule.suppress = {{"quiet-street", {3}}, {"low", {}}};
  rule.routes = {{true, "main-street", 8, {"dispatch.north", 60, "dispatch.supervisor"}},
                 {false, "", 0, {"board", 0, ""}}};
  return rule;
}

Rule pile_up() {
  Rule rule;
  rule.name = "pile-up";
  rule.version = 3;
  rule.status = rules::RuleStatus::live;
  rule.title = "Many callers";
  rule.type = "MVA";
  rule.inside = "main-street";
  rule.parts = {
      part("crash", PartRole::anchor, from({WitnessKind::caller}), {"crash"}, 2000),
      part("more", PartRole::support, from({WitnessKind::caller, WitnessKind::social}),
           {"crash", "disturbance"}, 600),
      part("called-off", PartRole::oppose, from({WitnessKind::caller}), {"crash"}, -2000)};
  rule.parts[1].at_least = 2;
  rule.parts[1].at_most = 3;
  rule.parts[2].match.standing = false;
  rule.parts[2].match.cancelled = true;
  rule.provisional = {1500, {}};
  rule.firm = {2500, {1, {1}}};
  rule.priority = {6, {{1, 8}}, {{2, 2}}};
  rule.routes = {{false, "", 0, {"board", 0, ""}}};
  return rule;
}

}  // namespace

rules::Bundle small_bundle() {
  rules::Bundle bundle;
  bundle.version = "small-rules-1";
  bundle.zones.add("main-street", main_street());
  bundle.rules = {pile_up(), shots()};
  const auto day = [](int hours) {
    return event_time(kStartUs + Micros{std::chrono::hours{hours}}.count());
  };
  bundle.suppressions["quiet-street"] = {
      rules::SuppressionMode::hold, {"SHOOT"}, "main-street", {{day(0), day(1)}}, 0};
  bundle.suppressions["low"] = {
      rules::SuppressionMode::lower, {"SHOOT"}, "main-street", {{day(0), day(2)}}, 6};
  bundle.plate_lists["stolen"] = {day(0)};
  bundle.word_lists["guns"] = {"en", 1, {"gun", "shots"}};
  for (std::int32_t i = 0; i < 6; ++i) {  // along Main Street, some 110 m apart
    bundle.cameras.push_back(
        {"pole-" + std::to_string(i), {kMainStreetLatE7 + (i - 3) * 10000, kMainStreetLonE7}});
  }
  bundle.protected_events["march"] = {"main-street", {{day(0), day(1)}}};
  return bundle;
}

namespace {

class Drawing {
 public:
  explicit Drawing(SeededRng& rng) : rng_(rng) {}

  Rule rule(std::string name) {
    Rule rule;
    rule.name = std::move(name);
    rule.status = one_in(8) ? rules::RuleStatus::draft : rules::RuleStatus::live;
    rule.title = "Rule " + rule.name;
    rule.type = one_in(2) ? "SHOOT" : "MVA";
    rule.inside = one_in(4) ? "main-street" : "";
    if (one_in(6)) {
      rule.hours = {{event_time(kStartUs), event_time(kStartUs + 300'000'000)}};
    }
    rule.threat_to_life = one_in(2);
    rule.parts.push_back(draw(PartRole::anchor, "a", 0));
    for (const PartRole role : {PartRole::support, PartRole::support, PartRole::oppose,
                                PartRole::then, PartRole::absent}) {
      if (!one_in(3)) {
        const std::string part_name = "p" + std::to_string(rule.parts.size());
        rule.parts.push_back(draw(role, part_name, rule.parts.size()));
      }
    }
    rule.provisional = {number(-500, 500), {}};
    rule.firm = {rule.provisional.odds_mn + number(0, 1500), needs(rule.parts.size())};
    rule.priority.base = static_cast<std::uint8_t>(number(3, 7));
    for (std::size_t i = 1; i < rule.parts.size(); ++i) {
      auto& changes = one_in(2) ? rule.priority.raise : rule.priority.lower;
      changes.push_back({i, static_cast<std::uint8_t>(number(0, 10))});
    }
    if (one_in(2)) {
      rule.cameras =
          rules::WantedCameras{static_cast<std::uint32_t>(number(1, 4)), number(0, 60'000)};
    }
    if (one_in(2)) {
      rule.evidence = rules::WantedEvidence{from({WitnessKind::camera, WitnessKind::caller}),
                                            seconds{number(0, 60)}, seconds{number(0, 60)}};
    }
    if (one_in(3)) {
      draw_pattern(rule);
    }
    if (one_in(3)) {
      rule.suppress = {{"quiet-street", needs(rule.parts.size()).of}, {"low", {}}};
    }
    rule.routes = {{one_in(2), one_in(2) ? "main-street" : "", 6, {"north", 30, "boss"}},
                   {false, "", 0, {"board", 0, ""}}};
    return rule;
  }

 private:
  bool one_in(std::uint64_t n) { return rng_.below(static_cast<std::size_t>(n)) == 0; }
  std::int64_t number(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(high - low + 1)));
  }
  rules::Needs needs(std::size_t parts) {
    rules::Needs needs;
    for (std::size_t i = 1; i < parts; ++i) {
      if (one_in(2)) {
        needs.of.push_back(i);
      }
    }
    needs.least = needs.of.empty() ? 0 : static_cast<std::uint32_t>(number(0, 2));
    needs.least = std::min(needs.least, static_cast<std::uint32_t>(needs.of.size()));
    return needs;
  }
  // Speaks of a feed gone quiet: an anchor and nothing else.
  void draw_quiet(Rule& rule) {
    rule.pattern->quiet_for = seconds{number(0, 1200)};
    rule.parts.resize(1);
    rule.parts.front().at_least = 1;
    rule.parts.front().from = rule.pattern->quiet_for->count() % 3'000'000 == 0
                                  ? from({WitnessKind::camera, WitnessKind::social})
                                  : from({WitnessKind::caller, WitnessKind::acoustic});
    rule.firm.needs = {};
    rule.priority.raise.clear();
    rule.priority.lower.clear();
    rule.inside.clear();
    rule.routes = {{one_in(2), "", 6, {"north", 30, "boss"}}, {false, "", 0, {"board", 0, ""}}};
  }
  // Counts by a key: wide enough a match that some windows hold enough.
  void draw_pattern(Rule& rule) {
    static const std::vector<rules::GroupBy> kKeys = {rules::GroupBy::zone, rules::GroupBy::plate,
                                                      rules::GroupBy::device,
                                                      rules::GroupBy::author, rules::GroupBy::feed};
    static const std::vector<rules::Field> kVoices = {
        rules::Field::witness, rules::Field::report, rules::Field::caller, rules::Field::device,
        rules::Field::plate,   rules::Field::source, rules::Field::author};
    rules::Pattern& pattern = rule.pattern.emplace();
    pattern.by = kKeys[rng_.below(kKeys.size())];
    pattern.within = seconds{number(0, 1800)};
    if (pattern.by == rules::GroupBy::zone) {
      pattern.of = {"main-street"};
    } else if (pattern.by == rules::GroupBy::feed && one_in(2)) {
      pattern.of = {"cad"};
    }
    if (pattern.by == rules::GroupBy::feed && !one_in(3)) {
      draw_quiet(rule);
      return;
    }
    Part& counted = rule.parts.front();
    counted.distinct = kVoices[rng_.below(kVoices.size())];
    counted.at_least = static_cast<std::uint32_t>(number(1, 3));
    if (!one_in(4)) {
      counted.from = from({WitnessKind::caller, WitnessKind::unit, WitnessKind::acoustic,
                           WitnessKind::camera, WitnessKind::social, WitnessKind::plate});
      counted.likelier_mn = 500;
      counted.match = {};
      counted.match.kinds = {"gunshot", "shots_fired", "crash", "fight", "disturbance"};
      counted.inside.clear();
      rule.hours.clear();
    }
    if (one_in(3)) {
      rule.firm.count = static_cast<std::uint32_t>(number(1, 4));
    }
  }
  Part draw(PartRole role, std::string name, std::size_t index) {
    static const std::vector<std::string> kKinds = {"gunshot", "shots_fired", "crash",     "fire",
                                                    "fight",   "disturbance", "loud_noise"};
    Part one;
    one.name = std::move(name);
    one.role = role;
    for (const WitnessKind kind : {WitnessKind::caller, WitnessKind::unit, WitnessKind::acoustic,
                                   WitnessKind::camera, WitnessKind::social, WitnessKind::plate}) {
      if (!one_in(4)) {
        one.from.add(kind);
      }
    }
    for (const std::string& kind : kKinds) {
      if (one_in(role == PartRole::anchor ? 2 : 3)) {
        one.match.kinds.push_back(kind);
      }
    }
    if (role == PartRole::anchor && one.match.kinds.empty()) {
      one.match.kinds = {"gunshot"};
    }
    draw_match(one);
    one.likelier_mn = number(-1500, 1500);
    if (role != PartRole::anchor) {
      draw_limits(one, index);
    }
    if (role == PartRole::absent) {
      one.until = seconds{number(0, 600)};
      one.feeds = {one_in(2) ? "cad" : "acoustic"};
    }
    return one;
  }
  void draw_match(Part& one) {
    if (one_in(6)) {
      one.match.least_confidence_permille = static_cast<std::uint16_t>(number(0, 1000));
    }
    if (one_in(6)) {
      one.match.least_priority = static_cast<std::uint8_t>(number(0, 10));
    }
    if (one_in(5)) {
      one.match.cancelled = true;
      one.match.standing = one_in(2);
    }
    if (one_in(10)) {
      one.match.plate_lists = {"stolen"};
      one.match.list_age = seconds{number(0, 600)};
    }
    if (one_in(10)) {
      one.match.words = "guns";
    }
    one.missing_fits = one_in(3);
    one.inside = one_in(6) ? "main-street" : "";
  }
  void draw_limits(Part& one, std::size_t index) {
    const auto earlier = [&] { return static_cast<std::size_t>(rng_.below(index)); };
    if (one_in(2)) {
      one.near = rules::Near{earlier(), number(0, 40'000), std::nullopt, std::nullopt, one_in(2)};
      if (one_in(4)) {
        one.near->beyond_cm = number(0, 20'000);
      }
      if (one_in(3)) {
        one.near->within_cm = std::nullopt;
        one.near->speed_mm_per_s = number(0, 2'000);
      }
    }
    if (one_in(2)) {
      const std::int64_t begin = number(-300, 100);
      one.time = rules::Span{earlier(), seconds{begin}, seconds{begin + number(0, 600)}};
    }
    if (one_in(4)) {
      one.same = rules::Same{earlier(), one_in(2) ? rules::Field::plate : rules::Field::device};
    }
    static const std::vector<rules::Field> kFields = {
        rules::Field::witness, rules::Field::witness,    rules::Field::caller, rules::Field::device,
        rules::Field::plate,   rules::Field::cad_number, rules::Field::source};
    one.distinct = kFields[rng_.below(kFields.size())];
    one.at_least = static_cast<std::uint32_t>(one_in(4) ? 2 : 1);
    if (one_in(3)) {
      one.at_most = one.at_least;
    }
  }

  SeededRng& rng_;
};

}  // namespace

rules::Bundle random_bundle(SeededRng& rng) {
  rules::Bundle bundle = small_bundle();
  bundle.rules.clear();
  Drawing drawing(rng);
  const auto count = 1 + rng.below(4);
  for (std::uint64_t i = 0; i < count; ++i) {
    bundle.rules.push_back(drawing.rule("r" + std::to_string(i)));
  }
  return bundle;
}

}  // namespace fusiond::support
