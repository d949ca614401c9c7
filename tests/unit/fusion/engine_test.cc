#include "daemon/fusion/engine.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "daemon/route/router.h"
#include "daemon/wire/incident_bytes.h"
#include "daemon/wire/told_wire.h"
#include "tests/support/decoded.h"
#include "tests/support/event_builder.h"
#include "tests/support/small_association.h"

namespace fusiond::fusion {
namespace {

using support::EventBuilder;
using namespace std::chrono_literals;

EngineConfig small_config(std::uint64_t epoch = 1) {
  return {support::small_association(), support::small_priorities(), {}, epoch};
}

// Router and engine as the shard runs them, with what was emitted.
class Line {
 public:
  std::vector<IncidentRevision> say(const Event& event) {
    const Cause cause{"event", event.id, event.revision, {}, event.received};
    const Routed routed = router_.take(event);
    last_.clear();
    if (routed.changed) {
      states_[event.id] = *routed.changed;
      note(support::decoded(engine_.apply(*routed.changed, cause)));
    }
    return last_;
  }
  // Says of the source "cad" that its ingest clock has reached this time after the start.
  std::vector<IncidentRevision> tick(Micros since_start, bool up = true) {
    const WallTime now = wall_time(support::kStartUs + since_start.count());
    last_.clear();
    note(support::decoded(
        engine_.tick({now, {{SourceId{"cad"}, up, now, 15min}}}, {"tick", {}, 0, {}, now})));
    return last_;
  }
  void restart() {
    EngineSnapshot snapshot;
    for (const auto& [id, state] : states_) {
      snapshot.events.push_back(state);
    }
    for (const auto& [id, revision] : told) {
      snapshot.incidents.push_back(wire::told_of(revision));
    }
    snapshot.sources = engine_.sources();
    engine_ = Engine{small_config(2), writer_};
    engine_.restore(snapshot);
  }
  [[nodiscard]] std::vector<IncidentContent> incidents() const { return engine_.incidents(); }
  [[nodiscard]] IncidentContent of(const EventBuilder& event) const {
    return told.at(incident_id_of(event.build().id)).content;
  }
  Engine& engine() { return engine_; }
  std::map<IncidentId, IncidentRevision> told;

 private:
  void note(std::vector<IncidentRevision> revisions) {
    for (const IncidentRevision& revision : revisions) {
      told[revision.content.id] = revision;
    }
    last_ = std::move(revisions);
  }
  route::Router router_{{}};
  wire::IncidentBytes writer_;
  Engine engine_{small_config(), writer_};
  std::map<EventId, EventState> states_;
  std::vector<IncidentRevision> last_;
};

EventBuilder shot(const std::string& id) {
  return EventBuilder(id).kind("gunshot").from(SourceKind::acoustic);
}
EventBuilder crash(const std::string& id) {
  return EventBuilder(id).kind("crash");
}

std::vector<std::string> names(const IncidentContent& content) {
  std::vector<std::string> all;
  all.reserve(content.members.size());
  for (const Member& member : content.members) {
    all.push_back(member.source_event_id);
  }
  return all;
}
using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("the first report opens an incident at once, with its type and priority",
          "[fusion][engine]") {
  Line line;
  const auto out = line.say(shot("s1"));
  REQUIRE(out.size() == 1);
  CHECK(out[0].change == IncidentChange::open);
  CHECK(out[0].revision == 1);
  CHECK(out[0].content.family == "shots");
  CHECK(out[0].content.type == "SHOOT");
  CHECK(out[0].content.priority == 9);
  CHECK(out[0].content.members[0].role == MemberRole::anchor);
  CHECK_FALSE(out[0].content.members[0].reason.terms);
}

TEST_CASE("a second report near by joins and says why", "[fusion][engine]") {
  Line line;
  (void)line.say(crash("c1"));
  const auto out = line.say(crash("c2").at(60s).near(30, 0));
  REQUIRE(out.size() == 1);
  CHECK(out[0].change == IncidentChange::update);
  CHECK(out[0].revision == 2);
  CHECK(names(out[0].content) == Names{"c1", "c2"});
  CHECK(out[0].members_added == std::vector<EventId>{crash("c2").build().id});
  const Reason& reason = out[0].content.members[1].reason;
  REQUIRE(reason.terms);
  const ScoreTerms& terms = *reason.terms;
  CHECK(terms.total_mn ==
        terms.place_mn + terms.delay_mn + terms.kind_mn + terms.keys_mn + terms.recent_mn);
  CHECK(terms.total_mn >= terms.need_mn);
  CHECK(terms.gap == 60s);
  CHECK(terms.distance_m >= 29);
  CHECK(terms.distance_m <= 30);
  CHECK(reason.prior_members == std::vector<EventId>{crash("c1").build().id});
  CHECK(out[0].content.witnesses == 2);
}

TEST_CASE("a report of something else stays apart and names the gate it missed",
          "[fusion][engine]") {
  Line line;
  (void)line.say(crash("c1"));
  const auto out = line.say(EventBuilder("d1").kind("disturbance").at(60s).near(30, 0));
  REQUIRE(out.size() == 1);
  CHECK(out[0].change == IncidentChange::open);
  const auto& runner_up = out[0].content.members[0].reason.runner_up;
  REQUIRE(runner_up);
  CHECK(runner_up->missed == Gate::score);
  CHECK(runner_up->terms.total_mn < runner_up->terms.need_mn);
}

TEST_CASE("an earlier report that comes second joins, and the incident keeps its id",
          "[fusion][engine]") {
  Line line;
  const auto first = line.say(crash("c2").at(60s).near(20, 0));
  const auto out = line.say(crash("c1").by(2min));
  REQUIRE(out.size() == 1);
  CHECK(out[0].change == IncidentChange::update);
  CHECK(out[0].content.id == first[0].content.id);
  CHECK(names(out[0].content) == Names{"c1", "c2"});
  CHECK(out[0].content.members[1].reason.anchor == crash("c1").build().id);
}

TEST_CASE("when two incidents turn out to be one, the one heard first survives, told first",
          "[fusion][engine]") {
  Line line;
  (void)line.say(crash("c1").by(3min).cad("pd/1"));  // happened first, heard second
  (void)line.say(crash("c2").at(60s).near(900, 0));
  const auto out = line.say(crash("c2").at(60s).near(900, 0).cad("pd/1").revision(2));
  REQUIRE(out.size() == 2);
  CHECK(out[0].content.id == incident_id_of(crash("c2").build().id));
  CHECK(out[0].change == IncidentChange::update);
  CHECK(names(out[0].content) == Names{"c1", "c2"});
  CHECK(out[0].supersedes == std::vector<IncidentId>{out[1].content.id});
  CHECK(out[1].change == IncidentChange::merged);
  CHECK(out[1].content.merged_into == out[0].content.id);
  CHECK(out[1].content.members.empty());
  CHECK(line.incidents().size() == 1);
}

TEST_CASE("when the member heard first is retracted, the rest goes on under the next one's id",
          "[fusion][engine]") {
  Line line;
  (void)line.say(crash("c1"));
  (void)line.say(crash("c2").at(60s).near(20, 0));
  (void)line.say(crash("c3").at(70s).near(20, 0));
  const auto out = line.say(crash("c1").lifecycle(Lifecycle::retract).revision(2));
  REQUIRE(out.size() == 2);
  CHECK(out[0].content.id == incident_id_of(crash("c2").build().id));
  CHECK(out[0].change == IncidentChange::open);
  CHECK(names(out[0].content) == Names{"c2", "c3"});
  CHECK(out[1].change == IncidentChange::merged);
  CHECK(out[1].content.merged_into == out[0].content.id);
  const auto back = line.say(crash("c1").revision(3).headline("it was true"));
  REQUIRE(back.size() == 2);
  CHECK(back[0].content.id == out[1].content.id);
  CHECK(back[0].change == IncidentChange::reopened);
  CHECK(back[1].content.merged_into == back[0].content.id);
}

TEST_CASE("who names an incident that gets another id says so", "[fusion][engine]") {
  Line line;
  (void)line.say(shot("s1"));
  (void)line.say(shot("s2").at(60s).near(10, 0));
  (void)line.say(shot("far").at(5min).near(2000, 0));
  CHECK(line.of(shot("far")).related_to == std::vector<IncidentId>{line.of(shot("s1")).id});
  (void)line.say(shot("s1").lifecycle(Lifecycle::retract).revision(2));
  CHECK(line.of(shot("far")).related_to == std::vector<IncidentId>{line.of(shot("s2")).id});
}

TEST_CASE("a retraction in time withdraws an incident of one", "[fusion][engine]") {
  Line line;
  (void)line.say(shot("s1"));
  const auto out = line.say(shot("s1").revision(2).lifecycle(Lifecycle::retract));
  REQUIRE(out.size() == 1);
  CHECK(out[0].change == IncidentChange::withdrawn);
  CHECK(out[0].content.members[0].role == MemberRole::retracted);
  CHECK(line.incidents().empty());
}

TEST_CASE("a late retraction marks its member and leaves the grouping alone", "[fusion][engine]") {
  Line line;
  (void)line.say(crash("c1"));
  (void)line.say(crash("c2").at(60s));
  auto out = line.say(crash("c1").revision(2).by(1h).lifecycle(Lifecycle::retract));
  REQUIRE(out.size() == 1);
  CHECK(out[0].content.members[0].role == MemberRole::retracted);
  CHECK(out[0].content.witnesses == 1);
  out = line.say(crash("c2").revision(2).at(60s).by(1h).lifecycle(Lifecycle::retract));
  REQUIRE(out.size() == 1);
  CHECK(out[0].change == IncidentChange::withdrawn);
  CHECK(line.incidents().size() == 1);
}

TEST_CASE("a repeat says nothing, a correction that moves no group says update",
          "[fusion][engine]") {
  Line line;
  (void)line.say(crash("c1"));
  CHECK(line.say(crash("c1").revision(2).by(20s)).empty());
  const auto out = line.say(crash("c1").revision(3).headline("two cars"));
  REQUIRE(out.size() == 1);
  CHECK(out[0].change == IncidentChange::update);
  CHECK(out[0].content.members[0].headline == "two cars");
}

TEST_CASE("copies are counted on their root and are no witnesses", "[fusion][engine]") {
  Line line;
  const Event root = EventBuilder("p0", "posts").from(SourceKind::social).kind("gunshot");
  (void)line.say(root);
  for (int i = 1; i <= 3; ++i) {
    (void)line.say(EventBuilder("p" + std::to_string(i), "posts")
                       .from(SourceKind::social)
                       .kind("gunshot")
                       .at(i * 1min)
                       .copy_of(root.id));
  }
  REQUIRE(line.incidents().size() == 1);
  CHECK(line.incidents()[0].members.size() == 1);
  CHECK(line.incidents()[0].members[0].copies == 3);
  CHECK(line.incidents()[0].witnesses == 1);
}

TEST_CASE("a copy without its root is an event, until the root comes", "[fusion][engine]") {
  Line line;
  const Event root = EventBuilder("p0", "posts").kind("gunshot");
  (void)line.say(EventBuilder("p1", "posts").kind("gunshot").at(1min).copy_of(root.id));
  CHECK(line.incidents().size() == 1);
  const auto out = line.say(root);
  REQUIRE(out.size() == 2);
  CHECK(out[0].change == IncidentChange::open);
  CHECK(out[0].content.members[0].copies == 1);
  CHECK(out[1].change == IncidentChange::merged);
}

TEST_CASE("copies in a ring count on the smallest id", "[fusion][engine]") {
  Line line;
  const EventId a = EventBuilder("a").build().id;
  const EventId b = EventBuilder("b").build().id;
  (void)line.say(EventBuilder("a").copy_of(b));
  (void)line.say(EventBuilder("b").copy_of(a));
  (void)line.say(EventBuilder("c").near(5000, 0).copy_of(EventBuilder("c").build().id));
  const auto incidents = line.incidents();
  REQUIRE(incidents.size() == 2);
  CHECK(std::any_of(incidents.begin(), incidents.end(), [&](const IncidentContent& content) {
    return std::any_of(content.members.begin(), content.members.end(), [&](const Member& member) {
      return member.event_id == std::min(a, b) && member.copies == 1;
    });
  }));
}

TEST_CASE("a pursuit is one incident: episodes linked by plate", "[fusion][engine]") {
  Line line;
  (void)line.say(EventBuilder("r1").plate("XYZ123").kind("crash"));
  const auto out =
      line.say(EventBuilder("r2").plate("XYZ123").kind("crash").at(5min).near(9000, 0));
  REQUIRE(out.size() == 1);
  CHECK(names(out[0].content) == Names{"r1", "r2"});
  REQUIRE(out[0].content.links.size() == 1);
  CHECK(out[0].content.links[0].basis == LinkBasis::key);
  CHECK(out[0].content.links[0].key == "plate");
  CHECK(out[0].content.links[0].gap == 5min);
}

TEST_CASE("an event without a place joins only by its keys", "[fusion][engine]") {
  Line line;
  (void)line.say(crash("c1").cad("pd/1"));
  (void)line.say(crash("c2").at(10s).nowhere());
  CHECK(line.incidents().size() == 2);
  (void)line.say(crash("c3").at(20s).nowhere().duplicate_of("pd/1"));
  CHECK(line.incidents().size() == 2);
  CHECK(line.of(crash("c1")).members.size() == 2);
}

TEST_CASE("exercises never mix with real reports", "[fusion][engine]") {
  Line line;
  (void)line.say(shot("s1"));
  (void)line.say(shot("s2").at(1s).status(Status::exercise));
  (void)line.say(shot("s3").at(2s).status(Status::exercise));
  REQUIRE(line.incidents().size() == 2);
  CHECK(line.of(shot("s2")).status == Status::exercise);
  CHECK(line.of(shot("s2")).members.size() == 2);
}

TEST_CASE("an id that came too late is an incident of its own that says what it may belong to",
          "[fusion][engine]") {
  Line line;
  (void)line.say(crash("c1"));
  const auto out = line.say(crash("c2").at(30s).by(20min));
  REQUIRE(out.size() == 1);
  CHECK(out[0].content.late);
  REQUIRE(out[0].content.maybe_same_as.size() == 1);
  CHECK(out[0].content.maybe_same_as[0].incident_id == line.of(crash("c1")).id);
  CHECK(out[0].content.maybe_same_as[0].probability_permille > 500);
}

TEST_CASE(
    "incidents turn quiet and close by the closing clock, and open again for what still comes",
    "[fusion][engine]") {
  Line line;
  (void)line.say(crash("c1"));
  CHECK(line.tick(30min).empty());
  auto out = line.tick(30min + 31s);
  REQUIRE(out.size() == 1);
  CHECK(out[0].change == IncidentChange::quiet);
  out = line.tick(60min + 31s);
  REQUIRE(out.size() == 1);
  CHECK(out[0].change == IncidentChange::closed);
  CHECK(out[0].content.state == IncidentState::closed);
  // The only source is down: no closing clock. What is closed stays so until there is news of it.
  CHECK(line.tick(61min, false).empty());
  out = line.say(crash("c2").at(60s).by(14min));
  REQUIRE(out.size() == 1);
  CHECK(out[0].change == IncidentChange::reopened);
  CHECK(names(out[0].content) == Names{"c1", "c2"});
}

TEST_CASE("incidents near by of one family name the earlier one", "[fusion][engine]") {
  Line line;
  (void)line.say(shot("s1"));
  (void)line.say(shot("s2").at(5min).near(2000, 0));
  CHECK(line.of(shot("s1")).related_to.empty());
  CHECK(line.of(shot("s2")).related_to == std::vector<IncidentId>{line.of(shot("s1")).id});
}

TEST_CASE(
    "a restart goes on with the next revision under a higher epoch, and has nothing to correct",
    "[fusion][engine]") {
  Line line;
  (void)line.say(crash("c1"));
  (void)line.say(crash("c2").at(60s).near(20, 0));
  line.restart();
  CHECK(line.tick(2min).empty());
  const auto out = line.say(crash("c3").at(2min));
  REQUIRE(out.size() == 1);
  CHECK(out[0].epoch == 2);
  CHECK(out[0].revision == 3);
}

TEST_CASE("a move takes the event to its new incident, and nobody sees it in none",
          "[fusion][engine]") {
  Line line;
  (void)line.say(crash("c1"));
  (void)line.say(crash("c2").at(10s).near(3000, 0));
  (void)line.say(crash("c3").at(60s).near(20, 0));
  const auto out = line.say(crash("c3").revision(2).at(60s).by(50s).near(3010, 0));
  REQUIRE(out.size() == 2);
  CHECK(names(out[0].content) == Names{"c2", "c3"});
  CHECK(out[1].members_removed.size() == 1);
}

TEST_CASE("what is over and forgotten leaves the book", "[fusion][engine]") {
  Line line;
  const EventId c1 = crash("c1").build().id;
  const EventId c2 = crash("c2").build().id;
  (void)line.say(crash("c1"));
  (void)line.say(crash("c2").at(60s));
  CHECK(line.engine().forget({c1, c2}).empty());  // still open
  (void)line.tick(3h);
  CHECK(line.engine().forget({}).size() == 1);
  CHECK(line.incidents().empty());
}

// One record takes both the root of a chain and an episode that hangs on another one away: the
// sanitizers see what is left behind.
TEST_CASE("an episode that leaves together with its root hangs on nobody any more",
          "[fusion][engine]") {
  Line line;
  (void)line.say(crash("root").cad("x"));
  (void)line.say(crash("middle").at(100s).near(900, 0).cad("x").plate("y"));
  (void)line.say(crash("end").at(200s).near(1800, 0).plate("y"));
  REQUIRE(line.incidents().size() == 1);
  (void)line.say(crash("root").revision(2).at(150s).by(60s).near(1800, 0));
  (void)line.say(crash("end").revision(2).at(200s).by(60s).near(1800, 0));
  REQUIRE(line.incidents().size() == 2);
  (void)line.tick(3h);
  const EventId root = crash("root").build().id;
  const EventId end = crash("end").build().id;
  CHECK(line.engine().forget({root, end}).size() == 1);
  (void)line.say(crash("middle").revision(2).at(100s).by(60s).near(950, 0).cad("x"));
  CHECK(line.incidents().size() == 1);
}

TEST_CASE("180 degrees east and west are one place", "[fusion][engine]") {
  Line line;
  const auto at = [](std::int32_t lon) {
    return Place{100000000, lon, 3000, 900, LocationMethod::gps};
  };
  (void)line.say(crash("c1").place(at(1799999000)));
  (void)line.say(crash("c2").at(20s).place(at(-1799999000)));
  REQUIRE(line.incidents().size() == 1);
  CHECK(std::abs(line.incidents()[0].place->lon_e7) > 1799998000);
}

}  // namespace fusiond::fusion
