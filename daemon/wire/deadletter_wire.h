// A delivery that could not become an event, or a record that could not be used: its bytes, where
// it came from and why.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/base/ids.h"
#include "daemon/base/result.h"
#include "daemon/base/time.h"

namespace fusiond::wire {

struct DeadLetter {
  SourceId source;       // empty when not even that is known
  std::string reason;    // one of the named reasons
  std::string detail;    // where and what
  std::string original;  // cut by sealed()
  std::uint64_t original_size_bytes = 0;
  std::string original_sha256;  // hex, of all the bytes
  std::string content_type;
  WallTime received;
  std::string position;  // "file:line@byte", "poll 17 row 3", "topic/partition@offset"
  friend bool operator==(const DeadLetter&, const DeadLetter&) = default;
};

// Fills size and hash from `original`, then cuts it to `max_bytes`. Text that is not UTF-8 (in a
// reason made from outside bytes) is replaced.
DeadLetter sealed(DeadLetter letter, std::size_t max_bytes);

// Requires: sealed.
std::string encode_dead_letter(const DeadLetter& letter);
// Errors: bad_input when the reason is missing.
Result<DeadLetter> decode_dead_letter(std::string_view bytes);

}  // namespace fusiond::wire
