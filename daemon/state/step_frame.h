// One step's bytes, the value under its sequence (key_layout.h).
//
//     72 bytes     magic, checksum of the head, sequence, number of the first item, what was
//                  published and from which step on steps count when it was written, counts and
//                  sizes, checksum of what follows
//     meta         v1.ShardMeta
//     table        rows carried over from older steps, rows, records to be published, last words
//                  (and they hold in this order): kind, id, where its bytes stand in the body,
//                  which item it is or tells of
//     body         their bytes; behind them those that were carried over, and the last words
//
// Last words are revisions of incidents that are forgotten before the bus had them: nothing else is
// left of them. A frame of the format before (magic STEP) has whole revisions among its items, and
// they are its rows of incidents too; it is read, never written.
//
// All numbers are little endian. Inside daemon/state only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/ports/state_store.h"

namespace fusiond::state {

inline constexpr std::size_t kFrameHeadBytes = 72;

struct FrameNumbers {
  std::uint64_t sequence = 0;
  std::uint64_t first_number = 0;  // of the items
  std::uint64_t published = 0;     // items below it were, when the frame was written
  std::uint64_t first_step = 0;    // steps below it do not count any more
};
// What goes into a frame beside the batch.
struct FrameMore {
  ports::StateBatch carried;     // only rows: older than what the batch says
  ports::StateBatch last_words;  // only revisions among the items
  [[nodiscard]] std::uint64_t bytes() const {
    return carried.bytes.size() + last_words.outgoing.size();
  }
};
// Writes all but the body, which is `batch.bytes`, `more.carried.bytes` and then
// `more.last_words.outgoing`, to `out`, replacing what it holds.
void encode_frame_head(const FrameNumbers& numbers, const ports::StateBatch& batch,
                       const FrameMore& more, std::string& out);

// A frame that was read; views into the bytes it was read from.
struct Frame {
  FrameNumbers numbers;
  std::uint32_t item_count = 0;  // that were to be published, here or not
  std::vector<ports::Row> carried;
  std::vector<ports::Row> rows;
  std::vector<ports::Row> items;  // that are here, by their place among all
  std::string_view meta;
  std::string_view body;
  std::uint32_t body_at = 0;  // from the frame's first byte
  [[nodiscard]] std::string_view bytes_of(const ports::Row& row) const {
    return body.substr(row.begin, row.size);
  }
};
// Errors: corrupt, with what does not fit.
[[nodiscard]] Result<Frame> decode_frame(std::string_view bytes);

}  // namespace fusiond::state
