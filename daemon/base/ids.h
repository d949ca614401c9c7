// Identities as types: an EventId does not compare with an IncidentId.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace fusiond {

template <class Tag, class T = std::string>
class StrongId {
 public:
  StrongId() = default;
  explicit StrongId(T value) : value_(std::move(value)) {}
  [[nodiscard]] const T& str() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  friend auto operator<=>(const StrongId&, const StrongId&) = default;

 private:
  T value_{};
};

using EventId = StrongId<struct EventIdTag>;        // UUIDv5 text of (source, source_event_id)
using IncidentId = StrongId<struct IncidentIdTag>;  // UUIDv5 text of its first member's event id
using WordId = StrongId<struct WordIdTag>;          // of a person's word, a UUID
using SourceId = StrongId<struct SourceIdTag>;      // the configured source's name

// The identity of an event: UUIDv5 over source, a line feed and source_event_id, in text form (36
// characters, lower case).
EventId event_id_of(const SourceId& source, std::string_view source_event_id);

// The identity of a person's word: UUIDv5 of what makes it one (author, time, kind, events).
WordId word_id_of(std::string_view said);

// The id of the incident of whose members `first` was heard first.
IncidentId incident_id_of(const EventId& first);

}  // namespace fusiond

template <class Tag, class T>
struct std::hash<fusiond::StrongId<Tag, T>> {
  std::size_t operator()(const fusiond::StrongId<Tag, T>& id) const noexcept {
    return std::hash<T>{}(id.str());
  }
};
