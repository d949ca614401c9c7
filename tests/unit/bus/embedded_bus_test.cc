#include "daemon/bus/embedded/embedded_bus.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <sys/resource.h>

#include <catch2/catch.hpp>

#include "tests/support/bus_log.h"
#include "tests/support/fake_metrics.h"
#include "tests/support/manual_clock.h"
#include "tests/support/temp_folder.h"

namespace fusiond::bus {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using test::kPatience;

// The writing thread waits in real time, so a pass comes soon whatever the manual clock shows; the
// clock decides what is old.
class MovingClock final : public Clock {
 public:
  [[nodiscard]] WallTime now() const override { return manual.now(); }
  [[nodiscard]] MonoTime mono() const override { return real_.mono(); }
  void pause(milliseconds) const override { real_.pause(milliseconds{1}); }
  test::ManualClock manual;

 private:
  SystemClock real_;
};

struct EmbeddedTest {
  explicit EmbeddedTest(ports::TopicSpec spec) {
    config.embedded.dir = folder.path() + "/log";
    config.embedded.maintain_every = milliseconds{5};
    open();
    REQUIRE(bus->ensure_topics({spec}));
  }
  void open() {
    bus.reset();
    auto opened = EmbeddedBus::open(config, clock, metrics, [this] { return free_bytes.load(); });
    REQUIRE(opened);
    bus = std::move(*opened);
  }
  // Until `reached` holds; the passes of the writing thread bring it about.
  template <class Condition>
  void await(const Condition& reached) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!reached() && std::chrono::steady_clock::now() < until) {
      clock.pause(milliseconds{1});
    }
    REQUIRE(reached());
  }
  Result<void> append(const std::string& value, test::Reports& reports) {
    return bus->append({.topic = "t", .key = "k", .value = value, .headers = {}, .partition = {}},
                       reports.expect(value));
  }
  test::TempFolder folder;
  std::atomic<std::uint64_t> free_bytes = 1'000'000'000'000;
  MovingClock clock;
  test::FakeMetrics metrics;
  BusConfig config;
  std::unique_ptr<EmbeddedBus> bus;
};

}  // namespace

TEST_CASE("the embedded log drops what is older than the retention, and no offset is used twice",
          "[bus][embedded]") {
  EmbeddedTest t({.name = "t", .partitions = 1, .compacted = false, .retention = hours{1}});
  for (int i = 0; i < 100; ++i) {
    test::put(*t.bus, "t", "k", std::to_string(i));
  }
  t.clock.manual.advance(hours{2});
  test::put(*t.bus, "t", "k", "young");
  t.await([&] { return t.bus->extent("t", 0)->begin == 100; });
  CHECK(test::values_of(test::read_topic(*t.bus, "t")) == std::vector<std::string>{"young"});
  t.clock.manual.advance(hours{2});
  t.await([&] { return t.bus->extent("t", 0)->begin == 101; });
  t.open();
  CHECK(t.bus->extent("t", 0)->begin == 101);
  CHECK(t.bus->extent("t", 0)->end == 101);
  test::put(*t.bus, "t", "k", "next");
  CHECK(test::read_topic(*t.bus, "t").at(0).offset == 101);
}

TEST_CASE("a reader that the retention of the embedded log overtook is told", "[bus][embedded]") {
  EmbeddedTest t({.name = "t", .partitions = 1, .compacted = false, .retention = hours{1}});
  for (int i = 0; i < 10; ++i) {
    test::put(*t.bus, "t", "k", std::to_string(i));
  }
  auto reader = test::open(*t.bus, "t", test::from_begin(1));
  t.clock.manual.advance(hours{2});
  t.await([&] { return t.bus->extent("t", 0)->begin == 10; });
  std::vector<ports::BusRecord> records;
  const auto read = reader->read(records, 10, milliseconds{0});
  REQUIRE_FALSE(read);
  CHECK(read.error().fault == Fault::corrupt);
}

TEST_CASE("compaction of the embedded log leaves young records alone and goes on after a restart",
          "[bus][embedded]") {
  EmbeddedTest t({.name = "t", .partitions = 1, .compacted = true, .retention = {}});
  for (int i = 0; i < 10; ++i) {
    test::put(*t.bus, "t", "k", std::to_string(i));
  }
  CHECK(test::read_topic(*t.bus, "t").size() == 10);
  t.clock.manual.advance(std::chrono::minutes{2});
  test::put(*t.bus, "t", "other", "x");
  t.await([&] { return test::read_topic(*t.bus, "t").size() == 2; });
  t.open();
  test::put(*t.bus, "t", "k", "10");
  CHECK(test::values_of(test::read_topic(*t.bus, "t")) == std::vector<std::string>{"9", "x", "10"});
  t.clock.manual.advance(std::chrono::minutes{2});
  t.await([&] {
    return test::values_of(test::read_topic(*t.bus, "t")) == std::vector<std::string>{"x", "10"};
  });
}

TEST_CASE("the embedded log keeps a tombstone for a day, then forgets the key", "[bus][embedded]") {
  EmbeddedTest t({.name = "t", .partitions = 1, .compacted = true, .retention = {}});
  test::put(*t.bus, "t", "k", "v");
  test::put(*t.bus, "t", "k", std::nullopt);
  t.clock.manual.advance(hours{1});
  test::put(*t.bus, "t", "other", "x");
  t.await([&] {
    return test::values_of(test::read_topic(*t.bus, "t")) ==
           std::vector<std::string>{"(tombstone)", "x"};
  });
  t.clock.manual.advance(hours{24});
  t.await([&] {
    return test::values_of(test::read_topic(*t.bus, "t")) == std::vector<std::string>{"x"};
  });
  t.open();
  CHECK(t.bus->extent("t", 0)->end == 3);
}

TEST_CASE("a second process cannot open the same embedded log", "[bus][embedded]") {
  EmbeddedTest t({.name = "t", .partitions = 1});
  const auto second = EmbeddedBus::open(t.config, t.clock, t.metrics);
  REQUIRE_FALSE(second);
  CHECK(second.error().fault == Fault::unavailable);
  CHECK(second.error().message.find(t.config.embedded.dir) != std::string::npos);
}

TEST_CASE("a topic of the embedded log does not change between compacted and not",
          "[bus][embedded]") {
  EmbeddedTest t({.name = "t", .partitions = 1});
  const auto changed = t.bus->ensure_topics({{.name = "t", .partitions = 1, .compacted = true}});
  REQUIRE_FALSE(changed);
  CHECK(changed.error().fault == Fault::bad_config);
}

TEST_CASE("while the disk has too little space appends wait, and go on when it has enough",
          "[bus][embedded]") {
  EmbeddedTest t({.name = "t", .partitions = 1});
  test::put(*t.bus, "t", "k", "before");
  t.free_bytes = 1'000;
  test::Reports reports;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(t.append(std::to_string(i), reports));
  }
  t.await([&] { return t.bus->trouble().has_value(); });
  CHECK(t.bus->trouble()->find("1000") != std::string::npos);
  CHECK(reports.count() == 0);
  t.free_bytes = 1'000'000'000'000;
  REQUIRE(t.bus->flush(kPatience));
  CHECK_FALSE(t.bus->trouble());
  t.open();
  const auto records = test::read_topic(*t.bus, "t");
  REQUIRE(records.size() == 101);
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK((records[i + 1].value == std::to_string(i)));
  }
}

TEST_CASE(
    "after a disk error in mid-write the embedded log says so, and its appenders learn it when it "
    "is closed",
    "[bus][embedded]") {
  EmbeddedTest t({.name = "t", .partitions = 1});
  test::put(*t.bus, "t", "k", "before");
  // A limit on the size of files stands for a broken disk.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit normal{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &normal) == 0);
  rlimit full = normal;
  full.rlim_cur = 1;
  REQUIRE(setrlimit(RLIMIT_FSIZE, &full) == 0);
  test::Reports reports;
  const bool taken = t.append("a", reports).has_value();
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!t.bus->trouble() && std::chrono::steady_clock::now() < until) {
    t.clock.pause(milliseconds{1});
  }
  REQUIRE(setrlimit(RLIMIT_FSIZE, &normal) == 0);
  CHECK(taken);
  CHECK(t.bus->trouble());
  CHECK(reports.count() == 0);
  CHECK(test::values_of(test::read_topic(*t.bus, "t")) == std::vector<std::string>{"before"});
  t.bus.reset();
  REQUIRE(reports.count() == 1);
  CHECK(reports.all().at(0).second.error().fault == Fault::unavailable);
  CHECK(t.metrics.value("fusiond_bus_failed_total", {{"topic", "t"}}) == 1);
}

}  // namespace fusiond::bus
