#include "daemon/console/board.h"

#include "tests/unit/console/console_fixture.h"

using fusiond::IncidentState;
using fusiond::console::Board;
using fusiond::console::BoardLimits;
using fusiond::console::bytes_of;
using fusiond::console::kTopic;
using fusiond::console::member;
using fusiond::console::Said;
using fusiond::console::Taken;

namespace {

constexpr std::int64_t kNoon = 1'700'000'000'000'000;
constexpr std::int64_t kHour = 3'600'000'000;

struct BoardTest {
  explicit BoardTest(const BoardLimits& limits = {}) : board(limits) {}
  Taken apply(const Said& said) { return apply_bytes(bytes_of(said)); }
  Taken apply_bytes(std::optional<std::string> bytes) {
    fusiond::ports::BusRecord record;
    record.topic = kTopic;
    record.offset = offset++;
    record.value = std::move(bytes);
    return board.apply(std::move(record));
  }
  [[nodiscard]] std::vector<std::string> shown(bool all = false) const {
    std::vector<std::string> ids;
    for (const auto& change : board.picture(all)) {
      ids.push_back(change->incident_id + "/" + std::to_string(change->revision));
    }
    return ids;
  }
  Board board;
  std::uint64_t offset = 0;
};

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("the largest epoch and revision of an id is shown, whatever comes later",
          "[console][board]") {
  BoardTest t;
  CHECK(t.apply({.id = "a", .revision = 1}) == Taken::fresh);
  CHECK(t.apply({.id = "a", .revision = 3}) == Taken::fresh);
  CHECK(t.apply({.id = "a", .revision = 2}) == Taken::repeat);
  CHECK(t.apply({.id = "a", .revision = 3}) == Taken::repeat);
  CHECK(t.apply({.id = "a", .revision = 2, .epoch = 2}) == Taken::fresh);
  CHECK(t.apply({.id = "a", .revision = 9, .epoch = 1}) == Taken::repeat);
  CHECK(t.shown() == Ids{"a/2"});
  CHECK(t.board.find("a")->epoch == 2);
  CHECK(t.board.revisions("a").size() == 3);
}

TEST_CASE("one revision with two contents changes nothing and is told", "[console][board]") {
  BoardTest t;
  CHECK(t.apply({.id = "a", .title = "one"}) == Taken::fresh);
  CHECK(t.apply({.id = "a", .title = "two"}) == Taken::conflict);
  CHECK(member(t.board.json(t.board.find("a")), "title") == "one");
  CHECK(t.apply({.id = "a", .title = "one"}) == Taken::repeat);
}

TEST_CASE("a record that is no incident is passed over, and the position moves on",
          "[console][board]") {
  BoardTest t;
  CHECK(t.apply_bytes("\xff\xff not an incident") == Taken::unreadable);
  CHECK(t.apply_bytes(std::nullopt) == Taken::unreadable);
  CHECK(t.apply_bytes("") == Taken::unreadable);
  CHECK(t.board.position().str() == "0:3");
  CHECK(t.board.end() == 0);
}

TEST_CASE("a record that was read before is passed over", "[console][board]") {
  BoardTest t;
  CHECK(t.apply({.id = "a"}) == Taken::fresh);
  t.offset = 0;
  CHECK(t.apply({.id = "b"}) == Taken::repeat);
  CHECK(t.shown() == Ids{"a/1"});
}

TEST_CASE("the picture holds open and quiet incidents, last updated first; the rest when asked",
          "[console][board]") {
  BoardTest t;
  t.apply({.id = "a", .updated_us = kNoon});
  t.apply({.id = "b", .state = IncidentState::quiet, .updated_us = kNoon + 2});
  t.apply({.id = "c", .state = IncidentState::closed, .updated_us = kNoon + 1});
  t.apply({.id = "d", .state = IncidentState::merged, .updated_us = kNoon});
  t.apply({.id = "e", .state = IncidentState::withdrawn, .updated_us = kNoon});
  CHECK(t.shown() == Ids{"b/1", "a/1"});
  CHECK(t.shown(true) == Ids{"b/1", "c/1", "e/1", "d/1", "a/1"});
  CHECK(t.board.active() == 2);
}

TEST_CASE("a closed incident leaves the picture after its time, one that was opened again stays",
          "[console][board]") {
  BoardTest t({.closed_keep = std::chrono::hours(6)});
  t.apply({.id = "a", .state = IncidentState::closed, .updated_us = kNoon});
  t.apply({.id = "b", .state = IncidentState::closed, .updated_us = kNoon});
  t.apply({.id = "b", .revision = 2, .updated_us = kNoon + 1});
  t.apply({.id = "c", .updated_us = kNoon + 6 * kHour});
  CHECK(t.shown(true) == Ids{"c/1", "b/2", "a/1"});
  t.apply({.id = "c", .revision = 2, .updated_us = kNoon + 6 * kHour + 1});
  CHECK(t.shown(true) == Ids{"c/2", "b/2"});
  CHECK(t.board.active() == 2);
}

TEST_CASE("a full picture gives up closed incidents first, then those untouched for longest",
          "[console][board]") {
  BoardTest t({.max_incidents = 3});
  t.apply({.id = "a", .updated_us = kNoon});
  t.apply({.id = "b", .state = IncidentState::closed, .updated_us = kNoon + 1});
  t.apply({.id = "c", .updated_us = kNoon + 2});
  t.apply({.id = "d", .updated_us = kNoon + 3});
  CHECK(t.shown(true) == Ids{"d/1", "c/1", "a/1"});
  CHECK(t.board.crowded_out() == 0);
  t.apply({.id = "e", .updated_us = kNoon + 4});
  CHECK(t.shown(true) == Ids{"e/1", "d/1", "c/1"});
  CHECK(t.board.crowded_out() == 1);
  CHECK(t.board.active() == 3);
}

TEST_CASE("the ring keeps to its limits, and its floor says from where it is complete",
          "[console][board]") {
  BoardTest few({.ring_changes = 3});
  for (int i = 0; i < 10; ++i) {
    few.apply({.id = "a" + std::to_string(i)});
  }
  CHECK(few.board.first() == 7);
  CHECK(few.board.end() == 10);
  CHECK(few.board.floor(0) == 7);
  CHECK(few.board.at(7)->incident_id == "a7");

  BoardTest small({.ring_bytes = 100'000});
  for (int i = 0; i < 100; ++i) {
    small.apply({.id = "a" + std::to_string(i), .title = std::string(10'000, 'x')});
    small.board.json(small.board.at(small.board.end() - 1));
  }
  CHECK(small.board.end() - small.board.first() >= 5);
  CHECK(small.board.end() - small.board.first() <= 10);
}
