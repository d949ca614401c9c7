#include "daemon/ingest/sources.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "daemon/wire/tick_wire.h"
#include "flaky_bus.h"
#include "ingest_bench.h"
#include "tests/support/temp_folder.h"

namespace fusiond::ingest {
namespace {

using test::body_of;
using test::eventually;
using test::plain_event;

// A receiver without a socket: the test calls its handler.
class FakeServer final : public net::HttpServer {
 public:
  explicit FakeServer(Handler& handler) : handler_(handler) {}
  void route(const std::string&, const std::string&, Handler handler) override {
    handler_ = std::move(handler);
  }
  void stream(const std::string&, StreamHandler) override {}
  Result<void> start() override { return {}; }
  void stop() override {}
  [[nodiscard]] std::uint16_t port() const override { return 4242; }

 private:
  Handler& handler_;
};

SourceConfig file_source(const std::string& name, const std::string& path) {
  SourceConfig source = test::plain_source(name);
  source.transport.kind = TransportKind::file;
  source.transport.file.path = path;
  return source;
}

SourceConfig hook_source(const std::string& name) {
  SourceConfig source = test::plain_source(name);
  source.transport.kind = TransportKind::webhook;
  return source;
}

struct SourcesBench {
  SourcesBench() {
    config = test::plain_config();
    config.state_dir = folder.path() + "/ingest";
  }
  SourcesWorld world() {
    return {
        .clock = clock,
        .metrics = metrics,
        .spools = {{&urgent, &spool, &bulk}},
        .bus = bus,
        .read_to = [](std::uint32_t) { return 0; },
        .events_partitions = 2,
        .http = [](const net::HttpCall&) { return net::HttpResponse{304, {}, ""}; },
        .make_server =
            [this](const net::HttpServerConfig&) { return std::make_unique<FakeServer>(handler); },
        .open_waiting = [](const std::string&,
                           std::uint64_t max_bytes) -> Result<std::unique_ptr<ports::Spool>> {
          return std::make_unique<test::FakeSpool>(max_bytes);
        },
        .on_change =
            [this](const SourceStatus& status) {
              const MutexLock lock(mutex);
              changes.push_back(status.name + " " + name_of(status.state));
            }};
  }
  int post(const std::string& path, const std::string& body) {
    net::HttpRequest request;
    request.method = "POST";
    request.path = path;
    request.body = body;
    return handler(request).status;
  }

  test::TempFolder folder;
  IngestConfig config;
  test::ManualClock clock{test::kNow};
  test::FakeMetrics metrics;
  test::FakeSpool urgent{64 << 20};
  test::FakeSpool spool{64 << 20};
  test::FakeSpool bulk{64 << 20};
  test::FlakyBus bus;
  net::HttpServer::Handler handler;
  Mutex mutex;
  std::vector<std::string> changes;
};

}  // namespace

TEST_CASE("files, polls and webhooks run side by side and reach the log", "[ingest][sources]") {
  SourcesBench bench;
  const std::string path = bench.folder.path() + "/calls";
  std::ofstream(path) << "reject:a\nskip:b\n";
  SourceConfig poll = test::plain_source("/cad/poll");
  poll.transport.poll.url = "http://127.0.0.1/x";
  bench.config.sources = {file_source("/cad/file", path), hook_source("/gunshot/hook"), poll};
  auto sources = Sources::make(bench.config, bench.world());
  REQUIRE(sources);
  REQUIRE((*sources)->start());
  CHECK((*sources)->receiver_port() == 4242);
  CHECK(bench.post("/ingest/gunshot/hook", body_of(plain_event())) == 202);
  CHECK(bench.post("/ingest/gunshot/other", "x") == 404);
  // The first tick to both partitions, the rejected line, the webhook's event.
  CHECK(eventually([&bench] { return bench.bus.records().size() == 4; }));
  CHECK(eventually([&] { return (*sources)->statuses()[0].state == SourceState::finished; }));
  (*sources)->stop();
  (*sources)->stop();
  const auto statuses = (*sources)->statuses();
  REQUIRE(statuses.size() == 3);
  CHECK(statuses[0].name == "/cad/file");
  CHECK(statuses[0].transport == "file");
  CHECK(statuses[0].plugin == "hostile 1.0.0");
  CHECK(statuses[0].counts.deliveries == 2);
  CHECK(statuses[1].counts.admitted == 1);
  CHECK(statuses[2].state == SourceState::up);
  CHECK(bench.spool.entries() == 0);
  CHECK(bench.changes == std::vector<std::string>{"/cad/file finished"});
}

TEST_CASE("a gunshot passes the posts that wait for the engine", "[ingest][sources]") {
  SourcesBench bench;
  bench.config.bulk_ahead_ms = 1;  // the engine of this test reads nothing
  SourceConfig posts = hook_source("/posts");
  posts.lane = Lane::bulk;
  SourceConfig shots = hook_source("/shots");
  shots.lane = Lane::life_safety;
  bench.config.sources = {posts, shots};
  auto sources = Sources::make(bench.config, bench.world());
  REQUIRE(sources);
  REQUIRE((*sources)->start());
  for (int i = 0; i < 1'000; ++i) {
    REQUIRE(bench.post("/ingest/posts", body_of(plain_event("post" + std::to_string(i)))) == 202);
  }
  CHECK(eventually([&] { return (*sources)->statuses()[0].counts.admitted == 1'000; }));
  REQUIRE(bench.post("/ingest/shots", body_of(plain_event("shot"))) == 202);
  const std::string shot = event_id_of(SourceId{"/shots"}, "shot").str();
  CHECK(eventually([&] {
    return std::ranges::any_of(bench.bus.records(), [&](const auto& r) { return r.key == shot; });
  }));
  CHECK(bench.bulk.entries() > 500);
  (*sources)->stop();
  CHECK((*sources)->statuses()[1].lane == Lane::life_safety);
}

TEST_CASE("whichever lane is first in the log, its first tick names every source",
          "[ingest][sources]") {
  SourcesBench bench;
  SourceConfig posts = hook_source("/posts");
  posts.lane = Lane::bulk;
  bench.config.sources = {posts, hook_source("/calls")};
  auto sources = Sources::make(bench.config, bench.world());
  REQUIRE(sources);
  REQUIRE((*sources)->start());
  // Two lanes with a source each, two partitions.
  CHECK(eventually([&bench] { return bench.bus.records().size() == 4; }));
  (*sources)->stop();
  for (const auto& record : bench.bus.records()) {
    const auto tick = wire::decode_tick(record.value.value_or(""));
    REQUIRE(tick);
    CHECK(tick->sources.size() == 2);
  }
}

TEST_CASE("with no source the daemon starts and stops all the same", "[ingest][sources]") {
  SourcesBench bench;
  auto sources = Sources::make(bench.config, bench.world());
  REQUIRE(sources);
  (*sources)->stop();
  REQUIRE((*sources)->start());
  CHECK((*sources)->receiver_port() == 0);
}

TEST_CASE("every fault of the settings, the plugins and their settings is told at once",
          "[ingest][sources]") {
  SourcesBench bench;
  SourceConfig failing = test::plain_source("/b");
  failing.transport.poll.url = "ftp://x";
  failing.settings_json = R"({"fail":1})";
  SourceConfig missing = hook_source("/b");
  missing.plugin = "not_there";
  bench.config.sources = {failing, missing};
  bench.config.devices["cam"] = {std::numeric_limits<double>::quiet_NaN(), 200, 0};
  bench.config.kinds.push_back({"x", "", "y"});
  std::vector<std::string> pointers;
  for (const auto& fault : check_all(bench.config)) {
    pointers.push_back(fault.pointer);
  }
  CHECK(pointers == std::vector<std::string>{"/sources/0/transport/url", "/sources/1/name",
                                             "/devices/cam/lat", "/devices/cam/lon",
                                             "/devices/cam/radius_m", "/kinds/1",
                                             "/sources/0/settings/zone",
                                             "/sources/0/settings/fields/0", "/sources/1/plugin"});
  const auto sources = Sources::make(bench.config, bench.world());
  REQUIRE_FALSE(sources);
  CHECK(sources.error().fault == Fault::bad_config);
  CHECK(sources.error().message.find("/sources/0/settings/zone: no such zone") !=
        std::string::npos);
}

TEST_CASE("names that differ in a letter that files cannot have get different files",
          "[ingest][sources]") {
  CHECK(file_stem_of("/a/b") != file_stem_of("/a_b"));
  CHECK(file_stem_of("/a/b").find('/') == std::string::npos);
}

}  // namespace fusiond::ingest
