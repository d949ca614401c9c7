#include "daemon/net/http_text.h"

#include <catch2/catch.hpp>

using fusiond::net::http_problem;
using fusiond::net::HttpRequest;
using fusiond::net::HttpResponse;
using fusiond::net::parse_target;
using fusiond::net::response_head;
using fusiond::net::Routes;

TEST_CASE("a target is decoded into its path and its query", "[net]") {
  const auto target = parse_target("/a%20b/c?x=1%262&y=a+b&flag&x=3#part");
  REQUIRE(target);
  CHECK(target->path == "/a b/c");
  CHECK(target->query.at("x") == "3");
  CHECK(target->query.at("y") == "a b");
  CHECK(target->query.at("flag").empty());
}

TEST_CASE("a target in absolute form is taken by its path", "[net]") {
  CHECK(parse_target("http://host:1/x?y=z")->path == "/x");
  CHECK(parse_target("http://host")->path == "/");
}

TEST_CASE("a target that is none is refused", "[net]") {
  for (const auto* text : {"", "*", "x", "host:80", "/%", "/%2", "/%zz", "/%00", "/a?b=%G1"}) {
    INFO(text);
    CHECK_FALSE(parse_target(text));
  }
}

TEST_CASE("an encoded way up is decoded, so that whoever serves files sees it", "[net]") {
  CHECK(parse_target("/%2e%2e%2fetc/passwd")->path == "/../etc/passwd");
}

TEST_CASE("a header value cannot start a header of its own", "[net]") {
  const std::string head = response_head(
      {.status = 200, .headers = {{"X-A", "1\r\nX-B: 2"}}, .body = "hi"}, true, false);
  CHECK(head.find("\r\nX-B") == std::string::npos);
  CHECK(head.find("Content-Length: 2\r\n") != std::string::npos);
}

TEST_CASE("a problem is valid JSON whatever its detail holds", "[net]") {
  const auto problem = http_problem(404, "no \"such\" thing \xff\n");
  CHECK(problem.status == 404);
  CHECK(problem.body ==
        "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
        "\"detail\":\"no \\\"such\\\" thing \xEF\xBF\xBD\\n\"}\n");
}

TEST_CASE("the longest route wins, HEAD falls back to GET, another method is named", "[net]") {
  Routes routes;
  const auto handler = [](const HttpRequest&) { return HttpResponse{}; };
  routes.add({.method = "GET", .path = "/*", .handler = handler});
  routes.add({.method = "GET", .path = "/api/*", .handler = handler});
  routes.add({.method = "GET", .path = "/api/v1", .handler = handler});
  routes.add({.method = "POST", .path = "/hooks/a", .handler = handler});
  CHECK(routes.find("GET", "/x").entry->path == "/*");
  CHECK(routes.find("GET", "/api/v1").entry->path == "/api/v1");
  CHECK(routes.find("GET", "/api/v1/y").entry->path == "/api/*");
  CHECK(routes.find("HEAD", "/api/v1").entry->path == "/api/v1");
  CHECK(routes.find("POST", "/hooks/a").entry->path == "/hooks/a");
  CHECK(routes.find("PUT", "/hooks/a").entry == nullptr);
  CHECK(routes.find("PUT", "/hooks/a").allowed == "GET, HEAD, POST");
}
