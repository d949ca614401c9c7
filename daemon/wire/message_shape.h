// Which fields a message may have, as numbers, made from its descriptor: enough to say of bytes
// that protobuf will read them and know all that they hold. Inside daemon/wire only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace fusiond::wire {

// One field of a message on the wire.
struct WireField {
  std::uint32_t number = 0;
  std::uint32_t form = 0;   // 0 varint, 1 eight bytes, 2 a size and as many bytes, 5 four bytes
  std::uint64_t value = 0;  // of the forms 0, 1 and 5
  std::string_view bytes;   // of form 2
};

// Reads the fields of a message one by one. What is unusual (groups, tags of more than two bytes,
// numbers of ten) is not read at all.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  // False at the end and when something cannot be read: ask ok() which it was.
  bool next(WireField& field);
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  // Mostly one byte.
  bool number(std::uint64_t& value, unsigned most_bytes) {
    if (at_ != end_ && static_cast<unsigned char>(*at_) < 0x80) {
      value = static_cast<unsigned char>(*at_++);
      return true;
    }
    return long_number(value, most_bytes);
  }
  bool long_number(std::uint64_t& value, unsigned most_bytes);
  bool bad() {
    ok_ = false;
    return false;
  }
  const char* at_;
  const char* end_;
  bool ok_ = true;
};

class MessageShapes {
 public:
  explicit MessageShapes(const google::protobuf::Descriptor& root);

  // A message: the root is 0.
  using Index = std::uint8_t;
  // The message that field `number` of `of` holds. Requires: it holds one.
  [[nodiscard]] Index inside(Index of, std::uint32_t number) const {
    return shapes_[of][number].message;
  }
  // Would protobuf take this field of a message of shape `of`, and is all of it known? Of a message
  // inside, all that it holds. Texts must be UTF-8.
  [[nodiscard]] bool fits(Index of, const WireField& field) const;
  // The same of all the fields of a message.
  [[nodiscard]] bool fit(Index of, std::string_view bytes) const;

 private:
  enum class Form : std::uint8_t { unknown, varint, fixed64, fixed32, bytes, text, message };
  struct Field {
    Form form = Form::unknown;
    Index message = 0;
  };
  static constexpr std::size_t kMaxNumber = 127;  // what is beyond counts as unknown
  using Shape = std::array<Field, kMaxNumber + 1>;

  Index add(const google::protobuf::Descriptor& message);

  std::vector<const google::protobuf::Descriptor*> known_;
  std::vector<Shape> shapes_;
};

// Is it UTF-8, as protobuf asks it of texts?
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace fusiond::wire
