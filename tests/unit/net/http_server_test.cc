#include "daemon/net/http_server.h"

#include <atomic>
#include <future>
#include <stdexcept>

#include <catch2/catch.hpp>

#include "daemon/base/clock.h"
#include "tests/support/fake_metrics.h"
#include "tests/support/raw_socket.h"

using fusiond::Fault;
using fusiond::net::HttpRequest;
using fusiond::net::HttpResponse;
using fusiond::net::HttpServer;
using fusiond::net::HttpServerConfig;
using fusiond::net::make_http_server;
using fusiond::test::FakeMetrics;
using fusiond::test::RawSocket;

namespace {

struct ServerTest {
  explicit ServerTest(const HttpServerConfig& config = {})
      : server(make_http_server(config, &metrics)) {
    server->route("GET", "/hello", [](const HttpRequest& request) {
      return HttpResponse{.status = 200,
                          .headers = {{"Content-Type", "text/plain"}},
                          .body = "hello " + request.query.begin()->second};
    });
    server->route("POST", "/echo", [](const HttpRequest& request) {
      return HttpResponse{.status = 201,
                          .headers = {{"X-Type", request.headers.at("content-type")}},
                          .body = request.body};
    });
    server->route("GET", "/throws",
                  [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("no"); });
    server->route("GET", "/big", [](const HttpRequest&) {
      return HttpResponse{.status = 200, .body = std::string(8 << 20, 'x')};
    });
    REQUIRE(server->start());
  }

  [[nodiscard]] RawSocket open() const { return RawSocket::to(server->port()); }
  // Sends `text`, ends the sending side, returns everything that comes back.
  [[nodiscard]] std::string talk(const std::string& text) const {
    RawSocket socket = open();
    socket.send(text);
    socket.finish_writing();
    return socket.read_all();
  }
  [[nodiscard]] double refused(const std::string& reason) const {
    return metrics.value("fusiond_http_refused_total", {{"reason", reason}});
  }

  FakeMetrics metrics;
  std::unique_ptr<HttpServer> server;
};

bool starts(const std::string& text, const std::string& beginning) {
  return text.compare(0, beginning.size(), beginning) == 0;
}

}  // namespace

TEST_CASE("a request is answered with query, headers and body decoded", "[net][server]") {
  const ServerTest t;
  CHECK(t.talk("GET /hello?name=a%20b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9\r\nConnection: "
        "close\r\n\r\nhello a b");
  const std::string echo = t.talk(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nContent-Length: 3\r\nConnection: "
      "close\r\n\r\nabc");
  CHECK(starts(echo, "HTTP/1.1 201 Created\r\nX-Type: a/b\r\n"));
  CHECK(echo.ends_with("\r\n\r\nabc"));
}

TEST_CASE("a chunked body is put together", "[net][server]") {
  const ServerTest t;
  const std::string echo = t.talk(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nTransfer-Encoding: "
      "chunked\r\nConnection: close\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  CHECK(echo.ends_with("\r\n\r\nabcde"));
}

TEST_CASE("a connection is kept and answers requests that were sent ahead, in order",
          "[net][server]") {
  const ServerTest t;
  RawSocket socket = t.open();
  socket.send(
      "GET /hello?a=1 HTTP/1.1\r\nHost: x\r\n\r\nGET /hello?a=2 HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(socket.read_until("hello 1").find("keep-alive") != std::string::npos);
  CHECK(starts(socket.read_until("hello 2"), "HTTP/1.1 200"));
  socket.send("GET /hello?a=3 HTTP/1.0\r\n\r\n");
  CHECK(socket.read_all().find("Connection: close") != std::string::npos);
}

TEST_CASE("HEAD is GET without the body", "[net][server]") {
  const ServerTest t;
  const std::string answer =
      t.talk("HEAD /hello?a=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(answer.find("Content-Length: 7\r\n") != std::string::npos);
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE(
    "an unknown path is 404, another method 405 with the allowed ones, a handler that throws 500",
    "[net][server]") {
  const ServerTest t;
  CHECK(starts(t.talk("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 404 "));
  const std::string other = t.talk("DELETE /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(starts(other, "HTTP/1.1 405 "));
  CHECK(other.find("Allow: POST\r\n") != std::string::npos);
  CHECK(starts(t.talk("GET /throws HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 500 "));
}

TEST_CASE("a body beyond the limit is refused with 413, announced or chunked", "[net][server]") {
  const ServerTest t({.max_body_bytes = 1000});
  CHECK(starts(t.talk("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n"),
               "HTTP/1.1 413 "));
  CHECK(starts(
      t.talk("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n"),
      "HTTP/1.1 4"));
  std::string chunked = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 1000; ++i) {
    chunked += "400\r\n" + std::string(1024, 'x') + "\r\n";
  }
  CHECK(starts(t.talk(chunked), "HTTP/1.1 413 "));
  CHECK(t.refused("body_too_large") >= 2);
}

TEST_CASE("a header beyond the limit is refused with 431", "[net][server]") {
  const ServerTest t;
  CHECK(starts(t.talk("GET /hello HTTP/1.1\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n"),
               "HTTP/1.1 431 "));
  CHECK(t.refused("header_too_large") == 1);
}

TEST_CASE("garbage is refused with 400 and harms nobody", "[net][server]") {
  const ServerTest t;
  for (const std::string& text :
       {std::string("\r\n\r\n\r\nxyz\r\n\r\n"), std::string("\x16\x03\x01\x02\x00\x01\x00\x01", 8),
        std::string(5000, '\0'), std::string("GET /hello HTTP/9.9\r\n\r\n"),
        std::string("GET nothing HTTP/1.1\r\n\r\n"), std::string("GET /%zz HTTP/1.1\r\n\r\n"),
        std::string("GET /hello HTTP/1.1\r\nBad Name: x\r\n\r\n"),
        std::string("POST /echo HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
        std::string(
            "POST /echo HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc"),
        std::string("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n")}) {
    INFO(text);
    CHECK(starts(t.talk(text), "HTTP/1.1 400 "));
  }
  CHECK(starts(t.talk("GET /hello?a=1 HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 200 "));
}

TEST_CASE("half a request that ends is dropped and counted", "[net][server]") {
  const ServerTest t;
  CHECK(t.talk("GET /hello HTTP/1.1\r\nHo").empty());
  CHECK(t.talk("POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc").empty());
  CHECK(t.refused("broken_off") == 2);
}

TEST_CASE("a request that trickles in is given up at its deadline, however busy it looks",
          "[net][server]") {
  const ServerTest t({.idle_timeout_s = 30, .request_timeout_s = 1});
  RawSocket socket = t.open();
  socket.send("POST /echo HTTP/1.1\r\nContent-Length: 100000\r\n\r\n");
  const fusiond::SystemClock clock;
  const auto began = clock.mono();
  while (socket.send("x") && clock.mono() - began < std::chrono::seconds(4)) {
    clock.pause(std::chrono::milliseconds(50));
  }
  CHECK(clock.mono() - began < std::chrono::seconds(4));
  CHECK(t.refused("timed_out") == 1);
}

TEST_CASE("a client that asks before it sends the body is told to go on", "[net][server]") {
  const ServerTest t;
  RawSocket socket = t.open();
  socket.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nContent-Length: 3\r\nExpect: "
      "100-continue\r\n\r\n");
  CHECK(socket.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  socket.send("abc");
  CHECK(starts(socket.read_until("abc"), "HTTP/1.1 201"));
}

TEST_CASE("a new connection takes the place of the one that waited longest", "[net][server]") {
  const ServerTest t({.max_connections = 50});
  std::vector<RawSocket> half;
  for (int i = 0; i < 300; ++i) {
    half.push_back(t.open());
    half.back().send("GET /hello HTTP/1.1\r\n");
  }
  CHECK(starts(t.talk("GET /hello?a=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
               "HTTP/1.1 200 "));
  CHECK(t.metrics.value("fusiond_http_connections") <= 60);
  CHECK(t.refused("made_room") >= 200);
}

TEST_CASE("many connections at once are all answered", "[net][server]") {
  const ServerTest t;
  std::vector<RawSocket> sockets;
  for (int i = 0; i < 500; ++i) {
    sockets.push_back(t.open());
    sockets.back().send("GET /hello?a=" + std::to_string(i) +
                        " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  }
  int answered = 0;
  for (int i = 0; i < 500; ++i) {
    answered +=
        sockets[static_cast<std::size_t>(i)].read_all().ends_with("hello " + std::to_string(i)) ? 1
                                                                                                : 0;
  }
  CHECK(answered == 500);
}

TEST_CASE("stop lets an answer that is under way arrive, and is safe twice and without start",
          "[net][server]") {
  ServerTest t;
  RawSocket idle = t.open();
  RawSocket socket = RawSocket::to(t.server->port(), 4096);
  socket.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(starts(socket.read_until("\r\n\r\n"), "HTTP/1.1 200"));
  auto stopped = std::async(std::launch::async, [&] { t.server->stop(); });
  CHECK(socket.read_all().size() == 8U << 20);
  CHECK(idle.read_all().empty());
  stopped.get();
  t.server->stop();
  CHECK(RawSocket::to(t.server->port()).fd() == -1);
  make_http_server({})->stop();
}

TEST_CASE("a port that is taken and an address that is none are said at start", "[net][server]") {
  const ServerTest t;
  const auto taken = make_http_server({.address = "127.0.0.1", .port = t.server->port()})->start();
  REQUIRE_FALSE(taken);
  CHECK(taken.error().fault == Fault::unavailable);
  const auto none = make_http_server({.address = "nowhere"})->start();
  REQUIRE_FALSE(none);
  CHECK(none.error().fault == Fault::bad_config);
}
