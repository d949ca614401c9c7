// The console as a page sees it: over HTTP, on a real socket.
#include "daemon/console/api.h"

#include <filesystem>
#include <fstream>

#include "daemon/console/server.h"
#include "daemon/net/http_client.h"
#include "tests/support/raw_socket.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/console/console_fixture.h"

namespace fusiond::console {
namespace {

using net::http_call;
using net::HttpResponse;
using test::RawSocket;

struct ConsoleTest {
  ConsoleTest() {
    std::ofstream(folder.path() + "/index.html") << "<html>page</html>";
    config.listen_port = 0;
    config.heartbeat_ms = 50;
    config.web_dir = folder.path();
    restart();
  }
  void restart() {
    server.reset();
    server = std::make_unique<Server>(
        config, kTopic, HubParts{.bus = log.bus, .clock = log.clock, .metrics = log.metrics},
        DaemonView{.live = [] { return std::pair(200, std::string("{\"status\":\"ok\"}")); },
                   .ready = [] { return std::pair(503, std::string("{\"status\":\"down\"}")); },
                   .metrics = [] { return std::string("x_total 1\n"); },
                   .sources = [] { return std::string("[{\"name\":\"cad\"}]"); },
                   .versions = {{"software", "0.1.0"}, {"rules", "r1"}},
                   .explain = [](const std::string& record,
                                 const DaemonView::Records& other) -> Result<std::string> {
                     if (record.find("\"incident_id\":\"a\"") == std::string::npos) {
                       return fail(Fault::bad_input, "not a");
                     }
                     return std::string("{\"b_known\":") + (other("b") ? "true}" : "false}");
                   }});
    REQUIRE(server->start());
    config.listen_port = server->port();  // a restart comes back at the same address
    settle();
  }
  void settle() {
    const std::string end = "0:" + std::to_string(log.bus.extent(kTopic, 0)->end);
    REQUIRE(eventually(
        [&] { return server->hub().status().caught_up && server->hub().status().cursor == end; }));
  }
  [[nodiscard]] HttpResponse get(const std::string& path) const {
    auto answer = http_call({.url = "http://127.0.0.1:" + std::to_string(server->port()) + path});
    REQUIRE(answer);
    return *answer;
  }
  [[nodiscard]] RawSocket stream(const std::string& query, const std::string& headers = "") const {
    RawSocket socket = RawSocket::to(server->port());
    socket.send("GET /api/v1/stream" + query + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
    return socket;
  }

  Log log;
  test::TempFolder folder;
  ConsoleConfig config;
  std::unique_ptr<Server> server;
};

std::string header_of(const HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) {
      return value;
    }
  }
  return {};
}

}  // namespace

TEST_CASE("the snapshot holds the active incidents and the cursor of what follows",
          "[console][api]") {
  ConsoleTest t;
  CHECK(t.get("/api/v1/incidents").body.find("\"incidents\":[]}") != std::string::npos);
  t.log.append({.id = "a"});
  t.log.append({.id = "b", .state = IncidentState::closed});
  t.settle();
  const auto answer = t.get("/api/v1/incidents");
  CHECK(answer.status == 200);
  CHECK(header_of(answer, "Content-Type") == "application/json");
  CHECK(header_of(answer, "Cache-Control") == "no-store");
  CHECK(member(answer.body, "cursor") == "0:2");
  CHECK(answer.body.find("\"incident_id\":\"a\"") != std::string::npos);
  CHECK(answer.body.find("\"incident_id\":\"b\"") == std::string::npos);
  CHECK(t.get("/api/v1/incidents?all=1").body.find("\"incident_id\":\"b\"") != std::string::npos);
}

TEST_CASE("an incident is explained by whoever knows the words, who may ask for others",
          "[console][api]") {
  ConsoleTest t;
  t.log.append({.id = "a"});
  t.settle();
  CHECK(t.get("/api/v1/incidents/a/explain").body == "{\"b_known\":false}\n");
  t.log.append({.id = "b"});
  t.settle();
  CHECK(t.get("/api/v1/incidents/a/explain").body == "{\"b_known\":true}\n");
  CHECK(t.get("/api/v1/incidents/b/explain").status == 500);
  CHECK(t.get("/api/v1/incidents/c/explain").status == 404);
}

TEST_CASE("an incident is shown at its newest, with the revisions that are still kept",
          "[console][api]") {
  ConsoleTest t;
  t.log.append({.id = "a", .title = "first"});
  t.log.append({.id = "a", .revision = 2, .title = "second"});
  t.settle();
  CHECK(member(t.get("/api/v1/incidents/a").body, "title") == "second");
  CHECK(member(t.get("/api/v1/incidents/a").body, "state") == "INCIDENT_STATE_OPEN");
  const std::string revisions = t.get("/api/v1/incidents/a/revisions").body;
  CHECK(revisions.find("first") < revisions.find("second"));
  for (const auto* path : {"/api/v1/incidents/b", "/api/v1/incidents/b/revisions",
                           "/api/v1/incidents/", "/api/v1/nothing"}) {
    const auto none = t.get(path);
    CHECK(none.status == 404);
    CHECK(header_of(none, "Content-Type") == "application/problem+json");
  }
}

TEST_CASE("a stream tells each change as it comes, in the form of server-sent events",
          "[console][api]") {
  ConsoleTest t;
  RawSocket socket = t.stream("");
  CHECK(socket.read_until("event: heartbeat").find("retry: 1000\n\n") != std::string::npos);
  t.log.append({.id = "a"});
  const std::string text = socket.read_until("\"incident_id\":\"a\"");
  CHECK(text.find("id: 0:1\nevent: incident\ndata: {") != std::string::npos);
}

TEST_CASE("a stream resumes after the header's cursor, else after that of the address",
          "[console][api]") {
  ConsoleTest t;
  for (const auto* id : {"a", "b", "c"}) {
    t.log.append({.id = id});
  }
  t.settle();
  RawSocket by_query = t.stream("?cursor=0%3A1");
  CHECK(by_query.read_until("id: 0:3\n").find("id: 0:2\n") != std::string::npos);
  RawSocket by_header = t.stream("?cursor=0:1", "Last-Event-ID: 0:2\r\n");
  CHECK(by_header.read_until("id: 0:3\n").find("id: 0:2\n") == std::string::npos);
  RawSocket unknown = t.stream("?cursor=nonsense");
  CHECK(unknown.read_until("event: reset").ends_with("id: 0:3\nevent: reset"));
}

TEST_CASE("a page goes on after a restart of the daemon without a gap", "[console][api]") {
  ConsoleTest t;
  RawSocket before = t.stream("");
  before.read_until("event: heartbeat");
  t.log.append({.id = "a"});
  before.read_until("id: 0:1\n");
  t.log.append({.id = "b"});
  t.restart();
  t.log.append({.id = "c"});
  RawSocket after = t.stream("", "Last-Event-ID: 0:1\r\n");
  const std::string text = after.read_until("\"incident_id\":\"c\"");
  CHECK(text.find("\"incident_id\":\"b\"") != std::string::npos);
  CHECK(text.find("\"incident_id\":\"a\"") == std::string::npos);
}

TEST_CASE("status, metrics and health are there, and health decides its own status",
          "[console][api]") {
  ConsoleTest t;
  const std::string status = t.get("/api/v1/status").body;
  CHECK(
      status.find(
          "\"versions\":{\"rules\":\"r1\",\"software\":\"0.1.0\"},\"health\":{\"status\":\"down\"},"
          "\"sources\":[{\"name\":\"cad\"}],\"hub\":{\"cursor\":\"0:0\",\"caught_up\":true,\"log_"
          "ok\":true,") != std::string::npos);
  CHECK(t.get("/metrics").body == "x_total 1\n");
  CHECK(t.get("/health/live").status == 200);
  CHECK(t.get("/health/ready").status == 503);
}

TEST_CASE("everything else is the page, and nobody leaves its folder", "[console][api]") {
  ConsoleTest t;
  CHECK(t.get("/").body == "<html>page</html>");
  CHECK(t.get("/%2e%2e/%2e%2e/etc/passwd").status == 404);
  CHECK(t.get("/..%2f..%2fetc%2fhosts.txt").status == 404);
  const auto post = http_call(
      {.method = "POST",
       .url = "http://127.0.0.1:" + std::to_string(t.server->port()) + "/api/v1/incidents"});
  REQUIRE(post);
  CHECK(post->status == 405);
}

TEST_CASE("without a log the snapshot is 503 and says when to come back", "[console][api]") {
  Log log;
  ConsoleConfig config;
  config.listen_port = 0;
  Server server(config, "test.absent", {.bus = log.bus, .clock = log.clock, .metrics = log.metrics},
                {});
  REQUIRE(server.start());
  const auto answer =
      http_call({.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/api/v1/incidents"});
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK(header_of(*answer, "Retry-After") == "1");
}

TEST_CASE("a console whose port is taken does not start", "[console][api]") {
  ConsoleTest t;
  Server second(t.config, kTopic,
                {.bus = t.log.bus, .clock = t.log.clock, .metrics = t.log.metrics}, {});
  CHECK(second.start().error().fault == Fault::unavailable);
}

}  // namespace fusiond::console
