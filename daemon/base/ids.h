// Identities as types: an EventId does not compare with an IncidentId.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/base/uuid.h"

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

// What is a UUID by rights, held as its two numbers: it costs no allocation, and to compare is to
// compare numbers, in the order of the texts. Any other text stays as it is (bytes from outside are
// checked where they come in, not here); one that was moved from is empty.
class UuidText {
 public:
  UuidText() = default;
  explicit UuidText(std::string_view text);
  explicit UuidText(const Uuid& number);
  UuidText(const UuidText& other)
      : number_(other.number_),
        other_(other.other_ ? std::make_unique<std::string>(*other.other_) : nullptr) {}
  UuidText(UuidText&& other) noexcept
      : number_(std::exchange(other.number_, {})), other_(std::move(other.other_)) {}
  UuidText& operator=(const UuidText& other) {
    number_ = other.number_;
    if (other.other_ || other_) [[unlikely]] {
      other_ = other.other_ ? std::make_unique<std::string>(*other.other_) : nullptr;
    }
    return *this;
  }
  UuidText& operator=(UuidText&& other) noexcept {
    number_ = std::exchange(other.number_, {});
    other_ = std::move(other.other_);
    return *this;
  }
  ~UuidText() = default;

  // Made anew with each call: bind it, and take no view of it.
  [[nodiscard]] std::string str() const;
  // Nothing for what is no UUID in canonical form.
  [[nodiscard]] std::optional<Uuid> number() const {
    return is_number() ? std::optional(number_) : number_of_other();
  }
  [[nodiscard]] bool empty() const { return number_ == Uuid{} && !other_; }
  // Bytes that are equal for equal ids, and only for those. Valid as long as the id stands.
  [[nodiscard]] std::string_view bytes() const {
    return is_number() ? std::string_view(reinterpret_cast<const char*>(&number_), sizeof(number_))
                       : other_bytes();
  }

  friend bool operator==(const UuidText& a, const UuidText& b) {
    return a.number_ == b.number_ && (a.other_ == b.other_ || (a <=> b) == 0);
  }
  friend std::strong_ordering operator<=>(const UuidText& a, const UuidText& b) {
    return a.is_number() && b.is_number() ? a.number_ <=> b.number_ : by_text(a, b);
  }

 private:
  [[nodiscard]] bool is_number() const { return number_ != Uuid{}; }
  [[nodiscard]] std::optional<Uuid> number_of_other() const;
  [[nodiscard]] std::string_view other_bytes() const;
  static std::strong_ordering by_text(const UuidText& a, const UuidText& b);

  Uuid number_;                         // zero for what is none
  std::unique_ptr<std::string> other_;  // such a text; none when it is empty
};

template <class Tag>
class UniqueId : public UuidText {
 public:
  UniqueId() = default;
  explicit UniqueId(std::string_view text) : UuidText(text) {}
  explicit UniqueId(const Uuid& number) : UuidText(number) {}
  friend bool operator==(const UniqueId&, const UniqueId&) = default;
  friend std::strong_ordering operator<=>(const UniqueId&, const UniqueId&) = default;
};

using EventId = UniqueId<struct EventIdTag>;        // UUIDv5 of (source, source_event_id)
using IncidentId = UniqueId<struct IncidentIdTag>;  // UUIDv5 of its first member's event id
using WordId = UniqueId<struct WordIdTag>;          // of a person's word
using SourceId = StrongId<struct SourceIdTag>;      // the configured source's name

// The identity of an event: UUIDv5 over source, a line feed and source_event_id.
EventId event_id_of(const SourceId& source, std::string_view source_event_id);

// The identity of a person's word: UUIDv5 of what makes it one (author, time, kind, events).
WordId word_id_of(std::string_view said);

// The id of the incident of whose members `first` was heard first.
IncidentId incident_id_of(const EventId& first);
// Of an incident that a pattern rule counts under a key; `first` opens its first window.
IncidentId incident_id_of(std::string_view rule, std::string_view key, const EventId& first);

}  // namespace fusiond

template <class Tag, class T>
struct std::hash<fusiond::StrongId<Tag, T>> {
  std::size_t operator()(const fusiond::StrongId<Tag, T>& id) const noexcept {
    return std::hash<T>{}(id.str());
  }
};

template <class Tag>
struct std::hash<fusiond::UniqueId<Tag>> {
  std::size_t operator()(const fusiond::UniqueId<Tag>& id) const noexcept {
    return std::hash<std::string_view>{}(id.bytes());
  }
};
