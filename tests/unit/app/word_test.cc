#include "daemon/app/word.h"

#include <catch2/catch.hpp>

using namespace fusiond;

namespace {

EventId event(const std::string& name) {
  return event_id_of(SourceId{"cad"}, name);
}

IncidentRevision incident(const std::vector<std::string>& events, const std::string& named_by) {
  IncidentRevision revision;
  revision.content.id = incident_id_of(event(named_by));
  for (const std::string& name : events) {
    revision.content.members.emplace_back().event_id = event(name);
  }
  return revision;
}

}  // namespace

TEST_CASE("an incident stands for the member it has its id from", "[app][word]") {
  const std::vector<IncidentRevision> incidents = {incident({"early", "first"}, "first")};
  const std::string id = incidents[0].content.id.str();
  CHECK(app::event_named(incidents, id).value() == event("first"));
  CHECK(app::event_named(incidents, id.substr(0, 8)).value() == event("first"));
  CHECK(app::event_named(incidents, event("early").str()).value() == event("early"));
}

TEST_CASE("an incident that was merged stands for the one it went into", "[app][word]") {
  auto gone = incident({}, "gone");
  const auto into = incident({"stays"}, "stays");
  gone.content.merged_into = into.content.id;
  CHECK(app::event_named({gone, into}, gone.content.id.str()).value() == event("stays"));
}

TEST_CASE("what nothing goes by is refused, and so is what is too short", "[app][word]") {
  const std::vector<IncidentRevision> incidents = {incident({"a"}, "a")};
  CHECK(app::event_named(incidents, event("b").str()).error().fault == Fault::bad_input);
  CHECK_FALSE(app::event_named(incidents, event("a").str().substr(0, 7)).has_value());
}
