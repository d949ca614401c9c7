#include "daemon/ingest/poll_transport.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "daemon/base/sha256.h"
#include "daemon/ingest/reasons.h"

namespace fusiond::ingest {
namespace {

bool same_letters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::string header_of(const net::HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (same_letters(key, name)) {
      return value;
    }
  }
  return {};
}

}  // namespace

PollTransport::PollTransport(SourceLine& line, HttpCaller http)
    : line_(line),
      config_(line.config().transport.poll),
      http_(std::move(http)),
      heartbeat_(line.context().metrics.gauge(
          "fusiond_source_heartbeat_seconds",
          "Unix time at which the source last answered, if only that nothing is new",
          {{"source", line.config().name}})) {}

void PollTransport::start() {
  task_.start("poll-source", [this](const Stop& stop) {
    do {
      poll(stop);
    } while (!stop.wait(next_wait()));
  });
}

void PollTransport::stop() {
  task_.stop();
}

void PollTransport::count(const std::string& outcome) {
  line_.counter("fusiond_polls_total", "Polls by how they ended", {{"outcome", outcome}}).add();
}

std::chrono::milliseconds PollTransport::next_wait() const {
  const auto interval = std::chrono::milliseconds(1000) * config_.interval_s;
  if (failures_in_a_row_ > 0) {
    const auto longest =
        std::max(interval, std::chrono::milliseconds(1000) * config_.max_backoff_s);
    const std::uint32_t doublings = std::min(failures_in_a_row_ - 1, 16U);
    return std::min(longest, interval * (std::int64_t{1} << doublings));
  }
  const std::uint64_t chance =
      first_eight_of(sha256(line_.config().name + "/" + std::to_string(polls_)));
  const auto spread = static_cast<std::uint64_t>(interval.count() / 10 + 1);
  return interval - interval / 20 + std::chrono::milliseconds(chance % spread);
}

net::HttpCall PollTransport::call() const {
  net::HttpCall call;
  call.url = config_.url;
  call.headers = config_.headers;
  if (!etag_.empty()) {
    call.headers.emplace_back("If-None-Match", etag_);
  }
  if (!last_modified_.empty()) {
    call.headers.emplace_back("If-Modified-Since", last_modified_);
  }
  call.timeout = std::chrono::milliseconds(1000) * config_.timeout_s;
  call.max_body_bytes = config_.max_body_bytes;
  return call;
}

bool PollTransport::poll(const Stop& stop) {
  ++polls_;
  net::HttpCall asked = call();
  broken_.clear();
  asked.broken_off = &broken_;
  auto response = http_(asked);
  if (stop.asked()) {
    return false;
  }
  return response ? answered(std::move(*response), stop) : failed(response.error(), stop);
}

bool PollTransport::note_failure(const std::string& why) {
  ++failures_in_a_row_;
  const bool down = failures_in_a_row_ >= config_.down_after_polls;
  line_.condition().say(
      Condition::Part::transport, down ? SourceState::down : SourceState::degraded,
      "polls failed in a row: " + std::to_string(failures_in_a_row_) + "; " + why);
  return false;
}

bool PollTransport::failed(const Error& error, const Stop& stop) {
  if (error.fault == Fault::unavailable && broken_.empty()) {
    count("unreachable");
    return note_failure(error.message);
  }
  if (error.fault == Fault::bad_config) {
    count("bad_config");
    return note_failure(error.message);
  }
  // Something came, and it must not be parsed: a part of a page would look like a page that lacks
  // rows.
  const bool too_large = error.fault == Fault::bad_input;
  Delivery delivery;
  delivery.reason = too_large ? reason::kTooLarge : reason::kPageBroken;
  delivery.detail = error.message;
  delivery.body = std::move(broken_);
  count(delivery.reason);
  take(std::move(delivery), stop);
  return note_failure(error.message);
}

bool PollTransport::answered(net::HttpResponse response, const Stop& stop) {
  if (response.status != 200 && response.status != 304) {
    count("http_" + std::to_string(response.status / 100) + "xx");
    return note_failure("HTTP status " + std::to_string(response.status) + " from " + config_.url);
  }
  failures_in_a_row_ = 0;
  heartbeat_.set(
      std::chrono::duration<double>(line_.context().clock.now().time_since_epoch()).count());
  line_.condition().say(Condition::Part::transport, SourceState::up);
  if (response.status == 304) {
    count("not_modified");
    return true;
  }
  count("ok");
  Delivery delivery;
  delivery.content_type = header_of(response, "content-type");
  delivery.body = std::move(response.body);
  if (!take(std::move(delivery), stop)) {
    return false;
  }
  keep_validators(response);
  return true;
}

bool PollTransport::take(Delivery delivery, const Stop& stop) {
  delivery.received = line_.clock().stamp();
  delivery.position = "poll " + std::to_string(polls_);
  const WallTime stamp = delivery.received;
  std::vector<Delivery> one;
  one.push_back(std::move(delivery));
  const auto dealt = line_.accept(batch_of(std::move(one)), stop);
  line_.clock().close(stamp);
  return dealt.value_or(0) == 1;
}

void PollTransport::keep_validators(const net::HttpResponse& response) {
  etag_ = header_of(response, "etag");
  last_modified_ = header_of(response, "last-modified");
}

}  // namespace fusiond::ingest
