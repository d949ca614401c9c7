// What the translators share: times, enumerations, deterministic bytes, errors that name the field.
// Inside daemon/wire only: this header brings protobuf in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message_lite.h>
#include <google/protobuf/timestamp.pb.h>

#include "daemon/base/ids.h"
#include "daemon/base/result.h"
#include "daemon/base/time.h"

namespace fusiond::wire {

// bad_input: "<field> <what>".
std::unexpected<Error> bad_field(std::string_view field, std::string_view what);

// Errors: bad_input when the bytes are no `message` (also: text that is not UTF-8). `name` is its
// name for people.
Result<void> parse_into(google::protobuf::MessageLite& message, std::string_view bytes,
                        std::string_view name);

// Is it a UUID as fusiond writes them: 36 letters, lower case?
bool is_uuid(std::string_view text);

// Is it one line that says something, of at most so many bytes? Errors: bad_input.
Result<void> check_line(std::string_view text, std::size_t most, std::string_view field);

// The same message gives the same bytes, always.
std::string bytes_of(const google::protobuf::MessageLite& message);

// Event ids as 16 bytes each, the first byte first. Requires: they are UUIDs. Errors: bad_input.
std::string packed_ids(const std::vector<EventId>& ids);
Result<std::vector<EventId>> ids_unpacked(std::string_view bytes, std::string_view field);

// Microseconds, rounded down. Errors: bad_input when out of protobuf's range (years 1 to 9999).
Result<std::int64_t> micros_from(std::int64_t seconds, std::int32_t nanos, std::string_view field);
Result<std::int64_t> micros_from(const google::protobuf::Timestamp& time, std::string_view field);
void write_micros(std::int64_t us, google::protobuf::Timestamp& out);

// The model's enumerators have the numbers of the proto's; `last` is the largest one known here.
// Errors: bad_input for a number that this version does not know, and for 0 (unspecified).
template <class Enum>
Result<Enum> enum_from(int number, Enum last, std::string_view field) {
  if (number <= 0) {
    return bad_field(field, "is missing");
  }
  if (number > static_cast<int>(last)) {
    return bad_field(field, "is not known: " + std::to_string(number));
  }
  return static_cast<Enum>(number);
}

// The same where unspecified is a value too.
template <class Enum>
Result<Enum> optional_enum_from(int number, Enum last, std::string_view field) {
  if (number == 0) {
    return static_cast<Enum>(0);
  }
  return enum_from(number, last, field);
}

template <class Proto, class Enum>
Proto proto_enum(Enum value) {
  return static_cast<Proto>(static_cast<int>(value));
}

}  // namespace fusiond::wire
