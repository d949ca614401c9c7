// One line of a recorded feed: what was delivered, with the ingest time it had then.
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/base/time.h"

namespace fusiond::ingest {

struct Recorded {
  WallTime received;
  std::string body;
  std::string content_type;
};

// {"received": "2023-06-18T18:00:00Z" | "received_us": 1687111200000000, "body": any JSON |
// "body_text": "…", "content_type": "…"}; other keys are left alone. The body is taken as it
// stands, byte for byte, and not checked. Errors: bad_input; its message begins with "invalid
// UTF-8" when that is the matter.
Result<Recorded> read_recorded(std::string_view line);

}  // namespace fusiond::ingest
