#include "daemon/base/ids.h"

#include <array>
#include <cstdint>
#include <initializer_list>

#include "daemon/base/sha1.h"

namespace fusiond {
namespace {

// Made once at random for this project; part of every id, never to be changed.
constexpr Uuid kEventSpace{0x6f1b8a520d7e4c63, 0x9a2f41d87735e910};
constexpr Uuid kIncidentSpace{0xb3942e075ca14f18, 0x8d601e9bc24a73f5};
constexpr Uuid kWordSpace{0x2d60f79b88144ea5, 0xb73c05d16a92cf4e};

// RFC 9562 section 5.5: SHA-1 over namespace and name, version and variant bits set.
Uuid uuid_v5(const Uuid& space, std::initializer_list<std::string_view> name) {
  Sha1 digest;
  digest.add(space.high);
  digest.add(space.low);
  for (const std::string_view part : name) {
    digest.add(part);
  }
  const auto [high, low] = digest.first_sixteen();
  return {(high & ~std::uint64_t{0xf000}) | 0x5000,
          (low & ~(std::uint64_t{3} << 62U)) | std::uint64_t{1} << 63U};
}

}  // namespace

UuidText::UuidText(std::string_view text) {
  if (const auto number = uuid_from(text); number && *number != Uuid{}) {
    number_ = *number;
  } else if (!text.empty()) {
    other_ = std::make_unique<std::string>(text);
  }
}

UuidText::UuidText(const Uuid& number) : number_(number) {
  if (!is_number()) {
    other_ = std::make_unique<std::string>(text_of(number));
  }
}

std::string UuidText::str() const {
  if (is_number()) {
    return text_of(number_);
  }
  return other_ ? *other_ : std::string();
}

std::optional<Uuid> UuidText::number_of_other() const {
  return other_ ? uuid_from(*other_) : std::nullopt;
}

std::string_view UuidText::other_bytes() const {
  return other_ ? std::string_view(*other_) : std::string_view();
}

std::strong_ordering UuidText::by_text(const UuidText& a, const UuidText& b) {
  return a.str() <=> b.str();
}

EventId event_id_of(const SourceId& source, std::string_view source_event_id) {
  return EventId{uuid_v5(kEventSpace, {source.str(), "\n", source_event_id})};
}

WordId word_id_of(std::string_view said) {
  return WordId{uuid_v5(kWordSpace, {said})};
}

IncidentId incident_id_of(const EventId& first) {
  const auto number = first.number();
  if (!number) {
    return IncidentId{uuid_v5(kIncidentSpace, {first.str()})};
  }
  std::array<char, kUuidLetters> text;
  write_text(*number, text.data());
  return IncidentId{uuid_v5(kIncidentSpace, {{text.data(), text.size()}})};
}

IncidentId incident_id_of(std::string_view rule, std::string_view key, const EventId& first) {
  std::string name = first.str();
  name.append(1, '\n').append(rule).append(1, '\n').append(key);
  return IncidentId{uuid_v5(kIncidentSpace, name)};
}

}  // namespace fusiond
