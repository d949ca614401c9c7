// The engine against F, after every message: FUSION section 9, I1, prefix and bounds, on generated
// cities.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "daemon/fusion/earth_grid.h"
#include "tests/support/city.h"
#include "tests/support/fusion_line.h"
#include "tests/support/reference_fold.h"
#include "tests/support/seeded_rng.h"
#include "tests/support/small_association.h"

namespace fusiond {
namespace {

using support::CityOptions;
using support::FusionLine;
using support::SeededRng;
using support::Step;

std::uint64_t city_count(std::uint64_t usual) {
  const char* given = std::getenv("FUSIOND_CITIES");  // NOLINT(concurrency-mt-unsafe): one thread
  return given == nullptr ? usual : std::strtoull(given, nullptr, 10);
}

std::string replay(std::uint64_t seed, const char* test) {
  return "replay: FUSIOND_SEED=" + std::to_string(seed) +
         " FUSIOND_CITIES=1 build/dev/bin/fusion_property_test \"" + test + "\"";
}

std::vector<IncidentContent> reference(const std::vector<Event>& records, const FusionLine& line,
                                       const std::vector<SourceClock>& clocks) {
  (void)line;
  return support::reference_fold(records, clocks, support::small_association(),
                                 support::small_priorities());
}

// Which incident differs and in what, so that a failure can be read.
std::string difference(const std::vector<IncidentContent>& engine,
                       const std::vector<IncidentContent>& truth) {
  const auto line_of = [](const IncidentContent& content) {
    std::string text = content.id.str().substr(0, 8) + " state " +
                       std::to_string(static_cast<int>(content.state)) + " family " +
                       content.family;
    for (const Member& member : content.members) {
      text += "\n    " + member.source_event_id + " @" + member.reason.anchor.str().substr(0, 4) +
              " n" + std::to_string(member.copies);
      if (member.reason.terms) {
        const ScoreTerms& t = *member.reason.terms;
        text += " total " + std::to_string(t.total_mn) + " need " + std::to_string(t.need_mn) +
                " kind " + std::to_string(t.kind_mn) + " place " + std::to_string(t.place_mn) +
                " bg " + std::to_string(t.background_n) + " key " + t.key;
      }
      if (member.reason.runner_up) {
        text += " | runner-up " + member.reason.runner_up->anchor.str().substr(0, 4) + " " +
                std::to_string(static_cast<int>(member.reason.runner_up->missed)) + " " +
                std::to_string(member.reason.runner_up->terms.total_mn) + "/" +
                std::to_string(member.reason.runner_up->terms.need_mn);
      }
    }
    for (const CaseLink& link : content.links) {
      text += "\n    link " + link.key + " basis " + std::to_string(static_cast<int>(link.basis));
    }
    for (const IncidentId& id : content.related_to) {
      text += "\n    related " + id.str().substr(0, 8);
    }
    for (const MaybeSame& maybe : content.maybe_same_as) {
      text += "\n    maybe " + maybe.incident_id.str().substr(0, 8) + " " +
              std::to_string(maybe.short_by_mn);
    }
    return text + "\n";
  };
  std::string text;
  for (const IncidentContent& content : engine) {
    if (std::find(truth.begin(), truth.end(), content) == truth.end()) {
      text += "  engine: " + line_of(content);
    }
  }
  for (const IncidentContent& content : truth) {
    if (std::find(engine.begin(), engine.end(), content) == engine.end()) {
      text += "  F:      " + line_of(content);
    }
  }
  return text.empty() ? "the order differs" : text;
}

// Every member lies within rho and T of its anchor, by the records that decide.
std::string out_of_bounds(const FusionLine& line) {
  const auto config = support::small_association();
  for (const auto& [id, revision] : line.newest()) {
    if (revision.content.late) {
      continue;
    }
    for (const Member& member : revision.content.members) {
      if (member.reason.anchor == member.event_id) {
        continue;
      }
      const auto own = line.states().at(member.event_id).deciding;
      const auto anchor = line.states().at(member.reason.anchor).deciding;
      if (revision.content.state == IncidentState::withdrawn) {
        continue;
      }
      const Micros gap{micros_of(own->occurred) - micros_of(anchor->occurred)};
      const auto here = fusion::to_grid(own->place->lat_e7, own->place->lon_e7);
      const auto there = fusion::to_grid(anchor->place->lat_e7, anchor->place->lon_e7);
      if (gap > config.window || gap < Micros{0} || !within(here, there, config.reach_m)) {
        return member.source_event_id;
      }
    }
  }
  return "";
}

// Runs one delivery; compares with F after every message when `always`, else at the end. Returns
// the final incidents.
std::vector<IncidentContent> run(const std::vector<Step>& steps, bool always) {
  FusionLine line;
  std::vector<Event> said;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    (void)line.take(steps[i]);
    if (steps[i].record) {
      said.push_back(*steps[i].record);
    }
    REQUIRE(line.broken() == "");
    if (!always && i + 1 < steps.size()) {
      continue;
    }
    const auto engine = line.engine().incidents();
    const auto truth = reference(said, line, line.engine().sources());
    if (engine != truth) {
      if (steps[i].record) {
        UNSCOPED_INFO("last record " << steps[i].record->source_event_id << " revision "
                                     << steps[i].record->revision);
      }
      INFO("after step " << i + 1 << " of " << steps.size() << ":\n" << difference(engine, truth));
      REQUIRE(engine == truth);
    }
    REQUIRE(out_of_bounds(line) == "");
  }
  return line.engine().incidents();
}

// The same incidents whatever the clocks have made of their states.
std::vector<IncidentContent> without_states(std::vector<IncidentContent> contents) {
  for (IncidentContent& content : contents) {
    if (content.state != IncidentState::withdrawn) {
      content.state = IncidentState::open;
    }
  }
  return contents;
}

}  // namespace

TEST_CASE("after every message the engine equals F", "[property]") {
  const std::uint64_t first = support::test_seed(1);
  for (std::uint64_t seed = first; seed < first + city_count(700); ++seed) {
    INFO(replay(seed, "after every message the engine equals F"));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 4 + rng.below(12);
    const std::vector<Event> records = city_records(rng, options);
    (void)run(one_delivery(rng, records, true), true);
  }
}

TEST_CASE("every order of larger cities ends in the same incidents, those of F", "[property]") {
  const std::uint64_t first = support::test_seed(100000);
  for (std::uint64_t seed = first; seed < first + city_count(300); ++seed) {
    INFO(replay(seed, "every order of larger cities ends in the same incidents, those of F"));
    SeededRng rng{seed};
    CityOptions options;
    options.events = 20 + rng.below(30);
    options.statuses = rng.chance(30);
    const std::vector<Event> records = city_records(rng, options);
    const auto once = without_states(run(one_delivery(rng, records, false), city_count(0) == 1));
    for (int order = 0; order < 3; ++order) {
      const auto again =
          without_states(run(one_delivery(rng, records, order == 2), city_count(0) == 1));
      INFO(difference(again, once));
      REQUIRE(again == once);
    }
  }
}

TEST_CASE("in event-time order nothing merges and no member moves", "[property]") {
  const std::uint64_t first = support::test_seed(200000);
  for (std::uint64_t seed = first; seed < first + city_count(300); ++seed) {
    INFO(replay(seed, "in event-time order nothing merges and no member moves"));
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
    FusionLine line;
    for (const Event& record : records) {
      for (const IncidentRevision& revision : line.say(record)) {
        REQUIRE(revision.change != IncidentChange::merged);
        REQUIRE(revision.members_removed.empty());
      }
    }
    REQUIRE(line.engine().incidents() == reference(records, line, line.engine().sources()));
  }
}

TEST_CASE("a restart in the middle has nothing to correct", "[property]") {
  const std::uint64_t first = support::test_seed(300000);
  for (std::uint64_t seed = first; seed < first + city_count(200); ++seed) {
    INFO(replay(seed, "a restart in the middle has nothing to correct"));
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

}  // namespace fusiond
