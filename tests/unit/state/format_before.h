// A step's frame as the format before wrote it (state format 2): whole revisions among the items,
// which are at the same time the rows of their incidents.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

#include "daemon/ports/state_store.h"
#include "daemon/state/crc32c.h"
#include "daemon/state/step_frame.h"

namespace fusiond::state {

template <class Number>
void put_before(Number number, std::string& out) {
  char bytes[sizeof(number)];
  std::memcpy(bytes, &number, sizeof(number));
  out.append(bytes, sizeof(number));
}

inline void put_row_before(const ports::Row& row, std::uint64_t shift, std::string& out) {
  using ports::RowKind;
  put_before(static_cast<std::uint8_t>(row.kind), out);
  if (row.kind != RowKind::record) {
    put_before(row.id.high, out);
    put_before(row.id.low, out);
  }
  if (row.kind != RowKind::event_gone && row.kind != RowKind::incident_gone) {
    put_before(static_cast<std::uint32_t>(row.begin + shift), out);
    put_before(row.size, out);
  }
  if (row.kind == RowKind::revision) {
    put_before(row.epoch, out);
    put_before(row.revision, out);
    put_before(row.updated_us, out);
  }
}

// Of `batch` the items may be revisions and records, the rows events and what is gone.
inline std::string frame_before(const FrameNumbers& numbers, const ports::StateBatch& batch) {
  std::string table;
  for (const ports::Row& row : batch.items) {
    put_row_before(row, row.kind == ports::RowKind::revision ? batch.bytes.size() : 0, table);
  }
  for (const ports::Row& row : batch.rows) {
    put_row_before(row, 0, table);
  }
  const std::string behind = batch.meta + table + batch.bytes + batch.outgoing;
  std::string head;
  put_before(numbers.sequence, head);
  put_before(numbers.first_number, head);
  put_before(numbers.published, head);
  put_before(numbers.first_step, head);
  put_before(static_cast<std::uint32_t>(batch.items.size()), head);
  put_before(static_cast<std::uint32_t>(batch.rows.size()), head);
  put_before(static_cast<std::uint32_t>(batch.meta.size()), head);
  put_before(static_cast<std::uint32_t>(table.size()), head);
  put_before(static_cast<std::uint64_t>(batch.bytes.size() + batch.outgoing.size()), head);
  put_before(crc32c(behind), head);
  put_before(std::uint32_t{0}, head);  // nothing is carried over
  std::string frame = "STEP";
  put_before(crc32c(head), frame);
  return frame + head + behind;
}

}  // namespace fusiond::state
