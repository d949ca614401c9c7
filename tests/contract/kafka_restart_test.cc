// A real Kafka broker is killed and started again while records are appended and read.
// tests/contract/with_broker says where it is.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "daemon/base/clock.h"
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

// Per key the numbers that were read, each with how often.
struct Seen {
  std::map<std::string, int> next;
  std::size_t out_of_order = 0;
  std::size_t records = 0;
  void add(const std::vector<ports::BusRecord>& batch) {
    for (const auto& record : batch) {
      ++records;
      if (record.value != std::to_string(next[record.key]++)) {
        ++out_of_order;
      }
    }
  }
};

// Appends as fast as the queue takes it, at most twenty records a millisecond.
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
  // How many were appended.
  std::size_t stop() {
    stop_ = true;
    return running_.get();
  }
  [[nodiscard]] std::size_t confirmed() const { return confirmed_; }
  [[nodiscard]] std::size_t failed() const { return failed_; }

 private:
  std::size_t write() {
    std::size_t count = 0;
    while (!stop_) {
      const auto appended =
          bus_.append({.topic = "restart",
                       .key = std::to_string(count % kKeys),
                       .value = std::to_string(count / kKeys),
                       .headers = {},
                       .partition = {}},
                      [this](const auto& result) { ++(result ? confirmed_ : failed_); });
      count += appended ? 1 : 0;
      if (!appended || count % 20 == 0) {
        clock_.pause(milliseconds{1});
      }
    }
    return count;
  }
  ports::Bus& bus_;
  const Clock& clock_;
  std::atomic<bool> stop_ = false;
  std::atomic<std::size_t> confirmed_ = 0;
  std::atomic<std::size_t> failed_ = 0;
  std::future<std::size_t> running_;
};

// Reads along until `wanted` records were seen.
Seen read_along(ports::Bus& bus, const std::atomic<std::size_t>& wanted) {
  Seen seen;
  auto reader = bus.open_reader("restart", from_begin(kPartitions));
  const auto until = std::chrono::steady_clock::now() + 2 * kLong;
  while (reader && seen.records < wanted && std::chrono::steady_clock::now() < until) {
    std::vector<ports::BusRecord> batch;
    static_cast<void>((*reader)->read(batch, 1'000, milliseconds{100}));
    seen.add(batch);
  }
  return seen;
}

}  // namespace

TEST_CASE(
    "a broker killed and started again while records flow: none lost, none doubled, all in order",
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
  REQUIRE(bus.flush(kLong));
  CHECK_FALSE(bus.trouble());
  CHECK(writer.confirmed() == count);
  CHECK(writer.failed() == 0);

  const Seen live = reading.get();
  CHECK(live.records == count);
  CHECK(live.out_of_order == 0);
  Seen after;
  after.add(read_topic(bus, "restart"));
  CHECK(after.records == count);
  CHECK(after.out_of_order == 0);
  WARN("records: " << count << ", kills: 3");
}

}  // namespace fusiond::test
