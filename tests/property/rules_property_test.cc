// Rules held against F: what they say of every incident, after every message, whatever the order.
#include <algorithm>
#include <map>
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
