// What a transport hands on, and what a plugin made of it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/base/time.h"

namespace fusiond::ingest {

// One poll's body, one webhook's body, one line of a file.
struct Delivery {
  std::string body;
  std::string content_type;
  WallTime received;  // ingest time: stamped once, data from then on
  std::string
      position;  // where it came from: "calls.jsonl:17@2048", "poll 3", "POST 10.0.0.9:51234"
  // Set by the transport when the body must not be parsed: the whole delivery goes to the dead
  // letters.
  std::string reason;
  std::string detail;
  std::uint64_t full_size_bytes = 0;  // of which `body` is a cut; 0 = body is whole
  std::string full_sha256;            // of the uncut body; empty = body is whole
};

// Shared, because a plugin that hangs keeps what it was given.
using Batch = std::shared_ptr<const std::vector<Delivery>>;

inline Batch batch_of(std::vector<Delivery> deliveries) {
  return std::make_shared<const std::vector<Delivery>>(std::move(deliveries));
}

// One call of the plugin's sink.
struct Part {
  enum class What : std::uint8_t { event, reject, skip } what = What::event;
  std::string event;  // a serialised fusiond.v1.Event
  std::string reason;
  std::string detail;
  std::string original;
  std::string position;
};

struct Parsed {
  // done: dealt with, whatever it held. failed, hung: the whole delivery goes to the dead letters.
  enum class How : std::uint8_t { done, failed, hung } how = How::done;
  std::vector<Part> parts;
  std::string detail;
};

}  // namespace fusiond::ingest
