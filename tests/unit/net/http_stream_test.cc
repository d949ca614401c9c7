#include <future>

#include <catch2/catch.hpp>

#include "daemon/base/bounded_queue.h"
#include "daemon/net/http_client.h"
#include "daemon/net/http_server.h"
#include "tests/support/fake_metrics.h"
#include "tests/support/raw_socket.h"

using std::chrono_literals::operator""s;
using fusiond::BoundedQueue;
using fusiond::WhenFull;
using fusiond::net::EventStream;
using fusiond::net::HttpRequest;
using fusiond::net::HttpServer;
using fusiond::net::HttpServerConfig;
using fusiond::net::make_http_server;
using fusiond::test::FakeMetrics;
using fusiond::test::RawSocket;

namespace {

struct StreamTest {
  explicit StreamTest(const HttpServerConfig& config = {})
      : server(make_http_server(config, &metrics)) {
    server->stream("/stream", [this](const HttpRequest&, std::shared_ptr<EventStream> stream) {
      streams.push(std::move(stream));
    });
    REQUIRE(server->start());
  }
  RawSocket open(int receive_buffer = 0) {
    RawSocket socket = RawSocket::to(server->port(), receive_buffer);
    socket.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    return socket;
  }
  std::shared_ptr<EventStream> next() { return streams.pop(5s).value_or(nullptr); }
  [[nodiscard]] double closed(const std::string& reason) const {
    return metrics.value("fusiond_http_streams_closed_total", {{"reason", reason}});
  }

  FakeMetrics metrics;
  BoundedQueue<std::shared_ptr<EventStream>> streams{1000, WhenFull::refuse};
  std::unique_ptr<HttpServer> server;
};

// Waits until `stream` knows that it is closed: sends comments, as a heartbeat would.
bool ends(EventStream& stream) {
  const auto limit = std::chrono::steady_clock::now() + 5s;
  while (std::chrono::steady_clock::now() < limit) {
    if (stream.closed()) {
      return true;
    }
    std::this_thread::yield();
  }
  return false;
}

}  // namespace

TEST_CASE("a stream carries chunks as they come and ends with the last one", "[net][stream]") {
  StreamTest t;
  RawSocket socket = t.open();
  const auto stream = t.next();
  REQUIRE(stream);
  CHECK(socket.read_until("\r\n\r\n").find("Content-Type: text/event-stream\r\n") !=
        std::string::npos);
  CHECK(stream->send("data: 1\n\n"));
  CHECK(socket.read_until("1\n\n\r\n") == "9\r\ndata: 1\n\n\r\n");
  CHECK(stream->send("data: 2\n\n"));
  stream->close();
  CHECK(socket.read_all().ends_with("data: 2\n\n\r\n0\r\n\r\n"));
  CHECK_FALSE(stream->send("data: 3\n\n"));
  CHECK(t.closed("ended") == 1);
}

TEST_CASE("a stream whose reader left is closed without anything being sent", "[net][stream]") {
  StreamTest t;
  RawSocket socket = t.open();
  const auto stream = t.next();
  REQUIRE(stream);
  socket.close();
  CHECK(ends(*stream));
  CHECK(t.closed("left") == 1);
}

TEST_CASE("a reader that falls behind by more than the limit is cut off, the others are not",
          "[net][stream]") {
  StreamTest t({.max_stream_backlog_bytes = 1 << 20});
  RawSocket slow = t.open(4096);
  const auto slow_stream = t.next();
  RawSocket quick = t.open();
  const auto quick_stream = t.next();
  REQUIRE((slow_stream && quick_stream));
  const std::string chunk(100'000, 'x');
  int taken = 0;
  while (slow_stream->send(chunk) && taken < 1000) {
    ++taken;
  }
  CHECK(taken < 1000);
  CHECK(slow_stream->closed());
  CHECK(quick_stream->send("data: still here\n\n"));
  CHECK(quick.read_until("still here").ends_with("still here"));
  while (!slow.read_some().empty()) {
  }
  CHECK(t.closed("fell_behind") == 1);
  CHECK(t.metrics.value("fusiond_http_streams") <= 2);
}

TEST_CASE("the backlog of a stream falls as its reader reads", "[net][stream]") {
  StreamTest t;
  RawSocket socket = t.open(4096);
  const auto stream = t.next();
  REQUIRE(stream);
  for (int i = 0; i < 3; ++i) {
    CHECK(stream->send(std::string(1'000'000, 'x')));
  }
  CHECK(stream->backlog_bytes() > 0);
  stream->close();
  CHECK(socket.read_all().size() > 3'000'000);
  CHECK(stream->backlog_bytes() == 0);
}

TEST_CASE("a write that nobody reads ends at its deadline", "[net][stream]") {
  StreamTest t({.max_stream_backlog_bytes = 64 << 20, .idle_timeout_s = 1});
  RawSocket socket = t.open(4096);
  const auto stream = t.next();
  REQUIRE(stream);
  CHECK(stream->send(std::string(32 << 20, 'x')));
  CHECK(ends(*stream));
  CHECK(t.closed("fell_behind") == 1);
}

TEST_CASE("streams beyond the limit are refused, and a place is free again after one ended",
          "[net][stream]") {
  StreamTest t({.max_streams = 2});
  RawSocket first = t.open();
  const auto one = t.next();
  RawSocket second = t.open();
  const auto two = t.next();
  REQUIRE((one && two));
  RawSocket third = t.open();
  CHECK(third.read_until("\r\n\r\n").starts_with("HTTP/1.1 503 "));
  one->close();
  CHECK(first.read_all().ends_with("0\r\n\r\n"));
  first.close();
  RawSocket fourth = t.open();
  CHECK(fourth.read_until("\r\n\r\n").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("HEAD on a stream opens none", "[net][stream]") {
  StreamTest t;
  RawSocket socket = RawSocket::to(t.server->port());
  socket.send("HEAD /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(socket.read_all().starts_with("HTTP/1.1 200 "));
  CHECK(t.streams.size() == 0);
}

TEST_CASE("stop ends the streams after what is queued; a stream may outlive its server",
          "[net][stream]") {
  StreamTest t;
  RawSocket socket = t.open();
  const auto stream = t.next();
  REQUIRE(stream);
  CHECK(stream->send("data: last\n\n"));
  t.server->stop();
  CHECK(socket.read_all().ends_with("data: last\n\n\r\n0\r\n\r\n"));
  t.server.reset();
  CHECK(stream->closed());
  CHECK_FALSE(stream->send("data: late\n\n"));
  stream->close();
}

TEST_CASE("a reader that never reads does not hold up stop for long", "[net][stream]") {
  StreamTest t;
  RawSocket socket = t.open(4096);
  const auto stream = t.next();
  REQUIRE(stream);
  CHECK(stream->send(std::string(4'000'000, 'x')));
  const auto began = std::chrono::steady_clock::now();
  t.server->stop();
  CHECK(std::chrono::steady_clock::now() - began < 4s);
  CHECK(stream->closed());
}

TEST_CASE("many threads may send while readers come and go", "[net][stream]") {
  StreamTest t;
  std::vector<std::future<void>> senders;
  for (int i = 0; i < 4; ++i) {
    senders.push_back(std::async(std::launch::async, [&t] {
      for (int round = 0; round < 10; ++round) {
        RawSocket socket = t.open();
        const auto stream = t.next();
        for (int chunk = 0; stream && chunk < 200; ++chunk) {
          static_cast<void>(stream->send("data: " + std::to_string(chunk) + "\n\n"));
        }
        socket.close();
      }
    }));
  }
  for (auto& sender : senders) {
    sender.get();
  }
  t.server->stop();
  CHECK(t.metrics.value("fusiond_http_connections") == 0);
}

TEST_CASE("the client hands on a stream's bytes as they come until it has enough",
          "[net][stream]") {
  StreamTest t;
  std::string heard;
  auto call = std::async(std::launch::async, [&] {
    return fusiond::net::http_call(
        {.url = "http://127.0.0.1:" + std::to_string(t.server->port()) + "/stream",
         .on_body = [&](std::string_view bytes) {
           heard += bytes;
           return heard.find("data: 2") == std::string::npos;
         }});
  });
  const auto stream = t.next();
  REQUIRE(stream);
  CHECK(stream->send("data: 1\n\n"));
  CHECK(stream->send("data: 2\n\n"));
  REQUIRE(call.wait_for(5s) == std::future_status::ready);
  const auto answer = call.get();
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(heard == "data: 1\n\ndata: 2\n\n");
}
