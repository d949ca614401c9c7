#include "daemon/state/step_frame.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "daemon/base/check.h"
#include "daemon/state/crc32c.h"

namespace fusiond::state {
namespace {

using ports::Row;
using ports::RowKind;
using ports::StateBatch;

static_assert(std::endian::native == std::endian::little, "numbers are written as they stand");

constexpr std::uint32_t kMagic = 0x33505453;        // "STP3"
constexpr std::uint32_t kMagicBefore = 0x50455453;  // "STEP"
constexpr std::size_t kSumAt = 4;                   // of the head's checksum, behind the magic
constexpr std::size_t kSummedFrom = 8;
constexpr std::uint64_t kMaxFrameBytes = 1ULL << 31U;
constexpr std::size_t kRowBytes = 53;    // of the longest table entry
constexpr std::size_t kShortestRow = 9;  // of a record of the format before

template <class Number>
void put(Number number, std::string& out) {
  std::array<char, sizeof(Number)> bytes{};
  std::memcpy(bytes.data(), &number, sizeof(number));
  out.append(bytes.data(), bytes.size());
}

// Reads numbers one after the other; short when the bytes end before.
class Numbers {
 public:
  explicit Numbers(std::string_view bytes) : bytes_(bytes) {}
  template <class Number>
  Number take() {
    Number number{};
    if (bytes_.size() < sizeof(number)) {
      short_ = true;
      bytes_ = {};
      return number;
    }
    std::memcpy(&number, bytes_.data(), sizeof(number));
    bytes_.remove_prefix(sizeof(number));
    return number;
  }
  [[nodiscard]] bool whole() const { return !short_ && bytes_.empty(); }
  [[nodiscard]] bool is_short() const { return short_; }

 private:
  std::string_view bytes_;
  bool short_ = false;
};

bool has_bytes(RowKind kind) {
  return kind != RowKind::event_gone && kind != RowKind::incident_gone;
}
bool has_item(RowKind kind) {
  return kind == RowKind::revision || kind == RowKind::record || kind == RowKind::told;
}

void put_row(const Row& row, std::uint64_t shift, std::uint32_t item, std::string& out) {
  put(static_cast<std::uint8_t>(row.kind), out);
  if (row.kind != RowKind::record) {
    put(row.id.high, out);
    put(row.id.low, out);
  }
  if (has_bytes(row.kind)) {
    put(static_cast<std::uint32_t>(row.begin + shift), out);
    put(row.size, out);
  }
  if (row.kind == RowKind::revision) {
    put(row.epoch, out);
    put(row.revision, out);
    put(row.updated_us, out);
  }
  if (has_item(row.kind)) {
    put(item, out);
  }
}

// `before`: of the format before, which counts items by their order.
Row take_row(Numbers& numbers, bool before) {
  Row row;
  row.kind = static_cast<RowKind>(numbers.take<std::uint8_t>());
  if (row.kind != RowKind::record) {
    row.id.high = numbers.take<std::uint64_t>();
    row.id.low = numbers.take<std::uint64_t>();
  }
  if (has_bytes(row.kind)) {
    row.begin = numbers.take<std::uint32_t>();
    row.size = numbers.take<std::uint32_t>();
  }
  if (row.kind == RowKind::revision) {
    row.epoch = numbers.take<std::uint64_t>();
    row.revision = numbers.take<std::uint64_t>();
    row.updated_us = numbers.take<std::int64_t>();
  }
  if (!before && has_item(row.kind)) {
    row.item = numbers.take<std::uint32_t>();
  }
  return row;
}

bool is_item(const Row& row) {
  return row.kind == RowKind::revision || row.kind == RowKind::record;
}
bool is_known(const Row& row) {
  return row.kind >= RowKind::event && row.kind <= RowKind::told;
}

struct Head {
  FrameNumbers numbers;
  std::uint32_t items = 0;
  std::uint32_t rows = 0;
  std::uint32_t meta_bytes = 0;
  std::uint32_t table_bytes = 0;
  std::uint64_t body_bytes = 0;
  std::uint32_t sum = 0;  // of meta, table and body
  std::uint32_t carried = 0;
  bool before = false;  // of the format before
  [[nodiscard]] std::uint64_t size() const {
    return kFrameHeadBytes + meta_bytes + table_bytes + body_bytes;
  }
};

Result<Head> decode_head(std::string_view bytes) {
  Numbers numbers(bytes.substr(0, kFrameHeadBytes));
  const auto magic = numbers.take<std::uint32_t>();
  const auto sum = numbers.take<std::uint32_t>();
  if (bytes.size() < kFrameHeadBytes || (magic != kMagic && magic != kMagicBefore) ||
      sum != crc32c(bytes.substr(kSummedFrom, kFrameHeadBytes - kSummedFrom))) {
    return fail(Fault::corrupt, "the checksum of the head does not match");
  }
  Head head;
  head.before = magic == kMagicBefore;
  head.numbers.sequence = numbers.take<std::uint64_t>();
  head.numbers.first_number = numbers.take<std::uint64_t>();
  head.numbers.published = numbers.take<std::uint64_t>();
  head.numbers.first_step = numbers.take<std::uint64_t>();
  head.items = numbers.take<std::uint32_t>();
  head.rows = numbers.take<std::uint32_t>();
  head.meta_bytes = numbers.take<std::uint32_t>();
  head.table_bytes = numbers.take<std::uint32_t>();
  head.body_bytes = numbers.take<std::uint64_t>();
  head.sum = numbers.take<std::uint32_t>();
  head.carried = numbers.take<std::uint32_t>();
  return head;
}

// Reads `count` rows of the table; false when one of them makes no sense.
bool take_rows(Numbers& numbers, std::uint64_t count, const Head& head, std::uint64_t body_bytes,
               std::vector<Row>& rows) {
  rows.reserve(std::min<std::uint64_t>(count, head.table_bytes / kShortestRow));
  for (std::uint64_t i = 0; i < count && !numbers.is_short(); ++i) {
    rows.push_back(take_row(numbers, head.before));
    const Row& row = rows.back();
    if (!is_known(row) || row.begin > body_bytes || row.size > body_bytes - row.begin) {
      return false;
    }
  }
  return !numbers.is_short();
}

// Whole revisions were items, and rows too.
bool decode_table_before(Numbers& numbers, const Head& head, Frame& frame) {
  const std::uint64_t body = frame.body.size();
  if (!take_rows(numbers, head.carried, head, body, frame.carried) ||
      !take_rows(numbers, head.items, head, body, frame.items) ||
      !std::all_of(frame.items.begin(), frame.items.end(), is_item)) {
    return false;
  }
  for (std::uint32_t i = 0; i < frame.items.size(); ++i) {
    Row& row = frame.items[i];
    row.item = i;
    if (row.kind == RowKind::revision) {
      frame.rows.push_back(row);
    }
  }
  std::vector<Row> rows;
  const bool whole = take_rows(numbers, head.rows, head, body, rows);
  frame.rows.insert(frame.rows.end(), rows.begin(), rows.end());
  return whole && numbers.whole();
}

bool decode_table(std::string_view table, const Head& head, Frame& frame) {
  Numbers numbers(table);
  frame.item_count = head.items;
  if (head.before) {
    return decode_table_before(numbers, head, frame);
  }
  std::vector<Row> rows;
  if (!take_rows(numbers, head.carried, head, frame.body.size(), frame.carried) ||
      !take_rows(numbers, head.rows, head, frame.body.size(), rows) || !numbers.whole()) {
    return false;
  }
  for (const Row& row : rows) {
    if (has_item(row.kind) && row.item >= head.items) {
      return false;
    }
    (is_item(row) ? frame.items : frame.rows).push_back(row);
  }
  return true;
}

// All of the table but what is carried over: the rows, then the items that are saved.
std::uint32_t put_rows(const StateBatch& batch, const FrameMore& more, std::string& out) {
  auto count = static_cast<std::uint32_t>(batch.rows.size() + more.last_words.items.size());
  for (const Row& row : batch.rows) {
    put_row(row, 0, row.item, out);
  }
  for (const Row& row : batch.items) {
    if (row.kind == RowKind::record) {
      put_row(row, 0, row.item, out);
      ++count;
    }
  }
  auto item = static_cast<std::uint32_t>(batch.items.size());
  for (const Row& row : more.last_words.items) {
    put_row(row, batch.bytes.size() + more.carried.bytes.size(), item++, out);
  }
  return count;
}

}  // namespace

void encode_frame_head(const FrameNumbers& numbers, const StateBatch& batch, const FrameMore& more,
                       std::string& out) {
  const std::uint64_t body_bytes = batch.bytes.size() + more.bytes();
  FUSIOND_CHECK(body_bytes <= kMaxFrameBytes, "a step is far below 2 GiB");
  out.clear();
  out.reserve(kFrameHeadBytes + batch.meta.size() +
              kRowBytes * (batch.items.size() + batch.rows.size() + more.carried.rows.size()));
  put(kMagic, out);
  put(std::uint32_t{0}, out);  // the head's checksum, below
  put(numbers.sequence, out);
  put(numbers.first_number, out);
  put(numbers.published, out);
  put(numbers.first_step, out);
  put(static_cast<std::uint32_t>(batch.items.size() + more.last_words.items.size()), out);
  const std::size_t rows_at = out.size();
  put(std::uint32_t{0}, out);
  put(static_cast<std::uint32_t>(batch.meta.size()), out);
  const std::size_t table_bytes_at = out.size();
  put(std::uint32_t{0}, out);
  put(body_bytes, out);
  const std::size_t sum_at = out.size();
  put(std::uint32_t{0}, out);
  put(static_cast<std::uint32_t>(more.carried.rows.size()), out);
  FUSIOND_CHECK(out.size() == kFrameHeadBytes, "the head is as long as it says");
  out += batch.meta;
  const std::size_t table_at = out.size();
  for (const Row& row : more.carried.rows) {
    put_row(row, batch.bytes.size(), 0, out);
  }
  const std::uint32_t rows = put_rows(batch, more, out);
  const auto table_bytes = static_cast<std::uint32_t>(out.size() - table_at);
  std::memcpy(out.data() + rows_at, &rows, sizeof(rows));
  std::memcpy(out.data() + table_bytes_at, &table_bytes, sizeof(table_bytes));
  std::uint32_t sum = crc32c(std::string_view(out).substr(kFrameHeadBytes));
  sum = crc32c(more.last_words.outgoing, crc32c(more.carried.bytes, crc32c(batch.bytes, sum)));
  std::memcpy(out.data() + sum_at, &sum, sizeof(sum));
  sum = crc32c(std::string_view(out).substr(kSummedFrom, kFrameHeadBytes - kSummedFrom));
  std::memcpy(out.data() + kSumAt, &sum, sizeof(sum));
}

Result<Frame> decode_frame(std::string_view bytes) {
  const auto head = decode_head(bytes);
  if (!head) {
    return fail(head.error());
  }
  if (head->body_bytes > kMaxFrameBytes || head->size() != bytes.size()) {
    return fail(Fault::corrupt, "it is " + std::to_string(bytes.size()) + " bytes long, not " +
                                    std::to_string(head->size()));
  }
  if (crc32c(bytes.substr(kFrameHeadBytes)) != head->sum) {
    return fail(Fault::corrupt, "the checksum does not match");
  }
  Frame frame;
  frame.numbers = head->numbers;
  frame.meta = bytes.substr(kFrameHeadBytes, head->meta_bytes);
  frame.body_at =
      static_cast<std::uint32_t>(kFrameHeadBytes + head->meta_bytes + head->table_bytes);
  frame.body = bytes.substr(frame.body_at);
  if (!decode_table(bytes.substr(kFrameHeadBytes + head->meta_bytes, head->table_bytes), *head,
                    frame)) {
    return fail(Fault::corrupt, "the table makes no sense");
  }
  return frame;
}

}  // namespace fusiond::state
