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

static_assert(std::endian::native == std::endian::little, "numbers are written as they stand");

constexpr std::uint32_t kFrameMagic = 0x50455453;  // "STEP"
constexpr std::size_t kSumAt = 4;                  // of the head's checksum, behind the magic
constexpr std::size_t kSummedFrom = 8;
constexpr std::uint64_t kMaxFrameBytes = 1ULL << 31U;
constexpr std::size_t kRowBytes = 49;    // of the longest table entry
constexpr std::size_t kShortestRow = 9;  // of a record

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
  return kind == RowKind::event || kind == RowKind::revision || kind == RowKind::record;
}

void put_row(const Row& row, std::uint64_t shift, std::string& out) {
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
}

Row take_row(Numbers& numbers) {
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
  return row;
}

bool is_item(const Row& row) {
  return row.kind == RowKind::revision || row.kind == RowKind::record;
}
bool is_row(const Row& row) {
  return row.kind != RowKind::record && row.kind >= RowKind::event &&
         row.kind <= RowKind::incident_gone;
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
  [[nodiscard]] std::uint64_t size() const {
    return kFrameHeadBytes + meta_bytes + table_bytes + body_bytes;
  }
};

Result<Head> decode_head(std::string_view bytes) {
  Numbers numbers(bytes.substr(0, kFrameHeadBytes));
  const auto magic = numbers.take<std::uint32_t>();
  const auto sum = numbers.take<std::uint32_t>();
  if (bytes.size() < kFrameHeadBytes || magic != kFrameMagic ||
      sum != crc32c(bytes.substr(kSummedFrom, kFrameHeadBytes - kSummedFrom))) {
    return fail(Fault::corrupt, "the checksum of the head does not match");
  }
  Head head;
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

bool decode_table(std::string_view table, const Head& head, Frame& frame) {
  Numbers numbers(table);
  const auto take = [&](std::uint32_t count, auto is_right, std::vector<Row>& rows) {
    rows.reserve(std::min<std::size_t>(count, table.size() / kShortestRow));
    for (std::uint32_t i = 0; i < count && !numbers.is_short(); ++i) {
      rows.push_back(take_row(numbers));
      const Row& row = rows.back();
      if (!is_right(row) || row.begin > frame.body.size() ||
          row.size > frame.body.size() - row.begin) {
        return false;
      }
    }
    return true;
  };
  return take(head.carried, is_row, frame.carried) && take(head.items, is_item, frame.items) &&
         take(head.rows, is_row, frame.rows) && numbers.whole();
}

}  // namespace

void encode_frame_head(const FrameNumbers& numbers, const ports::StateBatch& batch,
                       const ports::StateBatch& carried, std::string& out) {
  out.clear();
  out.reserve(kFrameHeadBytes + batch.meta.size() +
              kRowBytes * (batch.items.size() + batch.rows.size() + carried.rows.size()));
  put(kFrameMagic, out);
  put(std::uint32_t{0}, out);  // the head's checksum, below
  put(numbers.sequence, out);
  put(numbers.first_number, out);
  put(numbers.published, out);
  put(numbers.first_step, out);
  put(static_cast<std::uint32_t>(batch.items.size()), out);
  put(static_cast<std::uint32_t>(batch.rows.size()), out);
  put(static_cast<std::uint32_t>(batch.meta.size()), out);
  const std::size_t table_bytes_at = out.size();
  put(std::uint32_t{0}, out);
  const std::uint64_t body_bytes = batch.bytes.size() + carried.bytes.size();
  FUSIOND_CHECK(body_bytes <= kMaxFrameBytes, "a step is far below 2 GiB");
  put(body_bytes, out);
  const std::size_t sum_at = out.size();
  put(std::uint32_t{0}, out);
  put(static_cast<std::uint32_t>(carried.rows.size()), out);
  FUSIOND_CHECK(out.size() == kFrameHeadBytes, "the head is as long as it says");
  out += batch.meta;
  const std::size_t table_at = out.size();
  for (const Row& row : carried.rows) {
    put_row(row, batch.bytes.size(), out);
  }
  for (const Row& row : batch.items) {
    put_row(row, 0, out);
  }
  for (const Row& row : batch.rows) {
    put_row(row, 0, out);
  }
  const auto table_bytes = static_cast<std::uint32_t>(out.size() - table_at);
  std::memcpy(out.data() + table_bytes_at, &table_bytes, sizeof(table_bytes));
  std::uint32_t sum = crc32c(std::string_view(out).substr(kFrameHeadBytes));
  sum = crc32c(carried.bytes, crc32c(batch.bytes, sum));
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
