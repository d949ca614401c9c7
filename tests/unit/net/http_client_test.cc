#include "daemon/net/http_client.h"

#include <catch2/catch.hpp>

#include "tests/support/raw_socket.h"

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using fusiond::Fault;
using fusiond::net::http_call;
using fusiond::net::HttpCall;
using fusiond::net::HttpResponse;
using fusiond::net::make_http_server;
using fusiond::test::RawServer;
using fusiond::test::RawSocket;

namespace {

// Answers one request with exactly `bytes`.
RawServer answers(std::string bytes) {
  return RawServer([bytes = std::move(bytes)](RawSocket& peer) {
    peer.read_until("\r\n\r\n");
    peer.send(bytes);
  });
}

std::string error_of(const fusiond::Result<HttpResponse>& result, Fault fault) {
  REQUIRE_FALSE(result);
  CHECK(result.error().fault == fault);
  return result.error().message;
}

std::string header_of(const HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) {
      return value;
    }
  }
  return {};
}

}  // namespace

TEST_CASE("a call brings status, headers and body", "[net][client]") {
  const RawServer server =
      answers("HTTP/1.1 404 Not Found\r\nETag: \"v1\"\r\nContent-Length: 4\r\n\r\nnone");
  const auto answer = http_call({.url = server.url()});
  REQUIRE(answer);
  CHECK(answer->status == 404);
  CHECK(header_of(*answer, "ETag") == "\"v1\"");
  CHECK(answer->body == "none");
}

TEST_CASE("a call goes out as it was asked for", "[net][client]") {
  std::string seen;
  std::uint16_t port = 0;
  {
    const RawServer server([&seen](RawSocket& peer) {
      seen = peer.read_until("abc");
      peer.send("HTTP/1.1 204 No Content\r\n\r\n");
    });
    port = server.port();
    const auto answer = http_call({.method = "POST",
                                   .url = server.url("/a?b=c#d"),
                                   .headers = {{"If-None-Match", "x"}},
                                   .body = "abc"});
    REQUIRE(answer);
    CHECK(answer->status == 204);
  }
  CHECK(seen == "POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                    "\r\nIf-None-Match: x\r\nUser-Agent: fusiond\r\nContent-Length: "
                    "3\r\nConnection: close\r\n\r\nabc");
}

TEST_CASE("a redirect is an answer", "[net][client]") {
  const RawServer server =
      answers("HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n");
  const auto answer = http_call({.url = server.url()});
  REQUIRE(answer);
  CHECK(answer->status == 302);
  CHECK(header_of(*answer, "Location") == "http://elsewhere/");
}

TEST_CASE("a chunked body is put together, one up to the end of the connection is whole",
          "[net][client]") {
  const RawServer chunked = answers(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
  CHECK(http_call({.url = chunked.url()})->body == "abcdefg");
  const RawServer open_ended = answers("HTTP/1.0 200 OK\r\n\r\nabc");
  CHECK(http_call({.url = open_ended.url()})->body == "abc");
}

TEST_CASE("interim answers are passed over, and answers without a body end at once",
          "[net][client]") {
  const RawServer interim =
      answers("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  CHECK(http_call({.url = interim.url()})->body == "ok");
  const RawServer head = answers("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  CHECK(http_call({.method = "HEAD", .url = head.url()})->body.empty());
  const RawServer unchanged = answers("HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n");
  CHECK(http_call({.url = unchanged.url()})->status == 304);
}

TEST_CASE("a body shorter than announced is unavailable and says how much came", "[net][client]") {
  const RawServer server = answers("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcd");
  CHECK(error_of(http_call({.url = server.url()}), Fault::unavailable)
            .find("broke off after 4 of 10 bytes") != std::string::npos);
}

TEST_CASE("the bytes of an answer that broke off are handed out when asked for", "[net][client]") {
  const RawServer server = answers("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcd");
  std::string came;
  CHECK_FALSE(http_call({.url = server.url(), .broken_off = &came}));
  CHECK(came == "abcd");
}

TEST_CASE("a chunked body without its end is unavailable", "[net][client]") {
  const RawServer server =
      answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  CHECK(error_of(http_call({.url = server.url()}), Fault::unavailable)
            .find("broke off after 3 bytes") != std::string::npos);
}

TEST_CASE("a body beyond the limit is bad input, announced or not", "[net][client]") {
  const RawServer announced =
      answers("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'));
  error_of(http_call({.url = announced.url(), .max_body_bytes = 100}), Fault::bad_input);
  const RawServer chunked = answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" +
                                    std::string(101, 'x') + "\r\n0\r\n\r\n");
  error_of(http_call({.url = chunked.url(), .max_body_bytes = 100}), Fault::bad_input);
  const RawServer open_ended = answers("HTTP/1.0 200 OK\r\n\r\n" + std::string(1'000'000, 'x'));
  error_of(http_call({.url = open_ended.url(), .max_body_bytes = 100}), Fault::bad_input);
}

TEST_CASE("what is no HTTP, or breaks off in the header, is unavailable", "[net][client]") {
  const RawServer garbage = answers("SSH-2.0-x\r\n\r\n");
  error_of(http_call({.url = garbage.url()}), Fault::unavailable);
  const RawServer half = answers("HTTP/1.1 200 OK\r\nConte");
  error_of(http_call({.url = half.url()}), Fault::unavailable);
  const RawServer nothing = answers("");
  error_of(http_call({.url = nothing.url()}), Fault::unavailable);
  const RawServer endless =
      answers("HTTP/1.1 200 OK\r\nX: " + std::string(200'000, 'x') + "\r\n\r\n");
  error_of(http_call({.url = endless.url()}), Fault::unavailable);
}

TEST_CASE("the time limit covers the whole call: a silent server and one that trickles",
          "[net][client]") {
  for (const std::string& first :
       {std::string(), std::string("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab")}) {
    const RawServer server([&first](RawSocket& peer) {
      peer.read_until("\r\n\r\n");
      peer.send(first);
      peer.read_some();  // until the client gives up
    });
    const auto began = std::chrono::steady_clock::now();
    CHECK(error_of(http_call({.url = server.url(), .timeout = 300ms}), Fault::unavailable)
              .find("timed out after 300 ms") != std::string::npos);
    CHECK(std::chrono::steady_clock::now() - began < 3s);
  }
}

TEST_CASE("a refused connection and a name that does not exist are unavailable", "[net][client]") {
  std::uint16_t free_port = 0;
  {
    const RawServer gone([](RawSocket&) {});
    free_port = gone.port();
    RawSocket::to(free_port);
  }
  error_of(http_call({.url = "http://127.0.0.1:" + std::to_string(free_port) + "/"}),
           Fault::unavailable);
  error_of(http_call({.url = "http://no-such-host.invalid/", .timeout = 2s}), Fault::unavailable);
}

TEST_CASE("a URL that is none, and a header that would break the request, are the config's fault",
          "[net][client]") {
  for (const auto* url : {"", "ftp://x/", "http://", "http:///x", "http://x:0/", "http://x:99999/",
                          "http://x:y/", "http://a b/", "http://x/\r\n", "http://u:p@x/"}) {
    INFO(url);
    error_of(http_call({.url = url}), Fault::bad_config);
  }
  error_of(http_call({.url = "http://127.0.0.1:9/", .headers = {{"A", "b\r\nC: d"}}}),
           Fault::bad_config);
  error_of(http_call({.method = "GET /", .url = "http://127.0.0.1:9/"}), Fault::bad_config);
}

TEST_CASE("our client and our server understand each other, by name as well", "[net][client]") {
  const auto server = make_http_server({});
  server->route("POST", "/echo", [](const fusiond::net::HttpRequest& request) {
    return HttpResponse{.status = 200, .body = request.body};
  });
  REQUIRE(server->start());
  const std::string body(500'000, 'x');
  const auto answer =
      http_call({.method = "POST",
                 .url = "http://localhost:" + std::to_string(server->port()) + "/echo",
                 .body = body});
  REQUIRE(answer);
  CHECK(answer->body == body);
  const auto refused =
      http_call({.method = "POST",
                 .url = "http://127.0.0.1:" + std::to_string(server->port()) + "/echo",
                 .body = std::string(8 << 20, 'x')});
  REQUIRE(refused);
  CHECK(refused->status == 413);
}
