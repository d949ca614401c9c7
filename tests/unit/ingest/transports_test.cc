#include <catch2/catch.hpp>

#include "daemon/base/sha256.h"
#include "daemon/ingest/poll_transport.h"
#include "daemon/ingest/webhook_transport.h"
#include "ingest_bench.h"

namespace fusiond::ingest {
namespace {

using test::body_of;
using test::eventually;
using test::kNow;
using test::letter_of;
using test::LineBench;
using test::plain_event;

SourceConfig polled() {
  SourceConfig source = test::plain_source("/cad/polled");
  source.transport.poll.url = "http://127.0.0.1/calls";
  source.transport.poll.headers = {{"X-App-Token", "t"}};
  return source;
}

// A poll's far end: answers what it is told, remembers what it was asked.
struct PollBench {
  Result<net::HttpResponse> answer = net::HttpResponse{};
  std::string came;  // before it broke off
  net::HttpCall asked;
  LineBench bench{polled()};
  PollTransport poll{*bench.line, [this](const net::HttpCall& call) {
                       asked = call;
                       if (!answer && call.broken_off != nullptr) {
                         *call.broken_off = came;
                       }
                       return answer;
                     }};
  double polls(const std::string& outcome) {
    return bench.metrics.value("fusiond_polls_total",
                               {{"source", "/cad/polled"}, {"outcome", outcome}});
  }
  SourceState state() { return bench.line->condition().state(); }
  std::string asked_header(const std::string& name) const {
    for (const auto& [key, value] : asked.headers) {
      if (key == name) {
        return value;
      }
    }
    return "";
  }
};

net::HttpResponse page(const std::string& body, int status = 200) {
  return {
      status,
      {{"ETag", "\"e1\""}, {"last-modified", "yesterday"}, {"Content-Type", "application/json"}},
      body};
}

net::HttpRequest post(const std::string& body) {
  net::HttpRequest request;
  request.method = "POST";
  request.path = "/ingest/cad/test";
  request.headers = {{"content-type", "application/json"}};
  request.body = body;
  request.remote = "127.0.0.1:5000";
  return request;
}

// A webhook whose queue outlives it, as it does a process.
struct HookBench {
  explicit HookBench(std::uint64_t waiting_bytes = 1 << 20) : waiting_bytes_(waiting_bytes) {}
  std::unique_ptr<WebhookTransport> open() {
    return std::make_unique<WebhookTransport>(
        *bench.line, std::make_unique<test::FakeSpool>(waiting_bytes_, disk));
  }
  std::shared_ptr<test::FakeSpool::Disk> disk = std::make_shared<test::FakeSpool::Disk>();
  LineBench bench;

 private:
  std::uint64_t waiting_bytes_;
};

}  // namespace

TEST_CASE("a poll asks for what changed and keeps validators of what was accepted only",
          "[ingest][poll]") {
  PollBench far;
  far.answer = page(body_of(plain_event()));
  CHECK(far.poll.poll(far.bench.stop));
  CHECK(far.asked_header("If-None-Match").empty());
  CHECK(far.asked_header("X-App-Token") == "t");
  CHECK(far.bench.events().size() == 1);
  far.answer = net::HttpResponse{304, {}, ""};
  CHECK(far.poll.poll(far.bench.stop));
  CHECK(far.asked_header("If-None-Match") == "\"e1\"");
  CHECK(far.asked_header("If-Modified-Since") == "yesterday");
  CHECK(far.bench.events().size() == 1);
  CHECK(far.polls("ok") == 1);
  CHECK(far.polls("not_modified") == 1);
  CHECK(far.bench.line->counters().counts().deliveries == 1);
}

TEST_CASE("a page that broke off is not parsed, its bytes are kept and the next poll goes on",
          "[ingest][poll]") {
  PollBench far;
  far.answer = Result<net::HttpResponse>(
      fail(Fault::unavailable, "the answer broke off after 9 of 20 bytes"));
  far.came = "skip:half";
  CHECK_FALSE(far.poll.poll(far.bench.stop));
  CHECK(far.polls("page_broken") == 1);
  CHECK(far.bench.quarantined("page_broken") == 1);
  REQUIRE(far.bench.letters().size() == 1);
  CHECK(letter_of(far.bench.letters()[0]).original == "skip:half");
  CHECK(letter_of(far.bench.letters()[0]).position == "poll 1");
  CHECK(far.bench.skipped("half") == 0);
  CHECK(far.state() == SourceState::degraded);
  far.answer = page("skip:whole");
  CHECK(far.poll.poll(far.bench.stop));
  CHECK(far.state() == SourceState::up);
}

TEST_CASE("a source is degraded by a failed poll, down after three and up after a good one",
          "[ingest][poll]") {
  PollBench far;
  far.answer = Result<net::HttpResponse>(fail(Fault::unavailable, "refused"));
  CHECK_FALSE(far.poll.poll(far.bench.stop));
  CHECK(far.state() == SourceState::degraded);
  far.answer = net::HttpResponse{500, {}, "oops"};
  CHECK_FALSE(far.poll.poll(far.bench.stop));
  CHECK_FALSE(far.poll.poll(far.bench.stop));
  CHECK(far.state() == SourceState::down);
  CHECK(far.bench.line->condition().why().find("HTTP status 500") != std::string::npos);
  CHECK(far.polls("unreachable") == 1);
  CHECK(far.polls("http_5xx") == 2);
  CHECK(far.bench.letters().empty());
  far.answer = net::HttpResponse{304, {}, ""};
  CHECK(far.poll.poll(far.bench.stop));
  CHECK(far.state() == SourceState::up);
}

TEST_CASE(
    "polls keep their interval within a twentieth and wait longer after failures, up to a bound",
    "[ingest][poll]") {
  PollBench far;
  far.answer = net::HttpResponse{304, {}, ""};
  for (int i = 0; i < 20; ++i) {
    far.poll.poll(far.bench.stop);
    CHECK(far.poll.next_wait() >= std::chrono::seconds(57));
    CHECK(far.poll.next_wait() <= std::chrono::seconds(64));
  }
  far.answer = net::HttpResponse{503, {}, ""};
  far.poll.poll(far.bench.stop);
  CHECK(far.poll.next_wait() == std::chrono::seconds(60));
  far.poll.poll(far.bench.stop);
  CHECK(far.poll.next_wait() == std::chrono::seconds(120));
  for (int i = 0; i < 40; ++i) {
    far.poll.poll(far.bench.stop);
  }
  CHECK(far.poll.next_wait() == std::chrono::seconds(300));
}

TEST_CASE("an answer beyond its limit is a dead letter named too_large", "[ingest][poll]") {
  PollBench far;
  far.answer =
      Result<net::HttpResponse>(fail(Fault::bad_input, "the answer is longer than 16777216 bytes"));
  CHECK_FALSE(far.poll.poll(far.bench.stop));
  CHECK(far.bench.quarantined("too_large") == 1);
}

TEST_CASE("a poll on its own thread stops at once", "[ingest][poll]") {
  PollBench far;
  far.answer = page("skip:a");
  far.poll.start();
  CHECK(eventually([&far] { return far.bench.line->counters().counts().deliveries == 1; }));
  far.poll.stop();
  far.poll.stop();
}

TEST_CASE("a webhook's body is answered with 202 once it is safe and parsed afterwards",
          "[ingest][webhook]") {
  HookBench hook;
  auto webhook = hook.open();
  CHECK(webhook->take(post(body_of(plain_event()))).status == 202);
  CHECK(hook.bench.events().empty());
  CHECK(hook.disk->entries.size() == 1);
  CHECK(webhook->work(hook.bench.stop).value() == 1);
  CHECK(hook.bench.events().size() == 1);
  CHECK(hook.disk->entries.empty());
}

TEST_CASE("what a webhook took before a restart is parsed with the stamp it had",
          "[ingest][webhook]") {
  HookBench hook;
  CHECK(hook.open()->take(post("reject:a")).status == 202);
  hook.bench.clock.advance(std::chrono::hours(1));
  auto webhook = hook.open();
  CHECK(hook.bench.line->clock().reached() == kNow);
  CHECK(webhook->work(hook.bench.stop).value() == 1);
  const auto letter = letter_of(hook.bench.letters().at(0));
  CHECK(letter.received == kNow);
  CHECK(letter.position == "POST 127.0.0.1:5000 row 1");
  CHECK(letter.content_type == "application/json");
}

TEST_CASE(
    "a webhook that can hold no more answers 503 with Retry-After and counts nothing as delivered",
    "[ingest][webhook]") {
  HookBench hook(200);
  auto webhook = hook.open();
  CHECK(webhook->take(post("skip:a")).status == 202);
  const auto refused = webhook->take(post(std::string(300, 'x')));
  CHECK(refused.status == 503);
  CHECK(refused.headers.back().first == "Retry-After");
  CHECK(hook.bench.metrics.value("fusiond_webhook_refused_total", {{"source", "/cad/test"}}) == 1);
  CHECK(webhook->work(hook.bench.stop).value() == 1);
  CHECK(hook.bench.line->clock().reached() == hook.bench.clock.now());
  CHECK(hook.bench.line->counters().counts().deliveries == 1);
}

TEST_CASE("a webhook's body beyond the limit is answered with 413 and kept as a dead letter, cut",
          "[ingest][webhook]") {
  HookBench hook;
  hook.bench.config.max_delivery_bytes = 1000;
  auto webhook = hook.open();
  const std::string giant((1 << 20) + 1, 'x');
  CHECK(webhook->take(post(giant)).status == 413);
  CHECK(webhook->work(hook.bench.stop).value() == 1);
  const auto letter = letter_of(hook.bench.letters().at(0));
  CHECK(letter.reason == "too_large");
  CHECK(letter.original.size() == 256 << 10);
  CHECK(letter.original_size_bytes == giant.size());
  CHECK(letter.original_sha256 == hex_of(sha256(giant)));
}

TEST_CASE("a webhook on its own thread takes and parses until it is stopped", "[ingest][webhook]") {
  HookBench hook;
  auto webhook = hook.open();
  webhook->start();
  for (int i = 0; i < 200; ++i) {
    CHECK(webhook->take(post("skip:a")).status == 202);
  }
  CHECK(eventually([&hook] { return hook.bench.line->counters().counts().deliveries == 200; }));
  webhook->stop();
  CHECK(hook.disk->entries.empty());
}

}  // namespace fusiond::ingest
