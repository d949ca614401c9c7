#include "daemon/wire/message_shape.h"

#include <algorithm>
#include <cstring>
#include <simdjson.h>

namespace fusiond::wire {

bool is_utf8(std::string_view text) {
  constexpr std::uint64_t kHigh = 0x8080808080808080ULL;
  std::uint64_t seen = 0;
  std::size_t at = 0;
  for (; at + sizeof(seen) <= text.size(); at += sizeof(seen)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, sizeof(eight));
    seen |= eight;
  }
  for (; at < text.size(); ++at) {
    seen |= static_cast<unsigned char>(text[at]);
  }
  return (seen & kHigh) == 0 || simdjson::validate_utf8(text.data(), text.size());
}

bool WireReader::long_number(std::uint64_t& value, unsigned most_bytes) {
  value = 0;
  for (unsigned i = 0; i < most_bytes && at_ != end_; ++i) {
    const auto byte = static_cast<unsigned char>(*at_++);
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << 7U * i;
    if (byte < 0x80) {
      return true;
    }
  }
  return bad();
}

bool WireReader::next(WireField& field) {
  constexpr unsigned kTagBytes = 2;
  constexpr unsigned kNumberBytes = 9;
  std::uint64_t tag = 0;
  if (at_ == end_ || !ok_ || !number(tag, kTagBytes)) {
    return false;
  }
  field.number = static_cast<std::uint32_t>(tag >> 3U);
  field.form = static_cast<std::uint32_t>(tag & 7U);
  if (field.number == 0) {
    return bad();
  }
  const auto left = [&] { return static_cast<std::uint64_t>(end_ - at_); };
  const auto fixed = [&](std::size_t size) {
    field.value = 0;
    if (left() < size) {
      return bad();
    }
    std::memcpy(&field.value, at_, size);
    at_ += size;
    return true;
  };
  switch (field.form) {
    case 0:
      return number(field.value, kNumberBytes);
    case 1:
      return fixed(sizeof(std::uint64_t));
    case 2: {
      std::uint64_t size = 0;
      if (!number(size, kNumberBytes) || size > left()) {
        return bad();
      }
      field.bytes = {at_, static_cast<std::size_t>(size)};
      at_ += size;
      return true;
    }
    case 5:
      return fixed(sizeof(std::uint32_t));
    default:
      return bad();
  }
}

MessageShapes::MessageShapes(const google::protobuf::Descriptor& root) {
  add(root);
}

MessageShapes::Index MessageShapes::add(const google::protobuf::Descriptor& message) {
  const auto known = std::find(known_.begin(), known_.end(), &message);
  const auto index = static_cast<Index>(known - known_.begin());
  if (known != known_.end()) {
    return index;
  }
  known_.push_back(&message);
  shapes_.emplace_back();
  using Proto = google::protobuf::FieldDescriptor;
  for (int i = 0; i < message.field_count(); ++i) {
    const Proto& field = *message.field(i);
    if (field.number() > static_cast<int>(kMaxNumber) || field.is_packable()) {
      continue;  // lists of numbers come in two forms
    }
    Field made;
    switch (field.type()) {
      case Proto::TYPE_DOUBLE:
      case Proto::TYPE_FIXED64:
      case Proto::TYPE_SFIXED64:
        made.form = Form::fixed64;
        break;
      case Proto::TYPE_FLOAT:
      case Proto::TYPE_FIXED32:
      case Proto::TYPE_SFIXED32:
        made.form = Form::fixed32;
        break;
      case Proto::TYPE_STRING:
        made.form = Form::text;
        break;
      case Proto::TYPE_BYTES:
        made.form = Form::bytes;
        break;
      case Proto::TYPE_MESSAGE:
        made = {Form::message, add(*field.message_type())};
        break;
      case Proto::TYPE_GROUP:
        break;
      default:
        made.form = Form::varint;
    }
    shapes_[index][static_cast<std::size_t>(field.number())] = made;
  }
  return index;
}

bool MessageShapes::fits(Index of, const WireField& field) const {
  if (field.number > kMaxNumber) {
    return false;
  }
  const Field& known = shapes_[of][field.number];
  switch (known.form) {
    case Form::unknown:
      return false;
    case Form::varint:
      return field.form == 0;
    case Form::fixed64:
      return field.form == 1;
    case Form::fixed32:
      return field.form == 5;
    case Form::bytes:
      return field.form == 2;
    case Form::text:
      return field.form == 2 && is_utf8(field.bytes);
    case Form::message:
      return field.form == 2 && fit(known.message, field.bytes);
  }
  return false;
}

bool MessageShapes::fit(Index of, std::string_view bytes) const {
  WireReader reader(bytes);
  WireField field;
  while (reader.next(field)) {
    if (!fits(of, field)) {
      return false;
    }
  }
  return reader.ok();
}

}  // namespace fusiond::wire
