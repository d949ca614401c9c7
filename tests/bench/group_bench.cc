// The engine alone in memory, as the `group` job of peers/esper runs: one thread, citygen's CSV
// parsed on the way, nothing durable. What an event comes to (the records of its incident, with all
// reasons) is written into memory and dropped.
//   group_bench --config FILE --csv FILE [--events 0 = all]
// Prints one line, key=value. cpu_s: user and system time of the whole process, as for its peer.
#include <cstdlib>
#include <span>
#include <utility>

#include "daemon/fusion/closing_clock.h"
#include "daemon/fusion/engine.h"
#include "daemon/route/router.h"
#include "daemon/wire/incident_bytes.h"
#include "tests/bench/city_stream.h"
#include "tests/bench/measured.h"

namespace fusiond::bench {
namespace {

class GroupBench {
 public:
  GroupBench(const config::Config& config, const Flags& flags)
      : stream_(flags.at("csv"), "", std::strtoull(flags.at("events").c_str(), nullptr, 10)),
        router_(config.route),
        engine_({.association = config.association, .priorities = config.rules, .versions = {}},
                writer_) {}

  Result<void> run() {
    while (true) {
      auto next = stream_.next_arrival();
      if (!next) {
        return fail(next.error());
      }
      if (!*next) {
        return {};
      }
      Arrival& arrival = **next;
      if (arrival.tick) {
        look_at(engine_.tick(*arrival.tick, {"tick", EventId{}, 0, {}, arrival.tick->ingest_time}));
        forget();
      } else {
        take(EventRef(std::move(*arrival.event)));
      }
    }
  }

  void print(double wall, double cpu) const {
    const auto events = static_cast<double>(stream_.events());
    std::printf(
        "events=%.0f seconds=%.3f per_second=%.0f cpu_s=%.3f per_cpu_second=%.0f peak_mib=%.0f "
        "changed=%llu revisions=%llu bytes=%llu\n",
        events, wall, events / wall, cpu, events / cpu, peak_mib(),
        static_cast<unsigned long long>(changed_), static_cast<unsigned long long>(revisions_),
        static_cast<unsigned long long>(bytes_));
  }

 private:
  void take(const EventRef& event) {
    Routed routed = router_.take(event);
    if (!routed.changed) {
      return;
    }
    ++changed_;
    look_at(engine_.apply(std::move(*routed.changed),
                          {"event", event->id, event->revision, {}, event->received}));
  }

  void forget() {
    if (const auto passed = fusion::passed_by_all(engine_.sources())) {
      (void)engine_.forget(router_.forget(*passed));
    }
  }

  void look_at(std::span<const IncidentRecord> records) {
    revisions_ += records.size();
    for (const IncidentRecord& record : records) {
      bytes_ += record.bytes.size();
    }
  }

  CityStream stream_;
  route::Router router_;
  wire::IncidentBytes writer_;
  fusion::Engine engine_;
  std::uint64_t changed_ = 0;
  std::uint64_t revisions_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace
}  // namespace fusiond::bench

int main(int count, char** words) {
  using namespace fusiond::bench;
  const auto flags = flags_of(count, words, {{"config", ""}, {"csv", ""}, {"events", "0"}});
  const auto loaded = flags ? load_config(flags->at("config")) : std::nullopt;
  if (!loaded) {
    return 2;
  }
  const double wall = seconds_on(CLOCK_MONOTONIC);
  GroupBench bench(loaded->config(), *flags);
  if (const auto done = bench.run(); !done) {
    std::fprintf(stderr, "group_bench: %s\n", done.error().message.c_str());
    return 1;
  }
  bench.print(seconds_on(CLOCK_MONOTONIC) - wall, seconds_on(CLOCK_PROCESS_CPUTIME_ID));
  return 0;
}
