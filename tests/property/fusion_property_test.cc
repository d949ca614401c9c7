// The engine against F, after every message: design/0005: order, prefix and bounds, on generated
// cities.
#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/property/against_f.h"
#include "tests/property/seeds.h"
#include "tests/support/city.h"
#include "tests/support/event_builder.h"
#include "tests/support/fusion_line.h"
#include "tests/support/seeded_rng.h"

namespace fusiond {
namespace {

using support::CityOptions;
using support::FusionLine;
using support::SeededRng;
using support::Step;

}  // namespace

TEST_CASE("after every message the engine equals F", "[property]") {
  for (const std::uint64_t seed : seeds(1, 700)) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 4 + rng.below(12);
    options.units = true;
    const std::vector<Event> records = city_records(rng, options);
    require_f(one_delivery(rng, records, true), Compare::always, support::full_association());
  }
}

TEST_CASE("every order of larger cities ends in the same incidents, those of F", "[property]") {
  for (const std::uint64_t seed : seeds(100000, 300)) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 20 + rng.below(30);
    options.statuses = rng.chance(30);
    const std::vector<Event> records = city_records(rng, options);
    const Compare when = replays_one() ? Compare::always : Compare::at_end;
    const auto delivered = [&](bool restarts) {
      const std::vector<Step> steps = one_delivery(rng, records, restarts);
      require_f(steps, when);
      return without_states(outcome(steps));
    };
    const auto once = delivered(false);
    for (int order = 0; order < 3; ++order) {
      const auto again = delivered(order == 2);
      INFO(difference(again, once));
      REQUIRE(again == once);
    }
  }
}

TEST_CASE("in a crowd only the latest events and anchors count, in the engine as in F",
          "[property]") {
  for (const std::uint64_t seed : seeds(500000, 400, {92057, 30177, 30849})) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 8 + rng.below(16);
    const std::vector<Event> records = city_records(rng, options);
    require_f(one_delivery(rng, records, true), Compare::always, support::crowded_association());
  }
}

TEST_CASE("in event-time order nothing merges and no member moves", "[property]") {
  for (const std::uint64_t seed : seeds(200000, 300)) {
    INFO(replay(seed));
    SeededRng rng{seed};
    const CityOptions options{.events = 25,
                              .revisions = false,
                              .keys = false,
                              .copies = false,
                              .late = false,
                              .statuses = false};
    std::vector<Event> records = city_records(rng, options);
    std::sort(records.begin(), records.end(), [](const Event& a, const Event& b) {
      return std::tie(a.occurred, a.id) < std::tie(b.occurred, b.id);
    });
    WallTime last;  // heard in this order, too: else an incident may get the id of a later member
    for (Event& record : records) {
      record.received = std::max(record.received, last + Micros{1});
      last = record.received;
    }
    FusionLine line;
    for (const Event& record : records) {
      for (const IncidentRevision& revision : line.say(record)) {
        REQUIRE(revision.change != IncidentChange::merged);
        REQUIRE(revision.members_removed.empty());
      }
    }
    // But for the states: a source that comes up late takes the clock back, and F knows one time.
    const auto truth = without_states(reference(records, {}, line.engine().sources()));
    const auto incidents = without_states(line.engine().incidents());
    INFO(difference(incidents, truth));
    REQUIRE(incidents == truth);
  }
}

TEST_CASE("a restart in the middle has nothing to correct", "[property]") {
  for (const std::uint64_t seed : seeds(300000, 200)) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 15;
    const std::vector<Step> steps = one_delivery(rng, city_records(rng, options), false);
    FusionLine line;
    const std::size_t stop = rng.below(steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
      (void)line.take(steps[i]);
      if (i != stop) {
        continue;
      }
      line.restart();
      const auto corrections = line.tick({});
      REQUIRE(corrections.empty());
    }
    REQUIRE(line.broken() == "");
  }
}

TEST_CASE("after every message the engine equals F with people's words in between", "[property]") {
  for (const std::uint64_t seed : seeds(500000, 700)) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 3 + rng.below(12);
    const std::vector<Event> records = city_records(rng, options);
    std::vector<Step> steps = one_delivery(rng, records, true);
    support::say_in_between(rng, support::city_words(rng, records, 1 + rng.below(8)), steps);
    require_f(steps, Compare::always);
  }
}

TEST_CASE("every order of words and events ends in the same incidents, those of F", "[property]") {
  for (const std::uint64_t seed : seeds(600000, 100)) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 20 + rng.below(20);
    options.statuses = rng.chance(30);
    const std::vector<Event> records = city_records(rng, options);
    const std::vector<Word> words = support::city_words(rng, records, 4 + rng.below(16));
    const Compare when = replays_one() ? Compare::always : Compare::at_end;
    std::vector<IncidentContent> once;
    for (int order = 0; order < 4; ++order) {
      std::vector<Step> steps = one_delivery(rng, records, order == 3);
      support::say_in_between(rng, words, steps);
      require_f(steps, when);
      const auto now = without_states(outcome(steps));
      INFO(difference(now, once));
      REQUIRE((order == 0 || now == once));
      once = now;
    }
  }
}

TEST_CASE("words that are all taken back leave what would have been", "[property]") {
  for (const std::uint64_t seed : seeds(700000, 150)) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 5 + rng.below(20);
    const std::vector<Event> records = city_records(rng, options);
    std::vector<Step> steps = one_delivery(rng, records, false);
    const auto untouched = without_states(outcome(steps));
    const std::vector<Word> words = support::city_words(rng, records, 1 + rng.below(8));
    support::say_in_between(rng, words, steps);
    for (Word word : words) {
      word.revision += 10;
      word.retracted = true;
      steps.push_back({std::nullopt, std::nullopt, false, word});
    }
    require_f(steps, Compare::at_end);
    const auto left = without_states(outcome(steps));
    INFO(difference(left, untouched));
    REQUIRE(left == untouched);
  }
}

TEST_CASE("a restart in the middle of people's words has nothing to correct", "[property]") {
  for (const std::uint64_t seed : seeds(800000, 150)) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 15;
    const std::vector<Event> records = city_records(rng, options);
    std::vector<Step> steps = one_delivery(rng, records, false);
    support::say_in_between(rng, support::city_words(rng, records, 10), steps);
    FusionLine line;
    const std::size_t stop = rng.below(steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
      (void)line.take(steps[i]);
      if (i != stop) {
        continue;
      }
      line.restart();
      const auto corrections = line.tick({});
      REQUIRE(corrections.empty());
    }
    REQUIRE(line.broken() == "");
  }
}

TEST_CASE("the words hold everything that F has to decide about them", "[property]") {
  std::map<std::string, std::size_t> seen;
  for (std::uint64_t seed = 600000; seed < 600100; ++seed) {
    SeededRng rng{seed};
    CityOptions options;
    options.events = 25;
    const std::vector<Event> records = city_records(rng, options);
    const std::vector<Word> words = support::city_words(rng, records, 12);
    for (const IncidentContent& content : reference(records, words, {})) {
      for (const CaseLink& link : content.links) {
        seen["link by a person"] += link.basis == LinkBasis::person ? 1 : 0;
      }
      bool late = false;
      bool gate = false;
      for (const Member& member : content.members) {
        late = late || member.deciding_revision == 0;
        gate = gate || (member.reason.runner_up && member.reason.runner_up->missed == Gate::person);
      }
      seen["a late id that is linked"] += late && content.members.size() > 1 ? 1 : 0;
      seen["kept out of an episode"] += gate ? 1 : 0;
      for (const WordNote& note : content.words) {
        seen["kind " + std::to_string(static_cast<int>(note.word.kind)) + " effect " +
             std::to_string(static_cast<int>(note.effect))] += 1;
      }
    }
  }
  const std::vector<std::string> wanted = {
      "link by a person", "a late id that is linked", "kept out of an episode",
      // same, apart, eject; holds, waits, refused, overruled
      "kind 1 effect 1", "kind 1 effect 2", "kind 1 effect 3", "kind 1 effect 4", "kind 2 effect 1",
      "kind 2 effect 2", "kind 2 effect 3", "kind 2 effect 4", "kind 3 effect 1"};
  for (const std::string& what : wanted) {
    INFO(what << " was seen " << seen[what] << " times");
    CHECK(seen[what] > 0);
  }
}

TEST_CASE("large incidents are told in part and late, and at every tick as F has them",
          "[property]") {
  for (const std::uint64_t seed :
       seeds(500000, 300, {70108, 70153, 90171, 30177, 30849, 200124, 200196})) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 10 + rng.below(25);
    std::vector<Event> records = city_records(rng, options);
    for (Event& record : records) {  // all near by
      if (record.place) {
        Place place = *record.place;
        place.lat_e7 = support::kMainStreetLatE7 + (place.lat_e7 - support::kMainStreetLatE7) / 10;
        place.lon_e7 = support::kMainStreetLonE7 + (place.lon_e7 - support::kMainStreetLonE7) / 10;
        record = support::EventBuilder{record}.place(place).build();
      }
    }
    require_f(one_delivery(rng, records, true), Compare::always, support::short_lists());
  }
}

TEST_CASE("the cities hold everything that F has to decide", "[property]") {
  std::map<std::string, std::size_t> seen;
  for (std::uint64_t seed = 100000; seed < 100100; ++seed) {
    SeededRng rng{seed};
    CityOptions options;
    options.events = 35;
    const std::vector<SourceClock> clocks = {{SourceId{"cad"}, true,
                                              wall_time(support::kStartUs + 4000 * 1000000LL),
                                              std::chrono::minutes{15}}};
    for (const IncidentContent& content : reference(city_records(rng, options), {}, clocks)) {
      seen["several members"] += content.members.size() > 1 ? 1 : 0;
      seen["late"] += content.late ? 1 : 0;
      seen["withdrawn"] += content.state == IncidentState::withdrawn ? 1 : 0;
      seen["quiet"] += content.state == IncidentState::quiet ? 1 : 0;
      seen["closed"] += content.state == IncidentState::closed ? 1 : 0;
      seen["exercise"] += content.status == Status::exercise ? 1 : 0;
      seen["maybe same"] += content.maybe_same_as.size();
      seen["related"] += content.related_to.size();
      for (const CaseLink& link : content.links) {
        seen[link.basis == LinkBasis::key ? "link by " + link.key : "link by evidence"] += 1;
      }
      for (const Member& member : content.members) {
        seen["copies"] += member.copies;
        seen["retracted late"] += member.role == MemberRole::retracted ? 1 : 0;
        seen["amended"] += member.revision != member.deciding_revision ? 1 : 0;
        seen["background"] += member.reason.terms && member.reason.terms->background_n > 0 ? 1 : 0;
        seen["key term"] += member.reason.terms && member.reason.terms->keys_mn > 0 ? 1 : 0;
        seen["many prior members"] += member.reason.prior_members.size() > 3 ? 1 : 0;
        if (member.reason.runner_up) {
          seen["gate " + std::to_string(static_cast<int>(member.reason.runner_up->missed))] += 1;
        }
      }
    }
  }
  const std::vector<std::string> wanted = {
      "several members", "late", "withdrawn", "quiet", "closed", "exercise", "maybe same",
      "related", "copies", "retracted late", "amended", "background", "key term",
      "many prior members", "link by cad", "link by duplicate_of", "link by plate",
      "link by evidence",
      // none, time, distance, spread, pair, score
      "gate 1", "gate 2", "gate 3", "gate 4", "gate 5", "gate 6"};
  for (const std::string& what : wanted) {
    INFO(what << " was seen " << seen[what] << " times");
    CHECK(seen[what] > 0);
  }
}

TEST_CASE("forgetting what is over changes nothing that is told", "[property]") {
  for (const std::uint64_t seed : seeds(400000, 40)) {
    INFO(replay(seed));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 15;
    FusionLine keeps;
    FusionLine forgets{std::chrono::hours{6}};
    std::size_t forgotten = 0;
    for (int day = 0; day < 5; ++day) {
      std::vector<Event> records = city_records(rng, options);
      std::sort(records.begin(), records.end(),
                [](const Event& a, const Event& b) { return a.received < b.received; });
      const Micros shift = std::chrono::hours{24} * day;
      for (Event record : records) {
        record.source_event_id += "-" + std::to_string(day);
        record.id = event_id_of(record.source, record.source_event_id);
        record.copy_of.reset();
        record.occurred += shift;
        record.received += shift;
        record = support::EventBuilder{record}.build();
        const auto& told = forgets.say(record);
        const auto& full = keeps.say(record);
        REQUIRE(told.size() == full.size());
        for (std::size_t i = 0; i < told.size(); ++i) {
          INFO(difference({told[i].content}, {full[i].content}));
          REQUIRE(told[i].content == full[i].content);
        }
        forgotten += forgets.forget(record.received);
        if (rng.chance(2)) {
          forgets.restart();
          REQUIRE(forgets.tick({}).empty());
        }
      }
      REQUIRE(forgets.broken() == "");
    }
    CHECK(forgotten > 0);
    CHECK(forgets.engine().incidents().size() < keeps.engine().incidents().size());
  }
}

}  // namespace fusiond
