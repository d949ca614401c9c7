#include "daemon/wire/fields.h"

#include <algorithm>
#include <limits>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include "daemon/base/check.h"
#include "daemon/base/uuid.h"

namespace fusiond::wire {
namespace {

constexpr std::int64_t kFirstSecond = -62'135'596'800;  // year 1
constexpr std::int64_t kLastSecond = 253'402'300'799;   // year 9999
constexpr std::int32_t kNanosInMicro = 1000;
constexpr std::int64_t kMicrosInSecond = 1'000'000;
constexpr std::size_t kUuidBytes = 16;

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

}  // namespace

std::unexpected<Error> bad_field(std::string_view field, std::string_view what) {
  return fail(Fault::bad_input, std::string(field) + " " + std::string(what));
}

Result<void> parse_into(google::protobuf::MessageLite& message, std::string_view bytes,
                        std::string_view name) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return bad_field(name, "is too large, bytes: " + std::to_string(bytes.size()));
  }
  // Protobuf would print a line for each text that is not UTF-8; bad input is counted, not logged.
  const google::protobuf::LogSilencer silencer;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return bad_field(name, "cannot be parsed, bytes: " + std::to_string(bytes.size()));
  }
  return {};
}

Result<void> check_line(std::string_view text, std::size_t most, std::string_view field) {
  if (text.find_first_not_of(' ') == std::string_view::npos) {
    return bad_field(field, "is missing");
  }
  if (text.size() > most) {
    return bad_field(
        field, "has more than " + std::to_string(most) + " bytes: " + std::to_string(text.size()));
  }
  if (std::any_of(text.begin(), text.end(), is_control)) {
    return bad_field(field, "must be one line without control characters");
  }
  return {};
}

std::string bytes_of(const google::protobuf::MessageLite& message) {
  std::string bytes;
  bytes.reserve(message.ByteSizeLong());
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    const bool written = message.SerializeToCodedStream(&out);
    FUSIOND_CHECK(written, "writing to memory cannot fail: proto3 has no required fields");
  }
  return bytes;
}

bool is_uuid(std::string_view text) {
  return uuid_from(text).has_value();
}

std::string packed_ids(const std::vector<EventId>& ids) {
  std::string bytes;
  bytes.reserve(kUuidBytes * ids.size());
  for (const EventId& id : ids) {
    const auto uuid = id.number();
    FUSIOND_CHECK(uuid.has_value(), "event ids are UUIDs");
    for (const std::uint64_t half : {uuid->high, uuid->low}) {
      for (int shift = 56; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<char>(half >> static_cast<unsigned>(shift) & 0xFFU));
      }
    }
  }
  return bytes;
}

Result<std::vector<EventId>> ids_unpacked(std::string_view bytes, std::string_view field) {
  if (bytes.size() % kUuidBytes != 0) {
    return bad_field(field, "holds no whole ids, bytes: " + std::to_string(bytes.size()));
  }
  std::vector<EventId> ids;
  ids.reserve(bytes.size() / kUuidBytes);
  for (std::size_t at = 0; at < bytes.size(); at += kUuidBytes) {
    Uuid uuid;
    for (std::size_t i = 0; i < kUuidBytes; ++i) {
      std::uint64_t& half = i < kUuidBytes / 2 ? uuid.high : uuid.low;
      half = half << 8U | static_cast<unsigned char>(bytes[at + i]);
    }
    ids.emplace_back(uuid);
  }
  return ids;
}

Result<std::int64_t> micros_from(std::int64_t seconds, std::int32_t nanos, std::string_view field) {
  if (seconds < kFirstSecond || seconds > kLastSecond) {
    return bad_field(field, "is out of range, seconds: " + std::to_string(seconds));
  }
  if (nanos < 0 || nanos >= kNanosInMicro * kMicrosInSecond) {
    return bad_field(field, "has bad nanoseconds: " + std::to_string(nanos));
  }
  return seconds * kMicrosInSecond + nanos / kNanosInMicro;
}

Result<std::int64_t> micros_from(const google::protobuf::Timestamp& time, std::string_view field) {
  return micros_from(time.seconds(), time.nanos(), field);
}

void write_micros(std::int64_t us, google::protobuf::Timestamp& out) {
  std::int64_t seconds = us / kMicrosInSecond;
  std::int64_t rest = us % kMicrosInSecond;
  if (rest < 0) {
    --seconds;
    rest += kMicrosInSecond;
  }
  out.set_seconds(seconds);
  out.set_nanos(static_cast<std::int32_t>(rest * kNanosInMicro));
}

}  // namespace fusiond::wire
