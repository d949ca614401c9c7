#include "daemon/backtest/load.h"

#include <catch2/catch.hpp>

#include "tests/unit/backtest/revisions.h"

using namespace fusiond;
using namespace fusiond::backtest;

namespace {

// So many alarms in each window of ten minutes, one after the other.
std::vector<WallTime> alarms(const std::vector<std::size_t>& windows) {
  std::vector<WallTime> times;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    for (std::size_t n = 0; n < windows[i]; ++n) {
      times.push_back(at_second(static_cast<std::int64_t>(600 * i + n)));
    }
  }
  return times;
}

Load load(const std::vector<std::size_t>& windows, std::size_t operators = 1) {
  return load_of(alarms(windows), at_second(0),
                 at_second(static_cast<std::int64_t>(600 * windows.size()) - 1), operators);
}

}  // namespace

TEST_CASE("alarms fall into windows of ten minutes", "[backtest]") {
  const Load some = load({0, 3, 1, 0});
  CHECK(some.windows == 4);
  CHECK(some.alarms == 4);
  CHECK(some.mean == Approx(1));
  CHECK(some.most == 3);
  CHECK(some.most_at == at_second(600));
  CHECK(some.by_count[0] == 2);
  CHECK(some.by_count[3] == 1);
  CHECK(some.floods == 0);
}

TEST_CASE("a flood begins above ten and ends below five", "[backtest]") {
  const Load some = load({10, 11, 6, 5, 4, 12, 0});
  CHECK(some.floods == 2);
  CHECK(some.above == 2);
  CHECK(some.flood_share == Approx(4.0 / 7));
  CHECK(verdict_of(some) == LoadVerdict::too_much);
  CHECK(load({30}).by_count[kCounts - 1] == 1);
}

TEST_CASE("operators share alarms, rounded up", "[backtest]") {
  const Load shared = load({12, 1}, 2);
  CHECK(shared.most == 6);
  CHECK(shared.by_count[1] == 1);
  CHECK(shared.floods == 0);
  CHECK(shared.mean == Approx(3.25));
}

TEST_CASE("the verdict is by the mean, else by floods", "[backtest]") {
  CHECK(verdict_of(load({1, 1})) == LoadVerdict::acceptable);
  CHECK(verdict_of(load({2, 1})) == LoadVerdict::manageable);
  CHECK(verdict_of(load({3, 2})) == LoadVerdict::too_much);
  std::vector<std::size_t> calm(99, 0);
  calm.push_back(11);
  CHECK(verdict_of(load(calm)) == LoadVerdict::acceptable);  // 1 % of the windows
  calm[0] = 11;
  CHECK(verdict_of(load(calm)) == LoadVerdict::too_much);
}

TEST_CASE("what is outside the time asked for does not count", "[backtest]") {
  CHECK(load_of(alarms({1, 1, 1}), at_second(600), at_second(1199), 1).alarms == 1);
  CHECK(load_of(alarms({1}), at_second(600), at_second(0), 1).windows == 0);
}
