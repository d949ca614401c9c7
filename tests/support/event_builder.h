// Events for tests: says only what matters, fills in the rest.
//   EventBuilder("c1").at(60s).by(10s).kind("crash").near(30, 0).cad("pd/17")
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "daemon/model/event.h"

namespace fusiond::support {

// Midnight UTC, 1 July 2026: the zero of at().
constexpr std::int64_t kStartUs = 1782864000000000;
constexpr std::int32_t kMainStreetLatE7 = 378000000;
constexpr std::int32_t kMainStreetLonE7 = -1222700000;

class EventBuilder {
 public:
  // An on-time CAD call at Main Street, kind "disturbance", occurred at 0 and received a second
  // later, allowance 15 min, revision 1.
  explicit EventBuilder(std::string source_event_id, std::string source = "cad");
  explicit EventBuilder(Event event) : event_(std::move(event)) {}

  EventBuilder& at(Micros since_start);     // occurred; received moves along
  EventBuilder& by(Micros after_occurred);  // received = occurred + this
  EventBuilder& lateness(Micros allowance);
  EventBuilder& revision(std::uint64_t number);
  EventBuilder& from(SourceKind kind);
  EventBuilder& kind(std::string name);
  EventBuilder& near(std::int64_t east_m, std::int64_t north_m,
                     std::uint32_t radius_m = 30);  // metres from Main Street
  EventBuilder& place(Place value);
  EventBuilder& nowhere();
  EventBuilder& method(LocationMethod value);
  EventBuilder& cad(std::string number);
  EventBuilder& duplicate_of(std::string number);
  EventBuilder& plate(std::string value);
  EventBuilder& caller(std::string value);
  EventBuilder& device(std::string value);
  EventBuilder& copy_of(const EventId& root);
  EventBuilder& provenance(std::string value);
  EventBuilder& priority(std::uint8_t value);
  EventBuilder& confidence(std::uint16_t permille);
  EventBuilder& headline(std::string text);
  EventBuilder& status(Status value);
  EventBuilder& lifecycle(Lifecycle value);
  // The event, with content_hash over everything but revision and ingest time.
  [[nodiscard]] Event build() const;
  operator Event() const {
    return build();
  }  // NOLINT(google-explicit-constructor): lets tests pass the builder

 private:
  Event event_;
};

}  // namespace fusiond::support
