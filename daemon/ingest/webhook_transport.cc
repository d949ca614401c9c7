#include "daemon/ingest/webhook_transport.h"

#include <charconv>
#include <utility>
#include <vector>

#include "daemon/base/log.h"
#include "daemon/base/sha256.h"
#include "daemon/ingest/reasons.h"
#include "daemon/wire/records.h"

namespace fusiond::ingest {
namespace {

constexpr std::size_t kAtOnce = 64;
constexpr std::chrono::milliseconds kRingWait{200};
constexpr std::chrono::milliseconds kTroubleWait{1000};
constexpr const char* kRetryAfterS = "5";

// A delivery as it waits: the body is the value, the rest stands in headers.
ports::OutRecord record_of(Delivery delivery) {
  ports::OutRecord record;
  record.topic = "waiting";
  record.headers = {{"received_us", std::to_string(micros_of(delivery.received))},
                    {"content_type", std::move(delivery.content_type)},
                    {"position", std::move(delivery.position)}};
  if (!delivery.reason.empty()) {
    record.headers.emplace_back("reason", std::move(delivery.reason));
    record.headers.emplace_back("detail", std::move(delivery.detail));
    record.headers.emplace_back("full_size_bytes", std::to_string(delivery.full_size_bytes));
    record.headers.emplace_back("full_sha256", std::move(delivery.full_sha256));
  }
  record.value = std::move(delivery.body);
  return record;
}

template <class Number>
Number number_of(std::string_view text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Delivery delivery_of(const ports::OutRecord& record) {
  const auto header = [&record](std::string_view name) {
    return std::string(wire::header_of(record.headers, name).value_or(std::string_view{}));
  };
  Delivery delivery;
  delivery.body = record.value.value_or("");
  delivery.content_type = header("content_type");
  delivery.received = wall_time(number_of<std::int64_t>(header("received_us")));
  delivery.position = header("position");
  delivery.reason = header("reason");
  delivery.detail = header("detail");
  delivery.full_size_bytes = number_of<std::uint64_t>(header("full_size_bytes"));
  delivery.full_sha256 = header("full_sha256");
  return delivery;
}

net::HttpResponse answer(int status, const std::string& text) {
  net::HttpResponse response;
  response.status = status;
  response.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
  if (status == 503) {
    response.headers.emplace_back("Retry-After", kRetryAfterS);
  }
  response.body = text + "\n";
  return response;
}

}  // namespace

WebhookTransport::WebhookTransport(SourceLine& line, std::unique_ptr<ports::Spool> waiting)
    : line_(line),
      waiting_(std::move(waiting)),
      taken_(line.counter("fusiond_webhook_taken_total",
                          "Bodies that were made safe and answered with 202")),
      refused_(line.counter("fusiond_webhook_refused_total",
                            "Bodies answered with 503 because no more could wait")),
      waiting_bytes_(line.context().metrics.gauge("fusiond_webhook_waiting_bytes",
                                                  "Bytes that were taken and not parsed yet",
                                                  {{"source", line.config().name}})) {
  recall_stamps();
}

// The ingest clock must not pass a delivery that was taken before a restart.
void WebhookTransport::recall_stamps() {
  std::uint64_t from = 0;
  while (true) {
    const auto entries = waiting_->peek(from, kAtOnce);
    if (!entries || entries->empty()) {
      return;
    }
    for (const auto& entry : *entries) {
      line_.clock().open(delivery_of(entry.record).received);
      from = entry.sequence + 1;
    }
  }
}

void WebhookTransport::start() {
  task_.start("webhook-source", [this](const Stop& stop) {
    while (!stop.asked()) {
      const auto done = work(stop);
      if (!done) {
        stop.wait(kTroubleWait);
      } else if (*done == 0) {
        wait_for_ring();
      }
    }
  });
}

void WebhookTransport::stop() {
  task_.stop();
}

void WebhookTransport::ring() {
  {
    MutexLock lock(mutex_);
    rung_ = true;
  }
  changed_.notify_all();
}

bool WebhookTransport::wait_for_ring() {
  MutexLock lock(mutex_);
  changed_.wait_for(mutex_, kRingWait, [this]() REQUIRES(mutex_) { return rung_; });
  return std::exchange(rung_, false);
}

net::HttpResponse WebhookTransport::take(const net::HttpRequest& request) {
  const IngestConfig& config = line_.context().rules->config;
  Delivery delivery;
  if (const auto type = request.headers.find("content-type"); type != request.headers.end()) {
    delivery.content_type = type->second;
  }
  delivery.position = "POST " + request.remote;
  const std::uint64_t size = request.body.size();
  const bool too_large = size > config.max_delivery_bytes;
  if (too_large) {
    delivery.reason = reason::kTooLarge;
    delivery.detail = "a body may have " + std::to_string(config.max_delivery_bytes) +
                      " bytes, got: " + std::to_string(size);
    delivery.full_size_bytes = size;
    delivery.full_sha256 = hex_of(sha256(request.body));
    delivery.body = request.body.substr(0, config.dead_letter_max_bytes);
  } else {
    delivery.body = request.body;
  }
  delivery.received = line_.clock().stamp();
  const WallTime stamp = delivery.received;
  const auto pushed = waiting_->push({record_of(std::move(delivery))});
  if (!pushed) {
    line_.clock().close(stamp);
    refused_.add();
    return answer(503, pushed.error().fault == Fault::overloaded ? "too much is waiting already"
                                                                 : "cannot be made safe");
  }
  taken_.add();
  ring();
  return too_large ? answer(413, "too large") : answer(202, "accepted");
}

Result<std::size_t> WebhookTransport::work(const Stop& stop) {
  waiting_bytes_.set(static_cast<double>(waiting_->bytes()));
  const auto entries = waiting_->peek(0, kAtOnce);
  if (!entries) {
    line_.condition().say(Condition::Part::transport, SourceState::degraded,
                          entries.error().message);
    return fail(entries.error());
  }
  if (entries->empty()) {
    return 0;
  }
  std::vector<Delivery> deliveries;
  deliveries.reserve(entries->size());
  for (const auto& entry : *entries) {
    deliveries.push_back(delivery_of(entry.record));
  }
  const auto dealt = line_.accept(batch_of(std::move(deliveries)), stop);
  if (!dealt || *dealt == 0) {
    return dealt;
  }
  if (auto dropped = waiting_->drop((*entries)[*dealt - 1].sequence); !dropped) {
    log_error(
        "what was parsed cannot be dropped; it is parsed again, and its repeats are recognised",
        {{"source", line_.config().name}, {"why", dropped.error().message}});
    return fail(dropped.error());
  }
  return dealt;
}

}  // namespace fusiond::ingest
