#include "daemon/fuse/fusing.h"

#include <algorithm>
#include <span>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/fusion/closing_clock.h"
#include "daemon/wire/incident_wire.h"

namespace fusiond::fuse {
namespace {

// More would come due only where a stamp is wrong or a file has a hole; they are then spread
// evenly.
constexpr std::int64_t kTicksInAGap = 8640;

WallTime next_multiple(WallTime time, Micros step) {
  const std::int64_t us = micros_of(time);
  const std::int64_t rest = ((us % step.count()) + step.count()) % step.count();
  return wall_time(us - rest + step.count());
}

// As a consumer reads it.
Fusing::Answer read_back(std::span<const IncidentRecord> records) {
  Fusing::Answer answer;
  for (const IncidentRecord& record : records) {
    auto revision = wire::decode_incident(record.bytes);
    FUSIOND_CHECK(revision.has_value(), "the engine's own records can be read");
    answer.push_back(std::move(*revision));
  }
  return answer;
}

}  // namespace

Fusing::Fusing(FusingConfig config)
    : tick_every_(config.tick_every),
      router_(config.router),
      engine_(std::move(config.engine), incident_bytes_) {}

Fusing::Answer Fusing::tick_at(WallTime now, WallTime reached) {
  Tick tick;
  tick.ingest_time = now;
  for (const auto& [source, lateness] : lateness_) {
    tick.sources.push_back({source, true, reached, lateness});
  }
  ++ticks_;
  Answer answer = read_back(engine_.tick(tick, {"tick", EventId{}, 0, {0, offset_}, now}));
  if (const auto passed = fusion::passed_by_all(engine_.sources())) {
    (void)engine_.forget(router_.forget(*passed));
  }
  return answer;
}

void Fusing::tick_up_to(WallTime now, std::vector<Answer>& answers) {
  if (!begun_) {
    begun_ = true;
    now_ = now;
    next_tick_ = next_multiple(now, tick_every_);
    return;
  }
  if (now < next_tick_) {
    now_ = std::max(now_, now);
    return;
  }
  const Micros step = std::max(tick_every_, Micros{(now - next_tick_).count() / kTicksInAGap});
  for (; next_tick_ <= now; next_tick_ += step) {
    Answer answer = tick_at(next_tick_, next_tick_);
    if (!answer.empty()) {
      answers.push_back(std::move(answer));
    }
  }
  now_ = now;
  next_tick_ = next_multiple(now, tick_every_);
}

Fusing::Taken Fusing::take(const EventRef& record, std::uint64_t offset) {
  const Event& event = *record;
  Taken taken;
  offset_ = offset;
  tick_up_to(event.received, taken.answers);
  lateness_[event.source] = event.lateness;
  Routed routed = router_.take(record);
  taken.verdict = routed.verdict;
  taken.conflict = routed.conflict;
  if (routed.changed) {
    taken.answers.push_back(
        read_back(engine_.apply(std::move(*routed.changed),
                                {"event", event.id, event.revision, {0, offset}, event.received})));
  }
  return taken;
}

std::vector<Fusing::Answer> Fusing::take(const Word& word, std::uint64_t offset) {
  std::vector<Answer> answers;
  offset_ = offset;
  tick_up_to(word.said, answers);
  answers.push_back(
      read_back(engine_.apply(word, {"word", word.event, 0, {0, offset}, word.said, word})));
  return answers;
}

Fusing::Answer Fusing::finish() {
  return tick_at(now_, kEndOfTime);
}

}  // namespace fusiond::fuse
