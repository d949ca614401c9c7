// A real Kafka broker is killed and started again while records are appended and read.
// tests/contract/with_broker says where it is.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"
#include "daemon/bus/kafka/kafka_bus.h"
#include "tests/support/bus_log.h"
#include "tests/support/fake_metrics.h"

namespace fusiond::test {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kPartitions = 4;
constexpr int kKeys = 16;
constexpr std::chrono::seconds kLong{120};

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read only
  if (value == nullptr) {
    FAIL(name << " must be set; run this through tests/contract/with_broker");
  }
  return value;
}

void broker(const std::string& command) {
  const std::string line =
      "deploy/broker/" + command + " --data " + variable("FUSIOND_KAFKA_DATA") + " >/dev/null";
  REQUIRE(std::system(line.c_str()) ==
          0);  // NOLINT(concurrency-mt-unsafe,cert-env33-c): the project's own script
}

// Per key the numbers that were read.
struct Seen {
  std::map<std::string, std::set<std::size_t>> numbers;
  std::size_t doubled = 0;
  std::size_t out_of_order = 0;  // a new number behind a larger one
  std::size_t different = 0;
  void add(const std::vector<ports::BusRecord>& batch) {
    for (const auto& record : batch) {
      auto& known = numbers[record.key];
      const std::size_t number = std::stoul(*record.value);
      const bool behind = !known.empty() && number < *known.rbegin();
      if (!known.insert(number).second) {
        ++doubled;
      } else {
        ++different;
        out_of_order += behind ? 1 : 0;
      }
    }
  }
};

// Appends as fast as the queue takes it, at most twenty records a millisecond. What was not
// confirmed is appended again at the end, as whoever must not lose a record does.
class Writer {
 public:
  Writer(ports::Bus& bus, const Clock& clock) : bus_(bus), clock_(clock) {
    running_ = std::async(std::launch::async, [this] { return write(); });
  }
  // Waits until `count` more records are durable.
  void let_pass(std::size_t count) {
    const std::size_t until = confirmed_ + count;
    const auto deadline = std::chrono::steady_clock::now() + kLong;
    while (confirmed_ < until && std::chrono::steady_clock::now() < deadline) {
      clock_.pause(milliseconds{5});
    }
  }
  // How many different records were appended.
  std::size_t stop() {
    stop_ = true;
    const std::size_t count = running_.get();
    REQUIRE(bus_.flush(kLong));
    for (auto again = take_unconfirmed(); !again.empty(); again = take_unconfirmed()) {
      for (const std::size_t number : again) {
        REQUIRE(append(number));
      }
      REQUIRE(bus_.flush(kLong));
    }
    return count;
  }
  [[nodiscard]] std::size_t confirmed() const { return confirmed_; }
  // How many times a record was not confirmed.
  [[nodiscard]] std::size_t failed() const { return failed_; }

 private:
  std::size_t write() {
    std::size_t count = 0;
    while (!stop_) {
      const bool appended = append(count);
      count += appended ? 1 : 0;
      if (!appended || count % 20 == 0) {
        clock_.pause(milliseconds{1});
      }
    }
    return count;
  }
  bool append(std::size_t number) {
    return bus_
        .append({.topic = "restart",
                 .key = std::to_string(number % kKeys),
                 .value = std::to_string(number / kKeys),
                 .headers = {},
                 .partition = {}},
                [this, number](const auto& result) { hear(number, result.has_value()); })
        .has_value();
  }
  void hear(std::size_t number, bool confirmed) {
    if (confirmed) {
      ++confirmed_;
      return;
    }
    ++failed_;
    const MutexLock lock(mutex_);
    unconfirmed_.push_back(number);
  }
  std::vector<std::size_t> take_unconfirmed() {
    const MutexLock lock(mutex_);
    return std::exchange(unconfirmed_, {});
  }
  ports::Bus& bus_;
  const Clock& clock_;
  std::atomic<bool> stop_ = false;
  std::atomic<std::size_t> confirmed_ = 0;
  std::atomic<std::size_t> failed_ = 0;
  Mutex mutex_;
  std::vector<std::size_t> unconfirmed_ GUARDED_BY(mutex_);
  std::future<std::size_t> running_;
};

// Reads along until `wanted` records were seen.
Seen read_along(ports::Bus& bus, const std::atomic<std::size_t>& wanted) {
  Seen seen;
  auto reader = bus.open_reader("restart", from_begin(kPartitions));
  const auto until = std::chrono::steady_clock::now() + 2 * kLong;
  while (reader && seen.different < wanted && std::chrono::steady_clock::now() < until) {
    std::vector<ports::BusRecord> batch;
    static_cast<void>((*reader)->read(batch, 1'000, milliseconds{100}));
    seen.add(batch);
  }
  return seen;
}

}  // namespace

TEST_CASE(
    "a broker killed and started again while records flow: none lost, none doubled or out of order "
    "but those that were not confirmed",
    "[bus][kafka]") {
  const SystemClock clock;
  FakeMetrics metrics;
  bus::BusConfig config;
  config.kafka.bootstrap_servers = variable("FUSIOND_KAFKA");
  auto opened = bus::KafkaBus::open(config, clock, metrics);
  REQUIRE(opened);
  ports::Bus& bus = **opened;
  make_topic(bus, "restart", kPartitions);

  Writer writer(bus, clock);
  std::atomic<std::size_t> wanted = ~std::size_t{0};
  auto reading = std::async(std::launch::async, [&] { return read_along(bus, wanted); });
  for (int kill = 0; kill < 3; ++kill) {
    writer.let_pass(3'000);
    broker("stop --crash");
    broker("start");
  }
  writer.let_pass(3'000);
  const std::size_t count = writer.stop();
  wanted = count;
  CHECK_FALSE(bus.trouble());
  CHECK(writer.confirmed() == count);

  const Seen live = reading.get();
  CHECK(live.different == count);
  Seen after;
  after.add(read_topic(bus, "restart"));
  CHECK(after.different == count);
  CHECK(after.doubled + after.out_of_order <= writer.failed());
  WARN("records: " << count << ", kills: 3, not confirmed and appended again: " << writer.failed()
                   << ", of them lost before: " << writer.failed() - after.doubled);
}

}  // namespace fusiond::test
