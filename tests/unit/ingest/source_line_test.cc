#include "daemon/ingest/source_line.h"

#include <catch2/catch.hpp>

#include "daemon/ingest/ticker.h"
#include "ingest_bench.h"

namespace fusiond::ingest {

using test::body_of;
using test::kNow;
using test::LineBench;
using test::plain_event;

TEST_CASE("every part of every delivery is counted exactly once", "[ingest][counts]") {
  const test::HangScope hangs;
  LineBench bench;
  const auto dealt =
      bench.accept({body_of(plain_event("a")), "skip:null_row\nreject:wrong_type", "throw", "hang",
                    "", body_of(plain_event("")), "event:garbage", body_of(plain_event("b"))});
  CHECK(dealt.value() == 8);
  const SourceCounts counts = bench.line->counters().counts();
  CHECK(counts.deliveries == 8);
  CHECK(counts.admitted == 2);
  CHECK(counts.quarantined == 5);
  CHECK(counts.skipped == 2);
  CHECK(counts.parts == counts.admitted + counts.quarantined + counts.skipped);
  CHECK(bench.events().size() == 2);
  CHECK(bench.letters().size() == 5);
  CHECK(bench.quarantined("plugin_failed") == 1);
  CHECK(bench.quarantined("plugin_hung") == 1);
  CHECK(bench.quarantined("wrong_type") == 1);
  CHECK(bench.quarantined("no_id") == 1);
  CHECK(bench.quarantined("bad_event") == 1);
  CHECK(bench.skipped("null_row") == 1);
  CHECK(bench.skipped("empty") == 1);
  CHECK(bench.line->condition().state() == SourceState::degraded);
}

TEST_CASE("what a hanging or throwing plugin was given is kept whole in the dead letters",
          "[ingest][counts]") {
  const test::HangScope hangs;
  LineBench bench;
  REQUIRE(bench.accept({"throw", "hang"}));
  const auto letters = bench.letters();
  REQUIRE(letters.size() == 2);
  CHECK(test::letter_of(letters[0]).original == "throw");
  CHECK(test::letter_of(letters[1]).original == "hang");
  CHECK(test::letter_of(letters[1]).position == "test 1");
}

TEST_CASE(
    "a source is degraded after a plugin's failure and up again after a hundred good deliveries",
    "[ingest][health]") {
  LineBench bench;
  REQUIRE(bench.accept({"throw"}));
  CHECK(bench.line->condition().state() == SourceState::degraded);
  for (int i = 0; i < 100; ++i) {
    REQUIRE(bench.accept({"skip:a"}));
  }
  CHECK(bench.line->condition().state() == SourceState::up);
}

TEST_CASE("a source whose plugin hung too often is down and keeps what it was given unanswered",
          "[ingest][health]") {
  const test::HangScope hangs;
  LineBench bench;
  CHECK(bench.accept({"hang", "hang", "hang", "skip:a"}).value() == 3);
  CHECK_FALSE(bench.accept({"skip:a"}));
  CHECK(bench.line->condition().state() == SourceState::down);
  CHECK(bench.line->condition().why().find("hung too often") != std::string::npos);
  CHECK(bench.line->counters().counts().parts == 3);
}

TEST_CASE("a full spool holds a delivery back and nothing is counted until it is taken",
          "[ingest][spool]") {
  LineBench bench(test::plain_source(), test::plain_config(), 0);
  bench.stop.ask();
  CHECK(bench.accept({body_of(plain_event())}).value() == 0);
  CHECK(bench.line->counters().counts().deliveries == 0);
  CHECK(bench.metrics.value("fusiond_spool_full_total", {{"lane", "standard"}}) == 1);
  CHECK(bench.line->condition().state() == SourceState::degraded);
}

TEST_CASE("the ingest clock does not pass a delivery that is not in the spool yet",
          "[ingest][tick]") {
  LineBench bench;
  bench.clock.advance(std::chrono::seconds(5));
  CHECK(bench.line->clock().reached() == bench.clock.now());
  const WallTime stamp = bench.line->clock().stamp();
  bench.clock.advance(std::chrono::seconds(5));
  CHECK(bench.line->clock().reached() == stamp);
  bench.line->clock().close(stamp);
  CHECK(bench.line->clock().reached() == bench.clock.now());
}

TEST_CASE("a stamp is never before what was promised, though the wall clock steps back",
          "[ingest][tick]") {
  LineBench bench;
  const WallTime promised = bench.line->clock().reached();
  bench.clock.set(promised - std::chrono::hours(1));
  CHECK(bench.line->clock().stamp() >= promised);
  CHECK(bench.line->clock().reached() >= promised);
}

TEST_CASE("a tick goes to every partition and lists each source's state and clock",
          "[ingest][tick]") {
  LineBench bench;
  Ticker ticker(bench.context(), {bench.line.get()}, 3);
  ticker.tick();
  bench.line->condition().say(Condition::Part::transport, SourceState::down, "gone");
  ticker.tick();
  const auto records = bench.events();
  REQUIRE(records.size() == 6);
  CHECK(records[2].partition == 2U);
  const auto up = make_tick(bench.clock.now(), {bench.line.get()});
  REQUIRE(up.sources.size() == 1);
  CHECK_FALSE(up.sources[0].up);
  CHECK(up.sources[0].source.str() == "/cad/test");
  CHECK(up.sources[0].ingest_time == kNow);
  CHECK(up.sources[0].lateness == std::chrono::seconds(900));
}

TEST_CASE("a recorded file at its end holds the closing clock back no longer", "[ingest][tick]") {
  LineBench bench;
  bench.line->condition().say(Condition::Part::transport, SourceState::finished, "at its end");
  const auto tick = make_tick(bench.clock.now(), {bench.line.get()});
  CHECK(tick.sources.at(0).up);
  CHECK(tick.sources.at(0).ingest_time == kEndOfTime);
}

TEST_CASE("a tick that the spool does not take is counted and left out", "[ingest][tick]") {
  LineBench bench(test::plain_source(), test::plain_config(), 0);
  Ticker ticker(bench.context(), {bench.line.get()}, 1);
  ticker.tick();
  CHECK(bench.metrics.value("fusiond_ticks_missed_total") == 1);
  CHECK(bench.events().empty());
}

}  // namespace fusiond::ingest
