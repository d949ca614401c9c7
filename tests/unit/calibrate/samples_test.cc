#include "daemon/calibrate/samples.h"

#include <catch2/catch.hpp>

#include "tests/support/event_builder.h"
#include "tests/support/small_association.h"
#include "tests/support/told_city.h"

namespace fusiond::calibrate {
namespace {

using std::chrono_literals::operator""s;

std::optional<WallTime> at(Micros since) {
  return wall_time(support::kStartUs + since.count());
}

IncidentRevision told(const std::string& name, std::size_t reports = 1) {
  return support::told(name, 10s, std::vector<support::ToldReport>(reports, {.kind = "crash"}),
                       support::small_association());
}

Past past_of(const std::vector<IncidentRevision>& revisions) {
  Past past;
  for (const auto& revision : revisions) {
    past.take(revision);
  }
  past.settle();
  return past;
}

std::size_t sum(const Fates& fates) {
  return fates.used + fates.undecided + fates.duplicates + fates.repeats + fates.replaced +
         fates.contradictory + fates.unknown_id + fates.ambiguous_id + fates.too_early +
         fates.withdrawn + fates.in_part + fates.knowing;
}

TEST_CASE("every outcome is counted once, and what cannot be used says why", "[calibrate]") {
  auto large = told("large");
  large.content.members_left_out = {EventId{"x"}};
  auto off = told("off");
  off.content.members[0].lifecycle = Lifecycle::cancel;
  const Past past = past_of({told("a"), told("b"), told("c"), told("d"), told("e"), large, off});
  const auto samples = samples_of(past, {{"a", Finding::founded, at(20s), "f:1"},
                                         {"a", Finding::founded, at(30s), "f:2"},
                                         {"b", Finding::founded, at(20s), "f:3"},
                                         {"b", Finding::unfounded, at(30s), "f:4"},
                                         {"c", Finding::founded, at(20s), "f:5"},
                                         {"c", Finding::unfounded, at(20s), "f:6"},
                                         {"c", Finding::founded, at(20s), "f:7"},
                                         {"d", Finding::unconfirmed, at(20s), "f:8"},
                                         {"e", Finding::founded, at(5s), "f:9"},
                                         {"e-1", Finding::duplicate, at(20s), "f:10"},
                                         {"nobody", Finding::founded, at(20s), "f:11"},
                                         {"large", Finding::founded, at(20s), "f:12"},
                                         {"off", Finding::unfounded, std::nullopt, "f:13"},
                                         {"s-off-1", Finding::unfounded, at(20s), "f:14"}});
  const Fates& fates = samples.fates;
  CHECK(fates.read == 14);
  CHECK(sum(fates) == 14);
  CHECK(fates.used == 3);
  CHECK(fates.repeats == 1);
  CHECK(fates.replaced == 1);
  CHECK(fates.contradictory == 3);
  CHECK(fates.undecided == 1);
  CHECK(fates.too_early == 1);
  CHECK(fates.duplicates == 1);
  CHECK(fates.unknown_id == 1);
  CHECK(fates.in_part == 1);
  CHECK(fates.knowing == 1);
  CHECK(fates.lost.size() == 5);
  CHECK(fates.lost[0] == "f:6: says unfounded of c where f:5 says founded at the same time");
  REQUIRE(samples.all.size() == 3);
  const auto founded = std::count_if(samples.all.begin(), samples.all.end(),
                                     [](const Sample& one) { return one.founded; });
  CHECK(founded == 1);  // a; b was corrected, off was called off for a reason
}

TEST_CASE("a later word corrects an earlier one, but what was said before either is judged",
          "[calibrate]") {
  auto more = told("a", 3);
  more.revision = 2;
  more.updated = *at(25s);
  const Past past = past_of({told("a"), more});
  const auto samples = samples_of(
      past, {{"a", Finding::unfounded, at(30s), ""}, {"a", Finding::founded, at(20s), ""}});
  REQUIRE(samples.all.size() == 1);
  CHECK_FALSE(samples.all[0].founded);
  CHECK(samples.all[0].then->reports.size() == 1);
}

TEST_CASE("of several outcomes of one incident founded counts, and whether they agree is told",
          "[calibrate]") {
  const Past past = past_of({told("a", 3), told("b", 2), told("c", 2)});
  const auto samples = samples_of(past, {{"a-1", Finding::unfounded, at(20s), ""},
                                         {"a-2", Finding::founded, at(30s), ""},
                                         {"a-3", Finding::none, at(30s), ""},
                                         {"b-1", Finding::unfounded, at(20s), ""},
                                         {"b-2", Finding::unfounded, at(30s), ""},
                                         {"c-1", Finding::unconfirmed, at(20s), ""},
                                         {"c-2", Finding::none, at(30s), ""}});
  CHECK(samples.all.size() == 2);
  CHECK(samples.all[0].founded != samples.all[1].founded);
  CHECK(samples.disagreeing == 1);
  CHECK(samples.agreeing == 2);
  const Endings& endings = samples.by_family.at("shots");
  CHECK(endings.founded == 1);
  CHECK(endings.unfounded == 1);
  CHECK(endings.unconfirmed == 1);
  CHECK(endings.none == 0);
}

TEST_CASE("incidents without any outcome are counted beside those with one", "[calibrate]") {
  const Past past = past_of({told("a"), told("b"), told("c")});
  const auto samples = samples_of(past, {{"a", Finding::founded, at(20s), ""}});
  CHECK(samples.by_family.at("shots").none == 2);
  CHECK(samples.by_teller.at(WitnessKind::caller).all() == 3);
  CHECK(samples.by_teller.at(WitnessKind::caller).with_outcome() == 1);
}

}  // namespace
}  // namespace fusiond::calibrate
