#include "daemon/base/bounded_queue.h"

#include <future>

#include <catch2/catch.hpp>

using namespace fusiond;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

TEST_CASE("a full queue that refuses keeps what it has", "[base]") {
  BoundedQueue<int> queue(2, WhenFull::refuse);
  CHECK(queue.push(1));
  CHECK(queue.push(2));
  CHECK_FALSE(queue.push(3));
  CHECK(queue.pop(0ms) == 1);
  CHECK(queue.push(4));
  CHECK(queue.size() == 2);
  CHECK(queue.dropped() == 0);
}

TEST_CASE("a full queue that drops the oldest counts what it lost", "[base]") {
  BoundedQueue<int> queue(2, WhenFull::drop_oldest);
  for (int i = 1; i <= 5; ++i) {
    CHECK(queue.push(i));
  }
  CHECK(queue.dropped() == 3);
  CHECK(queue.pop(0ms) == 4);
  CHECK(queue.pop(0ms) == 5);
  CHECK(queue.pop(0ms) == std::nullopt);
}

TEST_CASE("a full queue that waits lets the writer in when there is room", "[base]") {
  BoundedQueue<int> queue(1, WhenFull::wait);
  CHECK(queue.push(1));
  auto writer = std::async(std::launch::async, [&] { return queue.push(2); });
  CHECK(queue.pop(5s) == 1);
  CHECK(queue.pop(5s) == 2);
  CHECK(writer.get());
}

TEST_CASE("a closed queue gives out what is left, then nothing, and takes nothing", "[base]") {
  BoundedQueue<int> queue(1, WhenFull::wait);
  CHECK(queue.push(1));
  auto writer = std::async(std::launch::async, [&] { return queue.push(2); });
  queue.close();
  CHECK_FALSE(writer.get());
  CHECK(queue.closed());
  CHECK(queue.pop(5s) == 1);
  CHECK(queue.pop(5s) == std::nullopt);
  CHECK_FALSE(queue.push(3));
}
