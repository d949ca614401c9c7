// Rules held against F: what they say of every incident, after every message, whatever the order.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/property/against_f.h"
#include "tests/property/seeds.h"
#include "tests/support/event_builder.h"
#include "tests/support/fusion_line.h"
#include "tests/support/small_rules.h"

using namespace fusiond;
using support::CityOptions;
using support::EventBuilder;
using support::FusionLine;
using support::SeededRng;
using support::Step;

namespace {

// Records with what rules read besides: plates on lists, calls called off, words, priorities.
std::vector<Event> ruled_records(SeededRng& rng, const CityOptions& options) {
  std::vector<Event> records = support::city_records(rng, options);
  for (Event& record : records) {
    if (rng.chance(20)) {
      record.plate_lists = {"stolen"};
    }
    if (rng.chance(30)) {
      record.keys.plate = rng.chance(50) ? "ABC1" : "XYZ2";
    }
    if (rng.chance(15)) {
      record.source_kind = SourceKind::social;
    }
    if (rng.chance(15)) {
      record.provenance = rng.chance(50) ? "author-1" : "author-2";
    }
    if (rng.chance(15)) {
      record.keys.device = rng.chance(50) ? "cam-1" : "cam-2";
    }
    if (rng.chance(15) && record.lifecycle != Lifecycle::retract) {
      record.lifecycle = Lifecycle::cancel;
    }
    if (rng.chance(40)) {
      record.headline = rng.chance(50) ? "Shots, they say" : "a gunny sack";
    }
    if (rng.chance(40)) {
      record.priority = static_cast<std::uint8_t>(rng.below(11));
    }
    if (rng.chance(40)) {
      record.confidence_permille = static_cast<std::uint16_t>(rng.below(1001));
    }
    record = EventBuilder(record).build();
  }
  return records;
}

}  // namespace

TEST_CASE("after every message what rules say equals F", "[property][rules]") {
  for (const std::uint64_t seed : seeds(700000, 500)) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 4 + rng.below(12);
    const rules::Bundle bundle = support::random_bundle(rng);
    const std::vector<Step> steps = support::one_delivery(rng, ruled_records(rng, options), true);
    require_f(steps, Compare::always, support::small_association(), bundle);
  }
}

TEST_CASE("what rules say of large incidents does not wait", "[property][rules]") {
  for (const std::uint64_t seed : seeds(710000, 200)) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 10 + rng.below(10);
    const rules::Bundle bundle = support::random_bundle(rng);
    const std::vector<Step> steps = support::one_delivery(rng, ruled_records(rng, options), true);
    require_f(steps, Compare::always, support::short_lists(), bundle);
  }
}

TEST_CASE("rules that are switched in between leave what F gives by the last ones",
          "[property][rules]") {
  for (const std::uint64_t seed : seeds(720000, 400)) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 4 + rng.below(14);
    const rules::Bundle bundle = rng.chance(50) ? support::random_bundle(rng) : rules::Bundle{};
    std::vector<Step> steps = support::one_delivery(rng, ruled_records(rng, options), true);
    for (std::uint64_t left = 1 + rng.below(4); left > 0; --left) {
      Step step;
      step.rules = std::make_shared<rules::Bundle>(rng.chance(15) ? rules::Bundle{}
                                                                  : support::random_bundle(rng));
      steps.insert(steps.begin() + static_cast<std::ptrdiff_t>(rng.below(steps.size() + 1)), step);
    }
    const auto association = rng.chance(30) ? support::short_lists() : support::small_association();
    require_f(steps, Compare::always, association, bundle);
  }
}

TEST_CASE("what rules said before a restart ends in words after it", "[property][rules]") {
  for (const bool restart : {false, true}) {
    support::FusionLine line{std::chrono::hours{72}, support::small_association(),
                             support::small_bundle()};
    const auto shot = [](std::uint64_t revision, const std::string& kind) {
      return EventBuilder("a1", "acoustic")
          .from(SourceKind::acoustic)
          .at(std::chrono::hours{3})
          .revision(revision)
          .kind(kind)
          .build();
    };
    const auto opened = line.say(shot(1, "gunshot"));
    REQUIRE(opened.size() == 1);
    REQUIRE(opened[0].content.findings.size() == 1);
    CHECK(opened[0].content.findings[0].state == FindingState::provisional);
    CHECK(opened[0].findings_ended.empty());
    if (restart) {
      line.restart();
    }
    const auto changed = line.say(shot(2, "loud_noise"));
    REQUIRE(changed.size() == 1);
    CHECK(changed[0].content.findings.empty());
    CHECK(changed[0].findings_ended == std::vector<std::string>{"shots"});
    CHECK(line.broken().empty());
  }
}

namespace {

// Two rules of feeds gone quiet, one of them of one feed and not always.
rules::Bundle quiet_rules(SeededRng& rng) {
  rules::Bundle bundle;
  for (const char* name : {"any-feed", "plates"}) {
    rules::Rule rule;
    rule.name = name;
    rule.status = rules::RuleStatus::live;
    rule.type = "SERVICE";
    rule.pattern = rules::Pattern{rules::GroupBy::feed, {}, Micros{0}, std::nullopt};
    rule.pattern->quiet_for = std::chrono::minutes{5 + rng.below(rng.chance(40) ? 400 : 40)};
    rules::Part last;
    last.name = "last";
    last.role = PartRole::anchor;
    last.from.add(WitnessKind::plate);
    last.from.add(WitnessKind::camera);
    last.likelier_mn = 2000;
    rule.parts = {last};
    rule.provisional = {1000, {}, 0};
    rule.firm = {1500, {}, 0};
    rule.routes = {{false, "", 0, {"board", 0, ""}}};
    bundle.rules.push_back(rule);
  }
  bundle.rules[1].pattern->of = {"plates"};
  if (rng.chance(50)) {
    bundle.rules[1].hours = {{event_time(support::kStartUs + 3'600'000'000),
                              event_time(support::kStartUs + 9 * 3'600'000'000)}};
  }
  return bundle;
}

std::vector<IncidentContent> silences(std::vector<IncidentContent> all) {
  std::erase_if(all, [](const IncidentContent& one) { return !one.pattern; });
  return all;
}

std::vector<IncidentContent> unfinished(std::vector<IncidentContent> all) {
  std::erase_if(all, [](const IncidentContent& one) { return one.state == IncidentState::closed; });
  return all;
}

// A report of one of two feeds, that comes in then.
Event heard_at(SeededRng& rng, std::uint64_t number, Micros now) {
  const bool plate = rng.chance(50);
  const Micros age = std::chrono::seconds{rng.below(rng.chance(10) ? 3600 : 200)};
  return EventBuilder("n" + std::to_string(number), plate ? "plates" : "cams")
      .from(plate ? SourceKind::plate : SourceKind::camera)
      .kind("crash")
      .at(now - std::min(age, now))
      .by(std::min(age, now))
      .lateness(std::chrono::minutes{10})
      .lifecycle(rng.chance(10) ? Lifecycle::retract : Lifecycle::fresh)
      .build();
}

}  // namespace

TEST_CASE("silences are those of F while reports are forgotten and engines restart",
          "[property][rules]") {
  int closed = 0;
  int forgotten = 0;
  for (const std::uint64_t seed : seeds(730000, 40)) {
    INFO(replay(seed));
    SeededRng rng{seed};
    const rules::Bundle bundle = quiet_rules(rng);
    FusionLine line{std::chrono::minutes{70}, support::small_association(), bundle};
    const bool cams_up = rng.chance(50);
    std::vector<Event> said;
    std::set<IncidentId> over;
    Micros now{0};
    for (std::uint64_t i = 0; i < 60; ++i) {
      now += std::chrono::seconds{rng.below(rng.chance(15) ? 24'000 : 900)};
      const WallTime time = wall_time(support::kStartUs + now.count());
      if (rng.chance(70)) {
        said.push_back(heard_at(rng, i, now));
        (void)line.say(said.back());
      }
      if (rng.chance(20)) {
        line.restart();
      }
      (void)line.tick({time,
                       {{SourceId{"cams"}, cams_up, time, std::chrono::minutes{10}},
                        {SourceId{"plates"}, true, time, std::chrono::minutes{10}}}});
      if (rng.chance(50)) {
        forgotten += line.forget(time) > 0 ? 1 : 0;
      }
      REQUIRE(line.broken().empty());
      const auto engine = silences(line.engine().incidents());
      const auto truth = silences(
          reference(said, {}, line.engine().sources(), support::small_association(), bundle));
      const auto differs = difference(unfinished(engine), unfinished(truth));
      if (unfinished(engine) != unfinished(truth)) {
        FAIL("after " << i + 1 << " steps\n" << differs);
      }
      for (const IncidentContent& one : engine) {
        CHECK(std::find(truth.begin(), truth.end(), one) != truth.end());
        if (one.state == IncidentState::closed) {
          over.insert(one.id);
        }
      }
      for (const auto& [id, revision] : line.newest()) {  // what is over is never told otherwise
        CHECK((!over.contains(id) || revision.content.state == IncidentState::closed));
      }
    }
    closed += static_cast<int>(over.size());
  }
  CHECK(closed > 100);
  CHECK(forgotten > 100);
}

TEST_CASE("the random rules hold everything that F has to decide", "[property][rules]") {
  std::map<FindingState, int> states;
  std::map<PartState, int> parts;
  std::map<Limit, int> limits;
  std::map<std::string, int> patterns;  // by key
  int many = 0;
  int silent = 0;
  int spoke_again = 0;
  int supported = 0;
  int suppressed = 0;
  int raised = 0;
  int cameras = 0;
  int pins = 0;
  SeededRng rng{42};
  for (int i = 0; i < 1000; ++i) {
    CityOptions options;
    options.events = 12;
    const rules::Bundle bundle = support::random_bundle(rng);
    const std::vector<Event> records = ruled_records(rng, options);
    const std::vector<SourceClock> clocks = {{SourceId{"cad"}, true, records.front().received,
                                              Micros{0},
                                              wall_time(support::kStartUs + 3'600'000'000)}};
    for (const IncidentContent& content :
         reference(records, {}, clocks, support::small_association(), bundle)) {
      if (content.pattern) {
        ++patterns[content.pattern->by];
        many += content.pattern->most > 1 ? 1 : 0;
        const bool quiet = content.members.empty();
        silent += quiet && content.state == IncidentState::open ? 1 : 0;
        spoke_again += quiet && content.state != IncidentState::open ? 1 : 0;
        supported += !quiet && content.members.back().role == MemberRole::supports ? 1 : 0;
      }
      for (const Finding& finding : content.findings) {
        ++states[finding.state];
        suppressed += finding.suppressed_by.empty() ? 0 : 1;
        raised += finding.priority_steps.size() > 1 ? 1 : 0;
        cameras += finding.cameras.empty() ? 0 : 1;
        pins += finding.pins.empty() ? 0 : 1;
        for (const FindingPart& part : finding.parts) {
          ++parts[part.state];
          for (const Miss& miss : part.misses) {
            ++limits[miss.limit];
          }
        }
      }
    }
  }
  CHECK(states.size() == 3);
  CHECK(parts.size() == 3);
  CHECK(patterns.size() == 5);
  CHECK(many > 0);
  CHECK(silent > 0);
  CHECK(spoke_again > 0);
  CHECK(supported > 0);
  CHECK(suppressed > 0);
  CHECK(raised > 0);
  CHECK(cameras > 0);
  CHECK(pins > 0);
  for (int limit = 1; limit <= static_cast<int>(Limit::protected_); ++limit) {
    INFO("limit " << limit);
    CHECK(limits[static_cast<Limit>(limit)] > 0);
  }
}
