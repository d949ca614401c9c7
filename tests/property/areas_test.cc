// Several engines that share a city by areas against F: whatever is delayed, repeated or mixed up
// between them, when nothing is under way they hold the incidents of one (design/0013).
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/property/against_f.h"
#include "tests/property/seeds.h"
#include "tests/support/area_world.h"
#include "tests/support/city.h"
#include "tests/support/event_builder.h"
#include "tests/support/seeded_rng.h"
#include "tests/support/smallest.h"

namespace fusiond {
namespace {

using support::AreaWorld;
using support::AreaWorldConfig;
using support::CityOptions;
using support::SeededRng;
using support::Step;

std::vector<IncidentContent> without_withdrawn(std::vector<IncidentContent> contents) {
  std::erase_if(contents,
                [](const IncidentContent& one) { return one.state == IncidentState::withdrawn; });
  return contents;
}

// What is wrong with a delivery to several shards; empty when nothing is. `states`: also with what
// the clocks have made of the incidents.
std::string fault_of_world(const std::vector<Step>& steps, const AreaWorldConfig& config,
                           std::uint64_t seed, bool states) {
  SeededRng rng{seed};
  AreaWorld world{config, rng};
  std::vector<Event> said;
  std::vector<Word> words;
  for (const Step& step : steps) {
    world.say(step);
    if (step.record) {
      said.push_back(*step.record);
    }
    if (step.word) {
      words.push_back(*step.word);
    }
    world.deliver(rng.below(6));
  }
  if (!world.rest()) {
    return "it does not come to rest";
  }
  world.say({std::nullopt, Tick{}, false});
  if (!world.rest()) {
    return "it does not come to rest after a tick";
  }
  const std::vector<SourceClock>& clocks = world.engine(0).sources();
  for (std::uint32_t shard = 1; shard < config.shards; ++shard) {
    if (world.engine(shard).sources() != clocks) {
      return "the shards know different clocks";
    }
  }
  const auto compared = [&](std::vector<IncidentContent> contents) {
    return states ? contents : without_states(std::move(contents));
  };
  const auto truth = compared(reference(said, words, clocks, config.association));
  const auto incidents = compared(world.incidents());
  if (incidents != truth) {
    return "shards and F differ\n" + difference(incidents, truth);
  }
  // Of what is withdrawn F knows only what was retracted too late.
  const auto told = without_withdrawn(compared(world.told()));
  const auto live = without_withdrawn(truth);
  if (told != live) {
    return "what was told and F differ\n" + difference(told, live);
  }
  return world.broken();
}

// Distances cut to a third, so that the generated cities are wide: a shard sees a part of them.
fusion::AssociationConfig near_sighted() {
  fusion::AssociationConfig config = support::small_association();
  config.reach_m = 120;
  config.background_reach_m = 150;
  config.case_reach_m = 400;
  config.related_reach_m = 600;
  config.keys.case_reach_m = 300;
  return config;
}

AreaWorldConfig some_config(SeededRng& rng) {
  AreaWorldConfig config;
  if (rng.chance(50)) {
    config.association = near_sighted();
  }
  config.cell_m = 100 + 100 * static_cast<std::uint32_t>(rng.below(5));
  config.shards = 2 + static_cast<std::uint32_t>(rng.below(4));
  return config;
}

void require_one_world(const std::vector<Step>& steps, const AreaWorldConfig& config,
                       std::uint64_t seed, bool states = false) {
  if (fault_of_world(steps, config, seed, states).empty()) {
    SUCCEED();
    return;
  }
  const std::vector<Step> least = support::smallest(steps, [&](const std::vector<Step>& some) {
    return !fault_of_world(some, config, seed, states).empty();
  });
  FAIL("cut down from " << steps.size() << " steps to " << least.size() << ":" << words_of(least)
                        << "\n"
                        << fault_of_world(least, config, seed, states));
}

// The places of a city, that many times as far apart.
std::vector<Event> stretched(std::vector<Event> records, std::int64_t factor) {
  const auto far = [&](std::int32_t at, std::int32_t from) {
    return static_cast<std::int32_t>(from + (std::int64_t{at} - from) * factor);
  };
  for (Event& record : records) {
    if (record.place) {
      Place place = *record.place;
      place.lat_e7 = far(place.lat_e7, support::kMainStreetLatE7);
      place.lon_e7 = far(place.lon_e7, support::kMainStreetLonE7);
      record = support::EventBuilder{record}.place(place).build();
    }
  }
  return records;
}

}  // namespace

TEST_CASE("several shards hold the incidents of F whatever is delayed between them",
          "[property][areas]") {
  for (const std::uint64_t seed : seeds(1, 250, {760})) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 3 + rng.below(14);
    const std::vector<Event> records = city_records(rng, options);
    const AreaWorldConfig config = some_config(rng);
    require_one_world(one_delivery(rng, records, false), config, seed);
  }
}

TEST_CASE("several shards hold the incidents of F with people's words in between",
          "[property][areas]") {
  for (const std::uint64_t seed : seeds(100000, 250, {100276, 100327, 100817})) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 3 + rng.below(14);
    const std::vector<Event> records = city_records(rng, options);
    const AreaWorldConfig config = some_config(rng);
    std::vector<Step> steps = one_delivery(rng, records, false);
    support::say_in_between(rng, support::city_words(rng, records, 1 + rng.below(8)), steps);
    require_one_world(steps, config, seed);
  }
}

TEST_CASE("several shards hold the incidents of F where crowds are cut and lists are short",
          "[property][areas]") {
  for (const std::uint64_t seed : seeds(200000, 150, {200295})) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 8 + rng.below(24);
    const std::vector<Event> records = city_records(rng, options);
    AreaWorldConfig config = some_config(rng);
    config.association.crowd_events = 4;
    config.association.crowd_anchors = 2;
    config.association.members_listed = 3;
    require_one_world(one_delivery(rng, records, false), config, seed);
  }
}

TEST_CASE("several shards hold the incidents of F in larger cities", "[property][areas]") {
  for (const std::uint64_t seed : seeds(300000, 60)) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 30 + rng.below(40);
    const std::vector<Event> records = city_records(rng, options);
    const AreaWorldConfig config = some_config(rng);
    std::vector<Step> steps = one_delivery(rng, records, false);
    support::say_in_between(rng, support::city_words(rng, records, rng.below(6)), steps);
    require_one_world(steps, config, seed);
  }
}

TEST_CASE("areas of any size and any number of shards give the same incidents",
          "[property][areas]") {
  for (const std::uint64_t seed : seeds(400000, 15)) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 20 + rng.below(20);
    // Some 1, 4 or 11 km across.
    const std::vector<Event> records =
        stretched(city_records(rng, options), 1 + 3 * static_cast<std::int64_t>(rng.below(3)));
    const std::vector<Step> steps = one_delivery(rng, records, false);
    for (const std::uint32_t cell_m : {500U, 1000U, 2500U, 5000U, 0U}) {
      for (const std::uint32_t shards : {1U, 3U, 8U}) {
        INFO("areas of " << cell_m << " m, " << shards << " shards");
        AreaWorldConfig config;
        config.cell_m = cell_m;
        config.shards = shards;
        require_one_world(steps, config, seed + cell_m + shards);
      }
    }
  }
}

TEST_CASE("shards that start anew at any moment hold the incidents of F", "[property][areas]") {
  for (const std::uint64_t seed : seeds(600000, 200)) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 3 + rng.below(20);
    const std::vector<Event> records = city_records(rng, options);
    AreaWorldConfig config = some_config(rng);
    config.restarts = 1 + static_cast<std::uint32_t>(rng.below(8));
    std::vector<Step> steps = one_delivery(rng, records, false);
    support::say_in_between(rng, support::city_words(rng, records, rng.below(6)), steps);
    require_one_world(steps, config, seed);
  }
}

TEST_CASE("all shards forget what is over, and nothing else", "[property][areas]") {
  for (const std::uint64_t seed : seeds(700000, 25)) {
    INFO(replay(seed));
    SeededRng rng{seed};
    AreaWorldConfig config = some_config(rng);
    config.remember = std::chrono::hours{24};
    config.restarts = static_cast<std::uint32_t>(rng.below(5));
    AreaWorld world{config, rng};
    std::set<SourceId> sources;
    const auto pass = [&](WallTime reached) {
      Tick now{reached, {}};
      for (const SourceId& source : sources) {
        now.sources.push_back({source, true, reached, std::chrono::minutes{10}});
      }
      world.say({std::nullopt, now, false});
      REQUIRE(world.rest());
      world.forget(reached);
      REQUIRE(world.rest());
    };
    constexpr int kDays = 3;
    constexpr auto kDay = std::chrono::hours{60};
    for (int day = 0; day < kDays; ++day) {
      CityOptions options;
      options.events = 5 + rng.below(15);
      std::vector<Event> today;
      for (Event record : city_records(rng, options)) {
        record.source_event_id += "-" + std::to_string(day);
        record.id = event_id_of(record.source, record.source_event_id);
        record.copy_of.reset();
        record.occurred += kDay * day;
        record.received += kDay * day;
        today.push_back(support::EventBuilder{record}.build());
        sources.insert(record.source);
      }
      std::set<EventId> ids;
      for (const Event& record : today) {
        ids.insert(record.id);
        world.say({record, std::nullopt, false});
        world.deliver(rng.below(6));
      }
      REQUIRE(world.rest());
      std::vector<IncidentContent> of_today = without_states(world.incidents());
      std::erase_if(of_today, [&](const IncidentContent& one) {
        return !ids.contains(one.members.front().event_id);
      });
      const auto truth =
          without_states(reference(today, {}, world.engine(0).sources(), config.association));
      INFO(difference(of_today, truth));
      REQUIRE(of_today == truth);
      const std::size_t before = world.size();
      pass(wall_time(support::kStartUs) + kDay * day + std::chrono::hours{50});
      CHECK(world.size() < before);
    }
    pass(wall_time(support::kStartUs) + kDay * kDays + std::chrono::hours{100});
    pass(wall_time(support::kStartUs) + kDay * kDays + std::chrono::hours{101});
    CHECK(world.size() == 0);
    CHECK(world.rows() == 0);
    CHECK(world.broken() == "");
  }
}

TEST_CASE("where clocks only go on several shards close what one closes", "[property][areas]") {
  for (const std::uint64_t seed : seeds(500000, 80)) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 3 + rng.below(14);
    std::vector<Step> steps = one_delivery(rng, city_records(rng, options), false);
    std::erase_if(steps, [](const Step& step) { return step.tick.has_value(); });
    // Every source is up and has one allowance, whatever the records say of it.
    std::set<SourceId> sources;
    for (Step& step : steps) {
      sources.insert(step.record->source);
    }
    for (std::size_t tick = 1; tick < 6; ++tick) {
      Tick now{wall_time(support::kStartUs + 1'200'000'000 * static_cast<std::int64_t>(tick)), {}};
      for (const SourceId& source : sources) {
        now.sources.push_back({source, true, now.ingest_time, std::chrono::minutes{10}});
      }
      const auto at = static_cast<std::ptrdiff_t>(steps.size() * tick / 5);
      steps.insert(steps.begin() + at, Step{std::nullopt, now, false});
    }
    require_one_world(steps, some_config(rng), seed, true);
  }
}

TEST_CASE("the shards' cities hold all that shards have to tell each other", "[property][areas]") {
  std::map<std::string, std::uint64_t> seen;
  for (std::uint64_t seed = 100000; seed < 100100; ++seed) {
    SeededRng rng{seed};
    CityOptions options;
    options.events = 35;
    const std::vector<Event> records = city_records(rng, options);
    AreaWorld world{some_config(rng), rng};
    for (const Step& step : one_delivery(rng, records, false)) {
      world.say(step);
      world.deliver(rng.below(6));
    }
    REQUIRE(world.rest());
    for (const auto& [kind, count] : world.counts().news) {
      seen[kind] += count;
    }
    seen["moves"] += world.counts().left;
    for (const IncidentContent& content : world.incidents()) {
      const bool across = world.owners_of(content) > 1;
      seen["incidents across shards"] += across ? 1 : 0;
      for (const CaseLink& link : content.links) {
        const bool by_key = link.basis == LinkBasis::key;
        seen[by_key ? "links by key" : "links by evidence"] += across ? 1 : 0;
      }
    }
  }
  for (const char* what :
       {"standing", "gone", "card", "interest", "holders", "want", "telling", "clocks", "moves",
        "incidents across shards", "links by key", "links by evidence"}) {
    INFO(what << " was seen " << seen[what] << " times");
    CHECK(seen[what] > 0);
  }
}

}  // namespace fusiond
