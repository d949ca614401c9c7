#include "daemon/wire/deadletter_wire.h"

#include "daemon/base/sha256.h"
#include "daemon/wire/fields.h"
#include "fusiond/v1/internal.pb.h"

namespace fusiond::wire {
namespace {

// How many bytes the UTF-8 letter at the front of `text` has; 0 when it is none.
std::size_t letter_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) {
    return 1;
  }
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0U) != 0x80U) {
      return 0;
    }
  }
  const bool overlong = (first == 0xE0 && at(1) < 0xA0) || (first == 0xF0 && at(1) < 0x90);
  const bool surrogate = first == 0xED && at(1) >= 0xA0;
  const bool too_large = first == 0xF4 && at(1) >= 0x90;
  return overlong || surrogate || too_large ? 0 : length;
}

std::string clean(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = letter_length(text);
    if (length == 0) {
      out.push_back('?');
      text.remove_prefix(1);
    } else {
      out.append(text.substr(0, length));
      text.remove_prefix(length);
    }
  }
  return out;
}

}  // namespace

DeadLetter sealed(DeadLetter letter, std::size_t max_bytes) {
  letter.original_size_bytes = letter.original.size();
  letter.original_sha256 = hex_of(sha256(letter.original));
  if (letter.original.size() > max_bytes) {
    letter.original.resize(max_bytes);
  }
  letter.source = SourceId{clean(letter.source.str())};
  letter.reason = clean(letter.reason);
  letter.detail = clean(letter.detail);
  letter.content_type = clean(letter.content_type);
  letter.position = clean(letter.position);
  return letter;
}

std::string encode_dead_letter(const DeadLetter& letter) {
  v1::DeadLetter message;
  message.set_source(letter.source.str());
  message.set_reason(letter.reason);
  message.set_detail(letter.detail);
  message.set_original(letter.original);
  message.set_original_size_bytes(letter.original_size_bytes);
  message.set_original_sha256(letter.original_sha256);
  message.set_content_type(letter.content_type);
  message.set_received_us(micros_of(letter.received));
  message.set_position(letter.position);
  return bytes_of(message);
}

Result<DeadLetter> decode_dead_letter(std::string_view bytes) {
  v1::DeadLetter message;
  if (auto good = parse_into(message, bytes, "dead letter"); !good) {
    return fail(good.error());
  }
  if (message.reason().empty()) {
    return bad_field("reason", "is missing");
  }
  DeadLetter letter;
  letter.source = SourceId{message.source()};
  letter.reason = message.reason();
  letter.detail = message.detail();
  letter.original = message.original();
  letter.original_size_bytes = message.original_size_bytes();
  letter.original_sha256 = message.original_sha256();
  letter.content_type = message.content_type();
  letter.received = wall_time(message.received_us());
  letter.position = message.position();
  return letter;
}

}  // namespace fusiond::wire
