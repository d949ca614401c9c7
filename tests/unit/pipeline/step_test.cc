#include "daemon/pipeline/step.h"

#include <chrono>
#include <string>

#include <catch2/catch.hpp>

#include "daemon/wire/deadletter_wire.h"
#include "tests/support/fake_metrics.h"
#include "tests/unit/pipeline/pipeline_fixture.h"

namespace fusiond::pipeline {
namespace {

using namespace std::chrono_literals;
using support::EventBuilder;

class StepTest {
 public:
  explicit StepTest(StepConfig config = step_config())
      : step_(std::move(config), Restored{}, 7, metrics_) {}
  StepOutput run(const std::vector<ports::OutRecord>& records) {
    std::vector<ports::BusRecord> log;
    for (const auto& record : records) {
      log.push_back(in_log(record, offset_++));
    }
    return step_.run(log);
  }
  Step& step() { return step_; }
  double count(const std::string& name, const Labels& labels = {}) {
    return metrics_.value(name, labels);
  }

 private:
  test::FakeMetrics metrics_;
  Step step_;
  std::uint64_t offset_ = 0;
};

wire::DeadLetter letter_of(const StepOutput& output) {
  REQUIRE(output.batch.outbox.size() == 1);
  REQUIRE(output.batch.outbox[0].topic == "rtcc.deadletter.v1");
  auto letter = wire::decode_dead_letter(*output.batch.outbox[0].value);
  REQUIRE(letter.has_value());
  return *letter;
}

}  // namespace

TEST_CASE("an event opens an incident: one row, one incident, a change and a state to publish",
          "[pipeline][step]") {
  StepTest t;
  const Event event = EventBuilder("c1");
  const auto output = t.run({event_out(event)});
  REQUIRE(output.batch.journal.size() == 1);
  CHECK(output.batch.journal[0].first == event.id.str());
  const auto row = wire::decode_event_state(*output.batch.journal[0].second);
  REQUIRE(row.has_value());
  CHECK(row->deciding == event);
  REQUIRE(output.batch.incidents.size() == 1);
  CHECK(output.batch.incidents[0].first == incident_id_of(event.id).str());
  REQUIRE(output.batch.outbox.size() == 2);
  CHECK(output.batch.outbox[0].topic == "rtcc.incident-changes.v1");
  CHECK(output.batch.outbox[1].topic == "rtcc.incidents.v1");
  CHECK(output.batch.outbox[1].value == output.batch.incidents[0].second);
  const auto incident = wire::decode_incident(*output.batch.outbox[0].value);
  REQUIRE(incident.has_value());
  CHECK(incident->epoch == 7);
  CHECK(incident->revision == 1);
  CHECK(incident->cause.kind == "event");
  CHECK(incident->cause.event_id == event.id);
  const auto meta = wire::decode_shard_meta(output.batch.meta);
  REQUIRE(meta.has_value());
  CHECK(meta->next_offset == 1);
  CHECK(meta->epoch == 7);
  CHECK(output.received == std::vector<WallTime>{event.received});
  CHECK(t.count("fusiond_route_verdicts_total", {{"verdict", "admitted"}, {"source", "cad"}}) == 1);
  CHECK(t.count("fusiond_incidents_open") == 1);
  CHECK(t.count("fusiond_event_ids_remembered") == 1);
}

TEST_CASE("a repeat changes nothing but the offset, and is counted", "[pipeline][step]") {
  StepTest t;
  const Event event = EventBuilder("c1");
  (void)t.run({event_out(event)});
  const auto output = t.run({event_out(event), event_out(event)});
  CHECK(output.batch.outbox.empty());
  CHECK(output.batch.incidents.empty());
  CHECK(wire::decode_shard_meta(output.batch.meta)->next_offset == 3);
  CHECK(t.count("fusiond_route_verdicts_total", {{"verdict", "repeat"}, {"source", "cad"}}) == 2);
}

TEST_CASE("an id that changes often in a batch is written once, but every revision is published",
          "[pipeline][step]") {
  StepTest t;
  std::vector<ports::OutRecord> records;
  for (std::uint64_t revision = 1; revision <= 5; ++revision) {
    records.push_back(
        event_out(EventBuilder("c1").revision(revision).headline("h" + std::to_string(revision))));
  }
  const auto output = t.run(records);
  CHECK(output.batch.journal.size() == 1);
  CHECK(output.batch.incidents.size() == 1);
  CHECK(output.batch.outbox.size() == 2 * output.revisions);
  CHECK(output.revisions >= 2);
  CHECK(output.batch.outbox.back().value == output.batch.incidents[0].second);
}

TEST_CASE("a record that cannot be read goes to the dead letters with its bytes and its place",
          "[pipeline][step]") {
  StepTest t;
  ports::OutRecord broken = event_out(EventBuilder("c1"));
  broken.value = "no protobuf";
  const auto letter = letter_of(t.run({broken}));
  CHECK(letter.reason == "undecodable_event");
  CHECK(letter.original == "no protobuf");
  CHECK(letter.position == "rtcc.events.v1/0@0");
  CHECK(letter.source == SourceId{"cad"});
  CHECK(t.count("fusiond_shard_dead_letters_total", {{"reason", "undecodable_event"}}) == 1);
}

TEST_CASE("every kind of unusable record has its own reason, and the rest goes on",
          "[pipeline][step]") {
  StepTest t;
  CHECK(letter_of(t.run({{"rtcc.events.v1", "k", std::nullopt, {}, {}}})).reason == "no_value");
  CHECK(letter_of(t.run({{"rtcc.events.v1", "k", "v", {}, {}}})).detail == "no header ce_type");
  CHECK(letter_of(t.run({{"rtcc.events.v1", "k", "v", {{"ce_type", "other"}}, {}}})).reason ==
        "unknown_record_type");
  CHECK(letter_of(t.run({{"rtcc.events.v1", "k", "v", {{"ce_type", "fusiond.tick.v1"}}, {}}}))
            .reason == "undecodable_tick");
  const auto output = t.run({event_out(EventBuilder("c1"))});
  CHECK(output.revisions == 1);
  CHECK(t.step().next_offset() == 5);
}

TEST_CASE("an event too old to tell from a repeat is a dead letter of its own kind",
          "[pipeline][step]") {
  StepTest t;
  (void)t.run({event_out(EventBuilder("new").at(100h))});
  const Event old = EventBuilder("old").at(0s).by(100h);
  const auto letter = letter_of(t.run({event_out(old)}));
  CHECK(letter.reason == "forgotten");
  CHECK(letter.original == wire::encode_event(old));
  CHECK(t.count("fusiond_route_verdicts_total", {{"verdict", "forgotten"}, {"source", "cad"}}) ==
        1);
}

TEST_CASE("ids that are no longer remembered leave the journal", "[pipeline][step]") {
  StepTest t;
  const Event first = EventBuilder("first");
  (void)t.run({event_out(first)});
  const auto output = t.run({event_out(EventBuilder("later").at(200h))});
  const auto gone =
      std::pair<std::string, std::optional<std::string>>{first.id.str(), std::nullopt};
  CHECK(std::count(output.batch.journal.begin(), output.batch.journal.end(), gone) == 1);
  CHECK(t.step().event_ids() == 1);
}

TEST_CASE("a tick carries the sources' clocks into the state", "[pipeline][step]") {
  StepTest t;
  const auto output = t.run({tick_out(5min)});
  const auto meta = wire::decode_shard_meta(output.batch.meta);
  REQUIRE(meta->sources.size() == 1);
  CHECK(meta->sources[0].source == SourceId{"cad"});
  CHECK(t.count("fusiond_shard_records_total", {{"kind", "tick"}}) == 1);
}

TEST_CASE("records that were read before are skipped", "[pipeline][step]") {
  StepTest t;
  const auto record = in_log(event_out(EventBuilder("c1")), 0);
  CHECK(t.step().run({record}).revisions == 1);
  const auto again = t.step().run({record});
  CHECK(again.revisions == 0);
  CHECK(again.received.empty());
}

TEST_CASE("sources beyond the bound share one label", "[pipeline][step]") {
  StepConfig config = step_config();
  config.limits.source_labels = 1;
  StepTest t(config);
  (void)t.run({event_out(EventBuilder("a", "one")), event_out(EventBuilder("b", "two")),
               event_out(EventBuilder("c", "three"))});
  CHECK(t.count("fusiond_route_verdicts_total", {{"verdict", "admitted"}, {"source", "one"}}) == 1);
  CHECK(t.count("fusiond_route_verdicts_total", {{"verdict", "admitted"}, {"source", "other"}}) ==
        2);
}

TEST_CASE("the same records give the same batch, byte for byte, however they are cut into batches",
          "[pipeline][step]") {
  const auto log = mixed_log(20);
  test::FakeMetrics metrics;
  Step whole(step_config(), Restored{}, 7, metrics);
  Step cut(step_config(), Restored{}, 7, metrics);
  const auto all = whole.run(log);
  std::vector<ports::OutRecord> outbox;
  std::map<std::string, std::optional<std::string>> journal;
  std::string meta;
  for (const auto& record : log) {
    auto output = cut.run({record});
    outbox.insert(outbox.end(), output.batch.outbox.begin(), output.batch.outbox.end());
    for (auto& [key, value] : output.batch.journal) {
      journal[key] = value;
    }
    meta = output.batch.meta;
  }
  CHECK(meta == all.batch.meta);
  REQUIRE(outbox.size() == all.batch.outbox.size());
  for (std::size_t i = 0; i < outbox.size(); ++i) {
    REQUIRE(outbox[i].value == all.batch.outbox[i].value);
    REQUIRE(outbox[i].headers == all.batch.outbox[i].headers);
  }
  CHECK(std::vector<std::pair<std::string, std::optional<std::string>>>(
            journal.begin(), journal.end()) == all.batch.journal);
}

}  // namespace fusiond::pipeline
