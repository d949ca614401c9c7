// Any bytes in a dead letter: its texts are made fit for the wire, its bytes are kept as they are.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/base/check.h"
#include "daemon/wire/deadletter_wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fusiond;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)wire::decode_dead_letter(bytes);
  wire::DeadLetter letter;
  letter.reason = "fuzz";
  letter.detail = std::string(bytes);
  letter.position = std::string(bytes.substr(size / 2));
  letter.original = std::string(bytes);
  letter = wire::sealed(std::move(letter), 100);
  const auto again = wire::decode_dead_letter(wire::encode_dead_letter(letter));
  FUSIOND_CHECK(again && *again == letter, "a sealed letter survives the wire");
  FUSIOND_CHECK(again->original == bytes.substr(0, 100), "its bytes are the delivery's");
  return 0;
}
