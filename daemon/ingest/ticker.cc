#include "daemon/ingest/ticker.h"

#include <algorithm>
#include <utility>

#include "daemon/wire/records.h"

namespace fusiond::ingest {

namespace {

// Of a recorded source that has seen no stamp yet: it holds the closing clock where it is.
constexpr WallTime kNothingYet{Micros{1}};

}  // namespace

Tick make_tick(WallTime now, const std::vector<SourceLine*>& lines) {
  Tick tick;
  tick.ingest_time = now;
  for (SourceLine* line : lines) {
    const SourceState state = line->condition().state();
    SourceClock clock;
    clock.source = SourceId{line->config().name};
    clock.up = state != SourceState::down;
    clock.ingest_time = state == SourceState::finished
                            ? kEndOfTime
                            : std::max(line->clock().reached(), kNothingYet);
    clock.lateness = std::chrono::seconds(line->config().lateness_s);
    tick.sources.push_back(std::move(clock));
  }
  return tick;
}

Tick first_tick(WallTime now, const std::vector<SourceLine*>& lines,
                const std::vector<SourceLine*>& others) {
  Tick tick = make_tick(now, lines);
  for (SourceLine* line : others) {
    SourceClock clock;
    clock.source = SourceId{line->config().name};
    clock.up = true;
    clock.ingest_time = kNothingYet;
    clock.lateness = std::chrono::seconds(line->config().lateness_s);
    tick.sources.push_back(std::move(clock));
  }
  return tick;
}

Ticker::Ticker(const SourceContext& context, std::vector<SourceLine*> lines,
               std::uint32_t partitions)
    : context_(context),
      lines_(std::move(lines)),
      partitions_(partitions),
      ticks_(context.metrics.counter("fusiond_ticks_total", "Ticks that were put into the spool")),
      missed_(context.metrics.counter("fusiond_ticks_missed_total",
                                      "Ticks left out because the spool took nothing")) {}

void Ticker::start() {
  task_.start("ticker", [this](const Stop& stop) {
    const auto every = std::chrono::milliseconds(1000) * context_.rules->config.tick_every_s;
    while (!stop.wait(every)) {
      tick();
    }
  });
}

void Ticker::stop() {
  task_.stop();
}

void Ticker::tick() {
  say(make_tick(context_.clock.now(), lines_));
}

void Ticker::tick_first(const std::vector<SourceLine*>& others) {
  say(first_tick(context_.clock.now(), lines_, others));
}

void Ticker::say(const Tick& tick) {
  std::vector<ports::OutRecord> records;
  records.reserve(partitions_);
  for (std::uint32_t partition = 0; partition < partitions_; ++partition) {
    records.push_back(wire::tick_record(context_.rules->config.events_topic, partition, tick));
  }
  if (context_.spool.push(records)) {
    ticks_.add();
  } else {
    missed_.add();
  }
}

}  // namespace fusiond::ingest
