// Any bytes as a line of a recorded feed, and as a stored file position: a value or a reason.
#include <cstddef>
#include <cstdint>
#include <string>

#include "daemon/base/check.h"
#include "daemon/ingest/line_reader.h"
#include "daemon/ingest/recorded.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fusiond;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto record = ingest::read_recorded(text);
  FUSIOND_CHECK(record || !record.error().message.empty(), "a refusal says why");
  if (const auto position = ingest::decode_position(text)) {
    const auto again = ingest::decode_position(ingest::encode_position(*position));
    FUSIOND_CHECK(again && again->offset == position->offset && again->line == position->line,
                  "a position that was read can be written and read");
  }
  return 0;
}
