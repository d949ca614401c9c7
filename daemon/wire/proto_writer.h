// Writes protobuf's wire format into a string, field by field, without a message in between. Fields
// at their default are left out, as proto3 does; equal calls give equal bytes. Inlined, since
// fields are constants where they are written: a tag is then a byte that is stored.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "daemon/base/ids.h"

namespace fusiond::wire {

class ProtoWriter {
 public:
  // Appends to `out`, which is whole again when the writer is gone.
  explicit ProtoWriter(std::string& out) : out_(out), at_(out.data() + out.size()), end_(at_) {}
  ~ProtoWriter() { out_.resize(used()); }
  ProtoWriter(const ProtoWriter&) = delete;
  ProtoWriter& operator=(const ProtoWriter&) = delete;

  void number(int field, std::uint64_t value) {
    if (value != 0) {
      always_number(field, value);
    }
  }
  // Of a field that is there whatever its value (`optional`).
  [[gnu::always_inline]] void always_number(int field, std::uint64_t value) {
    make_room(kMaxNumber);
    put_tag(field, 0);
    put(value);
  }
  // sint32, sint64.
  void signed_number(int field, std::int64_t value) { number(field, zigzag(value)); }
  void always_signed_number(int field, std::int64_t value) { always_number(field, zigzag(value)); }
  // fixed64.
  void fixed(int field, std::uint64_t value) {
    make_room(kMaxNumber);
    put_tag(field, 1);
    raw({reinterpret_cast<const char*>(&value), sizeof(value)});
  }
  template <class Enum>
  void word(int field, Enum value) {
    number(field, static_cast<std::uint64_t>(value));
  }
  void text(int field, std::string_view value) {
    if (!value.empty()) {
      element(field, value);
    }
  }
  // One of a repeated field, which is there also when it is empty.
  [[gnu::always_inline]] void element(int field, std::string_view value) {
    make_room(kMaxNumber + value.size());
    put_tag(field, 2);
    put(value.size());
    raw(value);
  }
  // An id's text.
  void id(int field, const UuidText& value) {
    if (!value.empty()) {
      id_element(field, value);
    }
  }
  void id_element(int field, const UuidText& value) {
    const auto number = value.number();
    if (!number) [[unlikely]] {
      element(field, value.str());
      return;
    }
    make_room(kMaxNumber + kUuidLetters);
    put_tag(field, 2);
    put(kUuidLetters);
    write_text(*number, at_);
    at_ += kUuidLetters;
  }
  // A message inside: write its fields between open and close.
  [[nodiscard]] std::size_t open(int field) {
    make_room(kMaxNumber);
    put_tag(field, 2);
    ++at_;  // room for its size, as it mostly is
    return used();
  }
  void close(std::size_t opened) {
    std::size_t size = used() - opened;
    const std::size_t more = size_of(size) - 1;
    if (more > 0) {
      make_room(more);
      char* const from = out_.data() + opened;
      std::memmove(from + more, from, size);
      at_ += more;
    }
    for (char* to = out_.data() + opened - 1;; ++to) {
      if (size < 0x80) {
        *to = static_cast<char>(size);
        return;
      }
      *to = static_cast<char>(size | 0x80U);
      size >>= 7U;
    }
  }
  // Bytes that are fields already.
  void fields(std::string_view bytes) {
    make_room(bytes.size());
    raw(bytes);
  }

 private:
  static constexpr std::size_t kMaxNumber = 12;  // bytes of a tag (below 2048) and a number

  static std::uint64_t zigzag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63U);
  }
  static std::size_t size_of(std::uint64_t number) {
    std::size_t size = 1;
    for (; number > 0x7F; number >>= 7U) {
      ++size;
    }
    return size;
  }
  [[nodiscard]] std::size_t used() const { return static_cast<std::size_t>(at_ - out_.data()); }
  void make_room(std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) < size) {
      grow(size);
    }
  }
  // Takes the room that the string has, or twice as much.
  [[gnu::noinline]] void grow(std::size_t size) {
    const std::size_t before = used();
    const std::size_t least = before + size + kLeast;
    const std::size_t has = out_.capacity();
    const std::size_t all = least <= has ? has : std::max(2 * has, least);
    out_.resize_and_overwrite(all, [](char* /*data*/, std::size_t taken) { return taken; });
    at_ = out_.data() + before;
    end_ = out_.data() + all;
  }
  // Requires: room.
  [[gnu::always_inline]] void put(std::uint64_t value) {
    for (; value > 0x7F; value >>= 7U) {
      *at_++ = static_cast<char>((value & 0x7FU) | 0x80U);
    }
    *at_++ = static_cast<char>(value);
  }
  [[gnu::always_inline]] void put_tag(int field, std::uint32_t form) {
    put((static_cast<std::uint64_t>(field) << 3U) | form);
  }
  void raw(std::string_view bytes) {
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }

  static constexpr std::size_t kLeast = 256;
  std::string& out_;
  char* at_;   // where the next byte goes; what lies behind is room
  char* end_;  // of the room
};

// What lies in a message field that ProtoWriter wrote: its fields, without its tag and size.
inline std::string_view inside(std::string_view written) {
  const auto after_number = [&](std::size_t at) {
    while ((static_cast<unsigned char>(written[at]) & 0x80U) != 0) {
      ++at;
    }
    return at + 1;
  };
  return written.substr(after_number(after_number(0)));
}

}  // namespace fusiond::wire
