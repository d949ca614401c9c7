#include "tests/support/event_builder.h"

#include <string_view>
#include <utility>

namespace fusiond::support {
namespace {

class Fnv {
 public:
  void text(std::string_view value) {
    for (const char c : value) {
      byte(static_cast<unsigned char>(c));
    }
    byte(0xff);
  }
  void number(std::int64_t value) {
    for (int shift = 0; shift < 64; shift += 8) {
      byte(static_cast<unsigned char>((value >> shift) & 0xff));
    }
  }
  [[nodiscard]] std::uint64_t value() const { return hash_; }

 private:
  void byte(unsigned char value) { hash_ = (hash_ ^ value) * 0x100000001b3ULL; }
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

std::uint64_t hash_of(const Event& event) {
  Fnv hash;
  hash.text(event.id.str());
  hash.number(static_cast<int>(event.source_kind));
  hash.number(static_cast<int>(event.lifecycle));
  hash.number(static_cast<int>(event.status));
  hash.text(event.kind);
  hash.number(micros_of(event.occurred));
  hash.number(event.place ? event.place->lat_e7 : -1);
  hash.number(event.place ? event.place->lon_e7 : -1);
  hash.number(event.place ? event.place->radius_cm : -1);
  hash.number(event.place ? event.place->confidence_permille : -1);
  hash.number(event.place ? static_cast<int>(event.place->method) : -1);
  hash.text(event.keys.cad_number);
  hash.text(event.keys.duplicate_of);
  hash.text(event.keys.plate);
  hash.text(event.keys.caller);
  hash.text(event.keys.device);
  hash.text(event.copy_of ? event.copy_of->str() : "");
  hash.text(event.provenance);
  hash.number(event.priority ? *event.priority : -1);
  hash.number(event.confidence_permille ? *event.confidence_permille : -1);
  hash.text(event.headline);
  return hash.value();
}

}  // namespace

EventBuilder::EventBuilder(std::string source_event_id, std::string source) {
  event_.source = SourceId{std::move(source)};
  event_.source_event_id = std::move(source_event_id);
  event_.id = event_id_of(event_.source, event_.source_event_id);
  event_.revision = 1;
  event_.source_kind = SourceKind::cad;
  event_.kind = "disturbance";
  event_.lateness = std::chrono::minutes{15};
  at(Micros{0});
  by(std::chrono::seconds{1});
  near(0, 0);
}

EventBuilder& EventBuilder::at(Micros since_start) {
  const Micros after = event_.received.time_since_epoch() - event_.occurred.time_since_epoch();
  event_.occurred = event_time(kStartUs + since_start.count());
  return by(after);
}

EventBuilder& EventBuilder::by(Micros after_occurred) {
  event_.received = wall_time(micros_of(event_.occurred) + after_occurred.count());
  return *this;
}

EventBuilder& EventBuilder::near(std::int64_t east_m, std::int64_t north_m,
                                 std::uint32_t radius_m) {
  const auto method = event_.place ? event_.place->method : LocationMethod::gps;
  return place({.lat_e7 = static_cast<std::int32_t>(kMainStreetLatE7 + north_m * 10000000 / 110986),
                .lon_e7 = static_cast<std::int32_t>(kMainStreetLonE7 + east_m * 10000000 / 88056),
                .radius_cm = radius_m * 100,
                .confidence_permille = 900,
                .method = method});
}

EventBuilder& EventBuilder::lateness(Micros allowance) {
  return event_.lateness = allowance, *this;
}
EventBuilder& EventBuilder::revision(std::uint64_t number) {
  return event_.revision = number, *this;
}
EventBuilder& EventBuilder::from(SourceKind kind) {
  return event_.source_kind = kind, *this;
}
EventBuilder& EventBuilder::kind(std::string name) {
  return event_.kind = std::move(name), *this;
}
EventBuilder& EventBuilder::place(Place value) {
  return event_.place = value, *this;
}
EventBuilder& EventBuilder::nowhere() {
  return event_.place.reset(), *this;
}
EventBuilder& EventBuilder::cad(std::string number) {
  return event_.keys.cad_number = std::move(number), *this;
}
EventBuilder& EventBuilder::duplicate_of(std::string number) {
  return event_.keys.duplicate_of = std::move(number), *this;
}
EventBuilder& EventBuilder::plate(std::string value) {
  return event_.keys.plate = std::move(value), *this;
}
EventBuilder& EventBuilder::caller(std::string value) {
  return event_.keys.caller = std::move(value), *this;
}
EventBuilder& EventBuilder::device(std::string value) {
  return event_.keys.device = std::move(value), *this;
}
EventBuilder& EventBuilder::copy_of(const EventId& root) {
  return event_.copy_of = root, *this;
}
EventBuilder& EventBuilder::provenance(std::string value) {
  return event_.provenance = std::move(value), *this;
}
EventBuilder& EventBuilder::priority(std::uint8_t value) {
  return event_.priority = value, *this;
}
EventBuilder& EventBuilder::confidence(std::uint16_t permille) {
  return event_.confidence_permille = permille, *this;
}
EventBuilder& EventBuilder::headline(std::string text) {
  return event_.headline = std::move(text), *this;
}
EventBuilder& EventBuilder::status(Status value) {
  return event_.status = value, *this;
}
EventBuilder& EventBuilder::lifecycle(Lifecycle value) {
  return event_.lifecycle = value, *this;
}

EventBuilder& EventBuilder::method(LocationMethod value) {
  if (event_.place) {
    event_.place->method = value;
  }
  return *this;
}

Event EventBuilder::build() const {
  Event event = event_;
  event.content_hash = hash_of(event);
  return event;
}

}  // namespace fusiond::support
