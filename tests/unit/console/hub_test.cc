#include "daemon/console/hub.h"

#include <algorithm>
#include <future>
#include <random>
#include <set>

#include "tests/unit/console/console_fixture.h"

namespace fusiond::console {
namespace {

ConsoleConfig quick() {
  ConsoleConfig config;
  config.heartbeat_ms = 20;
  return config;
}

struct HubTest {
  explicit HubTest(std::uint32_t partitions = 1, const ConsoleConfig& hub_config = quick())
      : log(partitions), config(hub_config) {
    restart();
  }
  void restart() {
    hub.reset();
    hub = make();
    hub->start();
  }
  [[nodiscard]] std::unique_ptr<Hub> make() {
    return std::make_unique<Hub>(
        config, kTopic, HubParts{.bus = log.bus, .clock = log.clock, .metrics = log.metrics});
  }
  [[nodiscard]] std::shared_ptr<FakeStream> join(const std::optional<std::string>& cursor) const {
    auto stream = std::make_shared<FakeStream>();  // shared, as with the server
    hub->subscribe(cursor, stream);
    return stream;
  }
  // Waits until the hub has read everything.
  void settle() const {
    std::string end;
    const auto partitions = log.bus.partitions(kTopic);
    for (std::uint32_t p = 0; p < *partitions; ++p) {
      end += (p > 0 ? "," : "") + std::to_string(p) + ":" +
             std::to_string(log.bus.extent(kTopic, p)->end);
    }
    REQUIRE(eventually([&] { return hub->status().caught_up && hub->status().cursor == end; }));
  }
  [[nodiscard]] double resets() const {
    double sum = 0;
    for (const auto* reason : {"the cursor lies before what is kept",
                               "the cursor is not of this log", "the cursor cannot be read"}) {
      sum += log.metrics.value("fusiond_console_resets_total", {{"reason", reason}});
    }
    return sum;
  }

  mutable Log log;
  ConsoleConfig config;
  std::unique_ptr<Hub> hub;
};

using Keys = std::vector<Key>;

}  // namespace

TEST_CASE("a reader gets every change in order, each once, with a cursor to come back with",
          "[console][hub]") {
  HubTest t;
  t.log.append({.id = "before"});
  t.settle();
  const auto stream = t.join(std::nullopt);
  t.log.append({.id = "a"});
  t.log.append({.id = "b"});
  t.log.append({.id = "a", .revision = 2});
  REQUIRE(eventually([&] { return stream->events().size() == 3; }));
  CHECK(keys_of(stream->events()) == Keys{{"a", 1, 1}, {"b", 1, 1}, {"a", 1, 2}});
  CHECK(stream->events().back().id == "0:4");
  CHECK(stream->text().starts_with("retry: 1000\n\n"));
  CHECK(t.hub->status().readers == 1);
}

TEST_CASE("repeats, older revisions and what is no incident are not told again", "[console][hub]") {
  HubTest t;
  t.settle();
  const auto stream = t.join(std::nullopt);
  t.log.append({.id = "a", .revision = 2});
  t.log.append({.id = "a", .revision = 2});
  t.log.append({.id = "a", .revision = 1});
  t.log.append_bytes("no incident");
  t.log.append({.id = "a", .revision = 2, .title = "something else"});
  t.log.append({.id = "a", .revision = 1, .epoch = 2});
  REQUIRE(eventually([&] { return stream->events().size() == 2; }));
  CHECK(keys_of(stream->events()) == Keys{{"a", 1, 2}, {"a", 2, 1}});
  const auto taken = [&](const char* how) {
    return t.log.metrics.value("fusiond_console_changes_total", {{"taken", how}});
  };
  CHECK(taken("fresh") == 2);
  CHECK(taken("repeat") == 2);
  CHECK(taken("unreadable") == 1);
  CHECK(taken("conflict") == 1);
}

TEST_CASE("a reader that comes back gets exactly what it missed, over restarts as well",
          "[console][hub]") {
  const auto seed = static_cast<std::uint64_t>(SystemClock().now().time_since_epoch().count());
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  HubTest t(3);
  t.settle();
  std::string cursor = t.hub->snapshot(true)->cursor;
  std::vector<Key> seen;
  std::set<Key> said;
  for (int round = 0; round < 60; ++round) {
    const auto stream = t.join(cursor);
    const std::size_t count = random() % 30;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string id = "i" + std::to_string(said.size());
      said.insert({id, 1, 1});
      t.log.append({.id = id}, static_cast<std::uint32_t>(random() % 3));
    }
    if (random() % 3 == 0) {
      t.restart();  // cuts the stream at whatever it has got to
    } else {
      REQUIRE(eventually([&] { return stream->events().size() >= random() % (count + 1); }));
      stream->close();
    }
    for (const auto& event : stream->events("incident")) {
      seen.push_back(key_of(event.data));
      cursor = event.id;
    }
  }
  t.settle();
  const auto last = t.join(cursor);
  t.settle();
  REQUIRE(eventually([&] { return seen.size() + last->events().size() >= said.size(); }));
  for (const auto& event : last->events()) {
    seen.push_back(key_of(event.data));
  }
  CHECK(seen.size() == said.size());
  CHECK(std::set<Key>(seen.begin(), seen.end()) == said);
  CHECK(t.resets() == 0);
}

TEST_CASE("a cursor ahead of a hub that still reads is waited for, without a reset",
          "[console][hub]") {
  HubTest t;
  for (int i = 0; i < 2000; ++i) {
    t.log.append({.id = "i" + std::to_string(i)});
  }
  t.hub = t.make();
  const auto stream = t.join("0:1990");
  const auto young = t.join(std::nullopt);
  t.hub->start();
  t.settle();
  REQUIRE(eventually([&] { return stream->events().size() == 10; }));
  CHECK(keys_of(stream->events()).front() == Key{"i1990", 1, 1});
  CHECK(t.resets() == 0);
}

TEST_CASE(
    "a cursor that is too old, of another log, or none at all is reset and goes on from there",
    "[console][hub]") {
  ConsoleConfig config = quick();
  config.ring_changes = 10;
  HubTest t(1, config);
  for (int i = 0; i < 50; ++i) {
    t.log.append({.id = "i" + std::to_string(i)});
  }
  t.settle();
  std::vector<std::shared_ptr<FakeStream>> streams;
  for (const auto* cursor : {"0:39", "0:99999", "1:5", "garbage", ""}) {
    streams.push_back(t.join(cursor));
  }
  const auto kept = t.join("0:40");
  for (const auto& stream : streams) {
    REQUIRE(eventually([&] { return !stream->events("reset").empty(); }));
    CHECK(stream->events("reset").front().id == "0:50");
    CHECK(member(stream->events("reset").front().data, "cursor") == "0:50");
  }
  t.log.append({.id = "next"});
  for (const auto& stream : streams) {
    REQUIRE(eventually([&] { return stream->events().size() == 2; }));
    CHECK(key_of(stream->events().back().data) == Key{"next", 1, 1});
    CHECK_FALSE(stream->closed());
  }
  REQUIRE(eventually([&] { return kept->events().size() == 11; }));
  CHECK(keys_of(kept->events()).front() == Key{"i40", 1, 1});
  CHECK(t.resets() == 5);
}

TEST_CASE("what retention took before the start is not missed silently", "[console][hub]") {
  HubTest t;
  for (int i = 0; i < 10; ++i) {
    t.log.append({.id = "i" + std::to_string(i)});
  }
  t.log.bus.drop_before(kTopic, 0, 5);
  t.restart();
  t.settle();
  const auto lost = t.join("0:4");
  const auto whole = t.join("0:5");
  REQUIRE(eventually([&] { return whole->events().size() == 5; }));
  CHECK(lost->events().front().type == "reset");
}

TEST_CASE("a reader that falls behind what is kept is closed and counted, the others are served",
          "[console][hub]") {
  ConsoleConfig config = quick();
  config.ring_changes = 10;
  HubTest t(1, config);
  t.settle();
  const auto slow = t.join(std::nullopt);
  const auto brisk = t.join(std::nullopt);
  slow->stick();
  for (int i = 0; i < 30; ++i) {
    t.log.append({.id = "i" + std::to_string(i)});
  }
  CHECK(eventually([&] { return slow->closed(); }));
  CHECK(eventually([&] { return brisk->events().size() == 30; }));
  CHECK(t.log.metrics.value("fusiond_console_slow_readers_total") == 1);
  CHECK(slow->events().empty());
  REQUIRE(eventually([&] { return t.hub->status().readers == 1; }));
}

TEST_CASE("a snapshot and a stream from its cursor together miss nothing while the log grows",
          "[console][hub]") {
  HubTest t(2);
  t.settle();
  auto writing = std::async(std::launch::async, [&t] {
    for (int i = 0; i < 3000; ++i) {
      t.log.append({.id = "i" + std::to_string(i % 100),
                    .revision = static_cast<std::uint64_t>(1 + i / 100)},
                   static_cast<std::uint32_t>(i % 2));
      if (i % 100 == 0) {
        t.log.clock.pause(std::chrono::milliseconds(1));
      }
    }
  });
  struct Page {
    std::map<std::string, std::uint64_t> shown;
    std::string cursor;
    std::shared_ptr<FakeStream> stream;
  };
  std::vector<Page> pages;
  for (int i = 0; i < 30; ++i) {
    const auto snapshot = t.hub->snapshot(false);
    REQUIRE(snapshot);
    Page page;
    for (const auto& json : snapshot->incidents) {
      page.shown[member(json, "incident_id")] = std::stoull(member(json, "revision"));
    }
    page.cursor = snapshot->cursor;
    page.stream = t.join(snapshot->cursor);
    pages.push_back(std::move(page));
    t.log.clock.pause(std::chrono::milliseconds(1));
  }
  writing.get();
  t.settle();
  for (auto& page : pages) {
    REQUIRE(eventually([&] {
      const auto events = page.stream->events();
      const std::string& at = events.empty() ? page.cursor : events.back().id;
      return at == t.hub->status().cursor;
    }));
    for (const auto& event : page.stream->events()) {
      const auto [id, epoch, revision] = key_of(event.data);
      CHECK(revision == page.shown[id] + 1);
      page.shown[id] = revision;
    }
    CHECK(page.shown.size() == 100);
    CHECK(std::ranges::all_of(page.shown, [](const auto& entry) { return entry.second == 30; }));
  }
}

TEST_CASE("a heartbeat comes at once and keeps coming, and tells of trouble with the log",
          "[console][hub]") {
  HubTest t;
  t.log.append({.id = "a"});
  t.settle();
  const auto stream = t.join(std::nullopt);
  REQUIRE(stream->events("heartbeat").size() == 1);
  const std::string first = stream->events("heartbeat").front().data;
  CHECK(member(first, "log_ok") == "true");
  CHECK(member(first, "lag_ms") == "0");
  CHECK(member(first, "cursor") == "0:1");
  CHECK(std::stoll(member(first, "server_time_us")) > 1'700'000'000'000'000);
  CHECK(eventually([&] { return stream->events("heartbeat").size() >= 3; }));
  t.log.bus.set_trouble("no broker");
  CHECK(eventually(
      [&] { return member(stream->events("heartbeat").back().data, "log_ok") == "false"; }));
  CHECK(t.hub->status().trouble == "no broker");
  t.log.bus.set_trouble(std::nullopt);
  CHECK(eventually(
      [&] { return member(stream->events("heartbeat").back().data, "log_ok") == "true"; }));
}

TEST_CASE("reads that fail are tried again and nothing is skipped", "[console][hub]") {
  HubTest t;
  t.settle();
  const auto stream = t.join(std::nullopt);
  t.log.bus.fail_reads(1);
  t.log.append({.id = "a"});
  CHECK(eventually([&] { return stream->events().size() == 1; }));
}

TEST_CASE("before the log was read there is no snapshot, and it says why", "[console][hub]") {
  Log log;
  Hub hub(quick(), "test.no-such-topic",
          {.bus = log.bus, .clock = log.clock, .metrics = log.metrics});
  CHECK(hub.snapshot(false).error().fault == Fault::unavailable);
  hub.start();
  const auto stream = std::make_shared<FakeStream>();
  hub.subscribe(std::nullopt, stream);
  REQUIRE(
      eventually([&] { return hub.status().trouble->find("no-such-topic") != std::string::npos; }));
  CHECK(hub.snapshot(false).error().message.find("no-such-topic") != std::string::npos);
  REQUIRE(eventually([&] { return stream->events("heartbeat").size() >= 2; }));
  CHECK(member(stream->events("heartbeat").back().data, "log_ok") == "false");
  REQUIRE(log.bus.ensure_topics({{.name = "test.no-such-topic"}}));
  CHECK(eventually([&] { return hub.snapshot(false).has_value(); }));
}

TEST_CASE("the lag of the engine is shown when it is the larger one", "[console][hub]") {
  Log log;
  Hub hub(quick(), kTopic,
          {.bus = log.bus, .clock = log.clock, .metrics = log.metrics, .engine_lag = [] {
             return std::chrono::milliseconds(1234);
           }});
  CHECK(hub.status().lag.count() == 1234);
}

TEST_CASE("stop ends the streams, is safe twice and without start", "[console][hub]") {
  HubTest t;
  const auto stream = t.join(std::nullopt);
  t.hub->stop();
  CHECK(stream->closed());
  t.hub->stop();
  const auto late = t.join(std::nullopt);
  CHECK(late->closed());
  t.make()->stop();
}

}  // namespace fusiond::console
