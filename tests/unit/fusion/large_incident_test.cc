#include <catch2/catch.hpp>

#include "daemon/fusion/engine.h"
#include "daemon/wire/incident_bytes.h"
#include "tests/support/decoded.h"
#include "tests/support/event_builder.h"
#include "tests/support/small_association.h"

namespace fusiond::fusion {
namespace {

using support::EventBuilder;
using namespace std::chrono_literals;

constexpr std::size_t kMany = 4000;

struct Told {
  std::size_t records = 0;
  std::size_t bytes = 0;
  std::size_t largest = 0;
};

}  // namespace

TEST_CASE("an incident of thousands is told in part, and seldom", "[fusion][large]") {
  const wire::IncidentBytes writer;
  Engine engine{{support::small_association(), support::small_priorities(), {}, 1}, writer};
  Told told;
  for (std::size_t i = 0; i < kMany; ++i) {
    const Event event = EventBuilder("e" + std::to_string(i))
                            .at(Micros{static_cast<std::int64_t>(i) * 60'000'000 / kMany})
                            .kind("gunshot")
                            .near(0, 0)
                            .build();
    EventState state;
    state.deciding = event;
    for (const IncidentRecord& record :
         engine.apply(state, {"event", event.id, event.revision, {}, event.received})) {
      ++told.records;
      told.bytes += record.bytes.size();
      told.largest = std::max(told.largest, record.bytes.size());
    }
  }
  // One for each member of the first 257, then one per growth by an eighth.
  CHECK(told.records < 257 + 40);
  CHECK(told.largest < 400'000);
  CHECK(engine.stats().held_back > kMany - 300);
  const WallTime now = wall_time(support::kStartUs + 61'000'000);
  const Tick tick{now, {{SourceId{"cad"}, true, now, 15min}}};
  const auto at_tick = support::decoded(engine.tick(tick, {"tick", {}, 0, {}, now}));
  REQUIRE(at_tick.size() == 1);
  const IncidentContent& content = at_tick[0].content;
  CHECK(content == engine.incidents()[0]);
  CHECK(content.members_total == kMany);
  CHECK(content.members.size() == 256);
  CHECK(content.members_left_out.size() == kMany - 256);
  CHECK(content.members.front().source_event_id == "e0");
  CHECK(content.members.back().source_event_id == "e" + std::to_string(kMany - 1));
  CHECK(engine.tick(tick, {"tick", {}, 0, {}, now}).empty());
}

}  // namespace fusiond::fusion
