// Puts the city's events into the log, as intake would, in the order of the file.
//   load_events --config FILE --csv FILE [--events 0 = all]
// Makes the topics. Prints one line, key=value.
#include <atomic>
#include <cstdlib>

#include "daemon/base/clock.h"
#include "daemon/bus/make_bus.h"
#include "daemon/bus/topics.h"
#include "daemon/ops/prometheus.h"
#include "tests/bench/city_stream.h"
#include "tests/bench/measured.h"

namespace fusiond::bench {
namespace {

constexpr std::chrono::milliseconds kPause{1};
constexpr std::chrono::minutes kPatience{2};

// Waits while the queue is full.
Result<void> append(ports::Bus& bus, const ports::OutRecord& record,
                    std::atomic<std::uint64_t>& refused) {
  const SystemClock clock;
  while (true) {
    auto queued = bus.append(record, [&refused](const auto& done) { refused += done ? 0 : 1; });
    if (queued || queued.error().fault != Fault::overloaded) {
      return queued;
    }
    clock.pause(kPause);
  }
}

Result<void> load(const config::Config& config, const Flags& flags) {
  std::atomic<std::uint64_t> refused{0};  // outlives the bus, which calls back until its end
  ops::PrometheusMetrics metrics;
  auto bus = bus::make_bus(config.bus, metrics);
  if (!bus) {
    return fail(bus.error());
  }
  if (auto made = (*bus)->ensure_topics(bus::topic_specs(config.bus)); !made) {
    return made;
  }
  CityStream stream(flags.at("csv"), bus::topic_names(config.bus.prefix).events,
                    std::strtoull(flags.at("events").c_str(), nullptr, 10));
  const double began = seconds_on(CLOCK_MONOTONIC);
  for (auto next = stream.next();; next = stream.next()) {
    if (!next) {
      return fail(next.error());
    }
    if (!*next) {
      break;
    }
    if (auto queued = append(**bus, **next, refused); !queued) {
      return queued;
    }
  }
  if (auto flushed = (*bus)->flush(kPatience); !flushed) {
    return flushed;
  }
  if (refused != 0) {
    return fail(Fault::unavailable, "the bus refused records: " + std::to_string(refused));
  }
  const double took = seconds_on(CLOCK_MONOTONIC) - began;
  std::printf("events=%llu ticks=%llu seconds=%.3f per_second=%.0f\n",
              static_cast<unsigned long long>(stream.events()),
              static_cast<unsigned long long>(stream.ticks()), took,
              static_cast<double>(stream.events()) / took);
  return {};
}

}  // namespace
}  // namespace fusiond::bench

int main(int count, char** words) {
  using namespace fusiond::bench;
  const auto flags = flags_of(count, words, {{"config", ""}, {"csv", ""}, {"events", "0"}});
  const auto loaded = flags ? load_config(flags->at("config")) : std::nullopt;
  if (!loaded) {
    return 2;
  }
  if (const auto done = load(loaded->config(), *flags); !done) {
    std::fprintf(stderr, "load_events: %s\n", done.error().message.c_str());
    return 1;
  }
  return 0;
}
