// The claim that an explanation is complete: from the bytes of an incident's record, and the
// constants of the version it names, the incident is recomputed (tests/support/recompute.h).
#include "tests/support/recompute.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "daemon/wire/incident_wire.h"
#include "tests/support/city.h"
#include "tests/support/fusion_line.h"
#include "tests/support/seeded_rng.h"
#include "tests/support/small_association.h"

namespace fusiond {
namespace {

using support::CityOptions;
using support::FusionLine;
using support::recompute;
using support::Recomputed;
using support::SeededRng;

const fusion::AssociationConfig kConfig = support::full_association();
const rules::PriorityTable kPriorities = support::small_priorities();

// Nothing but bytes goes over.
IncidentRevision read_back(const IncidentRevision& revision) {
  auto read = wire::decode_incident(wire::encode_incident(revision));
  REQUIRE(read.has_value());
  REQUIRE(read->versions.association == kConfig.version);
  return std::move(*read);
}

std::string first_fault(const IncidentContent& content) {
  const Recomputed result = recompute(content, kConfig, kPriorities);
  return result.faults.empty() ? "" : result.faults.front();
}

std::vector<support::Step> a_city(std::uint64_t seed, std::size_t events) {
  SeededRng rng{seed};
  CityOptions options;
  options.events = events;
  options.units = true;
  const std::vector<Event> records = city_records(rng, options);
  std::vector<support::Step> steps = one_delivery(rng, records, true);
  if (seed % 3 == 0) {
    say_in_between(rng, city_words(rng, records, 4), steps);
  }
  return steps;
}

using Change = std::function<bool(IncidentContent&)>;  // false: there was nothing to change

// One lie each.
std::vector<std::pair<std::string, Change>> all_changes() {
  const auto each_joined = [](IncidentContent& content, auto change) {
    for (Member& member : content.members) {
      if (member.reason.terms) {
        change(member);
        return true;
      }
    }
    return false;
  };
  return {
      {"place",
       [&](auto& c) { return each_joined(c, [](Member& m) { ++m.reason.terms->place_mn; }); }},
      {"delay",
       [&](auto& c) { return each_joined(c, [](Member& m) { --m.reason.terms->delay_mn; }); }},
      {"kind",
       [&](auto& c) { return each_joined(c, [](Member& m) { ++m.reason.terms->kind_mn; }); }},
      {"need",
       [&](auto& c) { return each_joined(c, [](Member& m) { --m.reason.terms->need_mn; }); }},
      {"background",
       [&](auto& c) {
         return each_joined(c, [](Member& m) { m.reason.terms->background_n += 90; });
       }},
      {"time",
       [&](auto& c) { return each_joined(c, [](Member& m) { m.occurred += Micros{900'000}; }); }},
      {"radius",
       [&](auto& c) {
         return each_joined(
             c, [](Member& m) { (m.deciding ? m.deciding->place : m.place)->radius_cm += 5000; });
       }},
      {"anchor",
       [&](auto& c) { return each_joined(c, [](Member& m) { m.reason.anchor = m.event_id; }); }},
      {"prior",
       [&](auto& c) {
         return each_joined(c, [](Member& m) { m.reason.prior_members.pop_back(); });
       }},
      {"place estimate", [](auto& c) { return c.place ? (++c.place->lat_e7, true) : false; }},
      {"priority", [](auto& c) { return ++c.priority, true; }},
      {"witness", [](auto& c) { return c.members.back().witness += 100, true; }},
      {"factor", [](auto& c) { return ++c.factors[0].total_mn, ++c.odds_mn, true; }},
      {"chance", [](auto& c) { return ++c.confidence_permille, true; }},
      {"heard",
       [](auto& c) {
         c.members.back().first_received -= std::chrono::hours{9999};
         return c.members.size() > 1 && incident_id_of(c.members.back().event_id) != c.id;
       }},
      {"id", [](auto& c) { return c.id = IncidentId{"x"}, true; }},
      {"link", [](auto& c) { return c.links.empty() ? false : (c.links.pop_back(), true); }},
      {"pair",
       [](auto& c) {
         return c.links.empty() ? false
                                : (std::swap(c.links[0].event_id, c.links[0].other_event_id), true);
       }},
      {"gap", [](auto& c) { return c.links.empty() ? false : (++c.links[0].gap, true); }},
  };
}

}  // namespace

TEST_CASE("every record that is ever told can be recomputed from itself", "[property]") {
  const std::uint64_t first = support::test_seed(500000);
  Recomputed all;
  for (std::uint64_t seed = first; seed < first + 400; ++seed) {
    INFO("replay: FUSIOND_SEED=" << seed << " build/dev/bin/recompute_test");
    FusionLine line{std::chrono::hours{72}, kConfig};
    for (const support::Step& step : a_city(seed, 10 + seed % 30)) {
      for (const IncidentRevision& revision : line.take(step)) {
        const Recomputed one = recompute(read_back(revision).content, kConfig, kPriorities);
        REQUIRE((one.faults.empty() ? "" : one.faults.front()) == "");
        all.scores += one.scores;
        all.links += one.links;
        all.runners_up += one.runners_up;
      }
    }
  }
  CHECK(all.scores > 1000);
  CHECK(all.links > 100);
  CHECK(all.runners_up > 100);
}

TEST_CASE("a record that says anything else than what follows is caught", "[property]") {
  const auto changes = all_changes();
  std::map<std::string, std::size_t> tried;
  for (std::uint64_t seed = 600000; seed < 600060; ++seed) {
    FusionLine line{std::chrono::hours{72}, kConfig};
    for (const support::Step& step : a_city(seed, 30)) {
      (void)line.take(step);
    }
    for (const IncidentContent& content : line.engine().incidents()) {
      if (content.state == IncidentState::withdrawn) {
        continue;
      }
      REQUIRE(first_fault(content) == "");
      for (const auto& [name, change] : changes) {
        IncidentContent other = content;
        if (change(other)) {
          INFO(name);
          REQUIRE(first_fault(other) != "");
          ++tried[name];
        }
      }
    }
  }
  CHECK(tried.size() == changes.size());
}

TEST_CASE("every event that was looked at is in one incident or has one reason why not",
          "[property]") {
  const std::uint64_t first = support::test_seed(700000);
  std::map<std::string, std::size_t> reasons;
  for (std::uint64_t seed = first; seed < first + 100; ++seed) {
    INFO("replay: FUSIOND_SEED=" << seed << " build/dev/bin/recompute_test");
    FusionLine line{std::chrono::hours{72}, kConfig};
    for (const support::Step& step : a_city(seed, 25)) {
      (void)line.take(step);
    }
    std::map<EventId, const Member*> members;
    const auto incidents = line.engine().incidents();
    std::uint64_t copies = 0;
    for (const IncidentContent& content : incidents) {
      for (const Member& member : content.members) {
        REQUIRE(members.emplace(member.event_id, &member).second);
        copies += member.copies;
      }
    }
    for (const auto& [id, state] : line.states()) {
      const auto at = members.find(id);
      if (at == members.end()) {
        const Event& decides = state.deciding ? *state.deciding : state.newest();
        const bool retracted = decides.lifecycle == Lifecycle::retract;
        REQUIRE((retracted || decides.copy_of.has_value()));
        copies -= retracted ? 0 : 1;
        ++reasons[retracted ? "taken back" : "copy"];
        continue;
      }
      const Member& member = *at->second;
      const auto& rival = member.reason.runner_up;
      if (member.reason.terms) {
        ++reasons["joined"];
      } else if (member.deciding_revision == 0) {
        REQUIRE(member.lateness.count() > 0);
        ++reasons["late"];
      } else if (!member.place && !member.deciding) {
        ++reasons["no place"];
      } else if (!rival) {
        ++reasons["nothing near"];
      } else {
        REQUIRE(rival->missed != Gate::unspecified);
        REQUIRE(rival->missed != Gate::none);
        ++reasons["missed a limit"];
      }
    }
    REQUIRE(copies == 0);  // each copy is counted once, on its root
  }
  for (const char* reason :
       {"joined", "taken back", "copy", "late", "no place", "nothing near", "missed a limit"}) {
    INFO(reason);
    CHECK(reasons[reason] > 0);
  }
}

}  // namespace fusiond
