#include "daemon/bus/embedded/record_codec.h"

#include <cstdint>

#include "daemon/base/check.h"

namespace fusiond::bus {
namespace {

constexpr char kFormat = 1;
constexpr std::size_t kTimeAt = 1;
constexpr std::size_t kFlagsAt = 9;
constexpr std::size_t kBodyAt = 10;
constexpr char kHasValue = 1;

void append_length(std::string& out, std::size_t length) {
  while (length >= 0x80) {
    out.push_back(static_cast<char>((length & 0x7f) | 0x80));
    length >>= 7;
  }
  out.push_back(static_cast<char>(length));
}

void append_text(std::string& out, std::string_view text) {
  append_length(out, text.size());
  out.append(text);
}

// Reads what append_* wrote; `good` turns false at the first thing that does not fit.
struct Cursor {
  std::string_view rest;
  bool good = true;

  std::size_t length() {
    std::size_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
      if (rest.empty()) {
        break;
      }
      const auto byte = static_cast<unsigned char>(rest.front());
      rest.remove_prefix(1);
      value |= static_cast<std::size_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) {
        return value;
      }
    }
    good = false;
    return 0;
  }

  std::string_view text() {
    const std::size_t size = length();
    if (!good || size > rest.size()) {
      good = false;
      return {};
    }
    const std::string_view found = rest.substr(0, size);
    rest.remove_prefix(size);
    return found;
  }
};

std::unexpected<Error> damaged(std::size_t size) {
  return fail(Fault::corrupt,
              "a record of the embedded log cannot be decoded, bytes: " + std::to_string(size));
}

}  // namespace

std::string encode_record(const ports::OutRecord& record) {
  std::string out;
  std::size_t size = kBodyAt + record.key.size() + (record.value ? record.value->size() : 0) + 15;
  for (const auto& [name, value] : record.headers) {
    size += name.size() + value.size() + 10;
  }
  out.reserve(size);
  out.push_back(kFormat);
  out.append(kFlagsAt - kTimeAt, '\0');
  out.push_back(record.value ? kHasValue : '\0');
  append_text(out, record.key);
  append_length(out, record.headers.size());
  for (const auto& [name, value] : record.headers) {
    append_text(out, name);
    append_text(out, value);
  }
  if (record.value) {
    append_text(out, *record.value);
  }
  return out;
}

void stamp_record(std::string& bytes, WallTime appended) {
  FUSIOND_CHECK(bytes.size() >= kBodyAt, "only an encoded record is stamped");
  const auto us = static_cast<std::uint64_t>(micros_of(appended));
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[kTimeAt + i] = static_cast<char>(us >> (56 - 8 * i));
  }
}

Result<RecordHead> decode_head(std::string_view bytes) {
  if (bytes.size() <= kBodyAt || bytes[0] != kFormat) {
    return damaged(bytes.size());
  }
  std::uint64_t us = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    us = us << 8 | static_cast<unsigned char>(bytes[kTimeAt + i]);
  }
  Cursor at{bytes.substr(kBodyAt)};
  const std::string_view key = at.text();
  if (!at.good) {
    return damaged(bytes.size());
  }
  return RecordHead{wall_time(static_cast<std::int64_t>(us)), (bytes[kFlagsAt] & kHasValue) == 0,
                    key};
}

Result<void> decode_record(std::string_view bytes, ports::BusRecord& out) {
  const auto head = decode_head(bytes);
  if (!head) {
    return fail(head.error());
  }
  out.appended = head->appended;
  out.key = std::string(head->key);
  Cursor at{bytes.substr(kBodyAt)};
  at.text();
  const std::size_t headers = at.length();
  out.headers.clear();
  for (std::size_t i = 0; i < headers && at.good; ++i) {
    const std::string_view name = at.text();
    out.headers.emplace_back(name, at.text());
  }
  out.value.reset();
  if (!head->tombstone) {
    out.value = std::string(at.text());
  }
  if (!at.good || !at.rest.empty()) {
    return damaged(bytes.size());
  }
  return {};
}

}  // namespace fusiond::bus
