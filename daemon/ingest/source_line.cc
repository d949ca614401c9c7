#include "daemon/ingest/source_line.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "daemon/base/log.h"

namespace fusiond::ingest {
namespace {

constexpr std::chrono::milliseconds kSpoolFullWait{100};
constexpr std::uint32_t kGoodAgainAfter =
    100;  // deliveries without a fault after which a plugin is called up again

double seconds_of(Micros time) {
  return std::chrono::duration<double>(time).count();
}

PluginLimits limits_of(const IngestConfig& config) {
  PluginLimits limits;
  limits.parse_timeout = std::chrono::milliseconds(config.parse_timeout_ms);
  limits.max_restarts = config.max_plugin_restarts;
  limits.max_parts = config.max_parts_per_delivery;
  return limits;
}

}  // namespace

SourceLine::SourceLine(const SourceContext& context, SourceParts parts)
    : context_(context),
      config_(std::move(parts.config)),
      clock_(context.clock, parts.clock_kind),
      condition_(std::move(parts.on_change)),
      counters_(context.metrics, config_.name),
      host_(parts.library, config_.settings_json, limits_of(context.rules->config)),
      intake_(context.rules, config_, parts.library->build()),
      hangs_(counter("fusiond_plugin_hangs_total", "Deliveries whose parsing took too long")),
      failures_(counter("fusiond_plugin_failures_total", "Deliveries whose parsing threw")),
      clock_offset_(context.metrics.gauge("fusiond_clock_watch_offset_seconds",
                                          "Added to a source's own times because its clock is off",
                                          {{"source", config_.name}})),
      clock_error_(context.metrics.gauge("fusiond_clock_watch_error_seconds",
                                         "How well the reports agree with the offset",
                                         {{"source", config_.name}})) {}

Counter& SourceLine::counter(const std::string& name, const std::string& help, Labels labels) {
  labels.insert(labels.begin(), {"source", config_.name});
  return context_.metrics.counter(name, help, labels);
}

Result<std::size_t> SourceLine::accept(const Batch& batch, const Stop& stop) {
  Take take;
  const auto dealt = parse_and_judge(batch, take);
  if (!dealt) {
    return dealt;
  }
  if (!push(take, stop)) {
    return 0;
  }
  counters_.add(take);
  show_clock();
  for (std::size_t i = 0; i < *dealt; ++i) {
    clock_.close((*batch)[i].received);
  }
  if (*dealt > 0) {
    last_received_us_ = micros_of((*batch)[*dealt - 1].received);
  }
  return *dealt;
}

// Deliveries that must not be parsed are few; when a batch has one, it is split there.
Result<std::size_t> SourceLine::parse_and_judge(const Batch& batch, Take& take) {
  std::vector<Delivery> to_parse;
  const bool all_parsed = std::all_of(batch->begin(), batch->end(), [](const Delivery& delivery) {
    return delivery.reason.empty();
  });
  Batch parsed_batch = batch;
  if (!all_parsed) {
    std::copy_if(batch->begin(), batch->end(), std::back_inserter(to_parse),
                 [](const Delivery& delivery) { return delivery.reason.empty(); });
    parsed_batch = batch_of(std::move(to_parse));
  }
  const auto outcomes = host_.parse(parsed_batch);
  show_plugin();
  if (!outcomes) {
    condition_.say(Condition::Part::plugin, SourceState::down, outcomes.error().message);
    return fail(outcomes.error());
  }
  std::size_t dealt = 0;
  std::size_t used = 0;
  for (const Delivery& delivery : *batch) {
    if (!delivery.reason.empty()) {
      intake_.refuse(delivery, take);
    } else if (used < outcomes->size()) {
      intake_.take(delivery, (*outcomes)[used++], take);
    } else {
      break;
    }
    ++dealt;
  }
  return dealt;
}

bool SourceLine::push(const Take& take, const Stop& stop) {
  bool waited = false;
  while (true) {
    const auto pushed = context_.spool.push(take.records);
    if (pushed) {
      break;
    }
    waited = true;
    condition_.say(Condition::Part::spool, SourceState::degraded,
                   "held back, the spool takes nothing: " + pushed.error().message);
    if (stop.wait(kSpoolFullWait)) {
      return false;
    }
  }
  if (waited) {
    condition_.say(Condition::Part::spool, SourceState::up);
  }
  return true;
}

void SourceLine::show_clock() {
  const ClockEstimate& now = intake_.clock();
  if (now == clock_shown_) {
    return;
  }
  clock_shown_ = now;
  clock_offset_.set(seconds_of(now.offset));
  clock_error_.set(seconds_of(now.error));
  if (now.offset == Micros{0}) {
    return condition_.say(Condition::Part::clock, SourceState::up);
  }
  std::array<char, 128> why{};
  (void)std::snprintf(why.data(), why.size(),
                      "its clock is %s by %.1f s (± %.1f s); its times are corrected",
                      now.offset < Micros{0} ? "ahead" : "behind", std::abs(seconds_of(now.offset)),
                      seconds_of(now.error));
  condition_.say(Condition::Part::clock, SourceState::degraded, why.data());
}

void SourceLine::show_plugin() {
  const std::uint32_t hangs = host_.hangs() - hangs_seen_;
  const std::uint32_t failures = host_.failures() - failures_seen_;
  hangs_seen_ = host_.hangs();
  failures_seen_ = host_.failures();
  hangs_.add(hangs);
  failures_.add(failures);
  if (hangs + failures > 0) {
    good_in_a_row_ = 0;
    condition_.say(
        Condition::Part::plugin, SourceState::degraded,
        "the plugin failed or hung on a delivery, hangs: " + std::to_string(hangs_seen_) +
            ", failures: " + std::to_string(failures_seen_));
  } else if (++good_in_a_row_ == kGoodAgainAfter) {
    condition_.say(Condition::Part::plugin, SourceState::up);
  }
}

}  // namespace fusiond::ingest
