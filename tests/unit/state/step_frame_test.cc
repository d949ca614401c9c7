#include "daemon/state/step_frame.h"

#include <map>
#include <string>

#include <catch2/catch.hpp>

#include "daemon/state/crc32c.h"
#include "daemon/state/row_index.h"
#include "tests/support/seeded_rng.h"
#include "tests/support/state_rows.h"

namespace fusiond::state {
namespace {

using ports::RowKind;
using test::row_of;
using test::uuid_of;

std::string frame_of(const FrameNumbers& numbers, const ports::StateBatch& batch,
                     const FrameMore& more) {
  std::string head;
  encode_frame_head(numbers, batch, more, head);
  return head + batch.bytes + more.carried.bytes + more.last_words.outgoing;
}

}  // namespace

TEST_CASE("the checksum is CRC-32C, with the instruction and without", "[state]") {
  CHECK(crc32c("123456789") == 0xE3069283);
  CHECK(crc32c_by_table("123456789") == 0xE3069283);
  std::string text;
  for (int i = 0; i < 300; ++i) {
    CHECK(crc32c(text) == crc32c_by_table(text));
    CHECK(crc32c(std::string_view(text).substr(i / 2),
                 crc32c(std::string_view(text).substr(0, i / 2))) == crc32c(text));
    text += static_cast<char>(i * 7);
  }
}

TEST_CASE("a frame is read back as it was written, carried rows first, without revisions",
          "[state]") {
  ports::StateBatch batch;
  batch.meta = "meta";
  batch.add_revision(row_of(RowKind::revision, uuid_of(1)), "the revision", "told");
  batch.add_item(row_of(RowKind::record), "letter");
  batch.add_row(row_of(RowKind::event, uuid_of(2)), "two");
  batch.add_row(row_of(RowKind::event_gone, uuid_of(3)), "");
  FrameMore more;
  more.carried.add_row(row_of(RowKind::event, uuid_of(4)), "four");
  ports::Row last = row_of(RowKind::revision, uuid_of(5));
  last.epoch = 1ULL << 40U;
  last.revision = 2;
  last.updated_us = -3;
  more.last_words.add_item(last, "last words");
  const std::string bytes = frame_of({7, 8, 9, 6}, batch, more);
  CHECK(bytes.find("the revision") == std::string::npos);
  const auto frame = decode_frame(bytes);
  REQUIRE(frame.has_value());
  CHECK(frame->numbers.sequence == 7);
  CHECK(frame->numbers.first_number == 8);
  CHECK(frame->numbers.published == 9);
  CHECK(frame->numbers.first_step == 6);
  CHECK(frame->item_count == 3);
  CHECK(frame->meta == "meta");
  REQUIRE(frame->items.size() == 2);
  CHECK(frame->items[0].item == 1);
  CHECK(frame->bytes_of(frame->items[0]) == "letter");
  CHECK(frame->items[1].item == 2);
  CHECK(frame->items[1].epoch == last.epoch);
  CHECK(frame->items[1].revision == last.revision);
  CHECK(frame->items[1].updated_us == last.updated_us);
  CHECK(frame->bytes_of(frame->items[1]) == "last words");
  REQUIRE(frame->rows.size() == 3);
  CHECK(frame->rows[0].kind == RowKind::told);
  CHECK(frame->rows[0].item == 0);
  CHECK(frame->bytes_of(frame->rows[0]) == "told");
  CHECK(frame->bytes_of(frame->rows[1]) == "two");
  CHECK(frame->rows[2].id == uuid_of(3));
  REQUIRE(frame->carried.size() == 1);
  CHECK(frame->bytes_of(frame->carried[0]) == "four");
}

TEST_CASE("a frame that lost or changed any byte is corrupt", "[state]") {
  ports::StateBatch batch;
  batch.meta = "meta";
  batch.add_revision(row_of(RowKind::revision, uuid_of(1)), "one", "told");
  batch.add_row(row_of(RowKind::event, uuid_of(2)), "two");
  const std::string bytes = frame_of({7, 8, 9, 6}, batch, {});
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x40);
    REQUIRE(decode_frame(changed).error().fault == Fault::corrupt);
    REQUIRE(decode_frame(std::string_view(bytes).substr(0, at)).error().fault == Fault::corrupt);
  }
  CHECK_FALSE(decode_frame(bytes + "x").has_value());
  CHECK(decode_frame(bytes).has_value());
}

TEST_CASE("the index holds what was put, through growth and erasure", "[state]") {
  support::SeededRng rng(3);
  RowIndex index;
  std::map<Uuid, Place> model;
  for (std::uint32_t i = 1; i < 50'000; ++i) {
    const Uuid id = uuid_of(rng.below(3000));
    const auto found = model.find(id);
    const Place before = found == model.end() ? Place{} : found->second;
    REQUIRE(index.find(id) == before);
    if (rng.chance(60)) {
      REQUIRE(index.put(id, {1, i, 2}) == before);
      model[id] = {1, i, 2};
    } else {
      REQUIRE(index.erase(id) == before);
      model.erase(id);
    }
    REQUIRE(index.size() == model.size());
  }
  for (const auto& [id, place] : model) {
    REQUIRE(index.find(id) == place);
  }
}

}  // namespace fusiond::state
