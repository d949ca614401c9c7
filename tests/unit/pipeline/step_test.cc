#include "daemon/pipeline/step.h"

#include <chrono>
#include <string>

#include <catch2/catch.hpp>

#include "daemon/wire/deadletter_wire.h"
#include "daemon/wire/rules_wire.h"
#include "daemon/wire/state_wire.h"
#include "daemon/wire/told_wire.h"
#include "tests/support/fake_metrics.h"
#include "tests/support/fake_state_store.h"
#include "tests/support/state_rows.h"
#include "tests/unit/pipeline/pipeline_fixture.h"

namespace fusiond::pipeline {
namespace {

using namespace std::chrono_literals;
using ports::RowKind;
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
  void skip(std::uint64_t offsets) { offset_ += offsets; }
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
  REQUIRE(output.batch->items.size() == 1);
  const auto record = wire::decode_out_record(output.batch->bytes);
  REQUIRE(record.has_value());
  REQUIRE(record->topic == "rtcc.deadletter.v1");
  auto letter = wire::decode_dead_letter(*record->value);
  REQUIRE(letter.has_value());
  return *letter;
}

}  // namespace

TEST_CASE("an event opens an incident: a row of each, and one revision to publish",
          "[pipeline][step]") {
  StepTest t;
  const Event event = EventBuilder("c1");
  const auto output = t.run({event_out(event)});
  REQUIRE(output.batch->rows.size() == 2);
  CHECK(output.batch->rows[0].kind == RowKind::event);
  CHECK(output.batch->rows[0].id == test::uuid_of(event.id.str()));
  const auto row = wire::decode_event_state(output.batch->bytes_of(output.batch->rows[0]));
  REQUIRE(row.has_value());
  CHECK(row->deciding == event);
  REQUIRE(output.batch->items.size() == 1);
  const ports::Row& item = output.batch->items[0];
  CHECK(item.kind == RowKind::revision);
  CHECK(item.id == test::uuid_of(incident_id_of(event.id).str()));
  CHECK(item.epoch == 7);
  CHECK(item.revision == 1);
  const auto incident = wire::decode_incident(output.batch->bytes_of(item));
  REQUIRE(incident.has_value());
  CHECK(incident->epoch == 7);
  CHECK(incident->revision == 1);
  CHECK(micros_of(incident->updated) == item.updated_us);
  const ports::Row& kept = output.batch->rows[1];
  CHECK(kept.kind == RowKind::told);
  CHECK(kept.id == item.id);
  const auto told = wire::decode_told(output.batch->bytes_of(kept));
  REQUIRE(told.has_value());
  CHECK(*told == wire::told_of(*incident));
  CHECK(incident->cause.kind == "event");
  CHECK(incident->cause.event_id == event.id);
  const auto meta = wire::decode_shard_meta(output.batch->meta);
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
  CHECK(output.batch->items.empty());
  CHECK(output.batch->rows.empty());
  CHECK(wire::decode_shard_meta(output.batch->meta)->next_offset == 3);
  CHECK(t.count("fusiond_route_verdicts_total", {{"verdict", "repeat"}, {"source", "cad"}}) == 2);
}

TEST_CASE(
    "an id that changes often in a batch is not written each time, but every revision is published",
    "[pipeline][step]") {
  StepTest t;
  std::vector<ports::OutRecord> records;
  for (std::uint64_t revision = 1; revision <= 5; ++revision) {
    records.push_back(
        event_out(EventBuilder("c1").revision(revision).headline("h" + std::to_string(revision))));
  }
  const auto output = t.run(records);
  // The first as it came, then the last.
  const auto rows = test::bytes_of(*output.batch, RowKind::event);
  REQUIRE(rows.size() == 2);
  CHECK(wire::decode_event_state(rows[1])->newest().revision == 5);
  CHECK(output.batch->items.size() == output.revisions);
  CHECK(output.revisions >= 2);
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

TEST_CASE("offsets that the log has no more are told once, as a dead letter with their range",
          "[pipeline][step]") {
  StepTest t;
  (void)t.run({event_out(EventBuilder("c1"))});
  t.skip(3);
  const auto output = t.run({event_out(EventBuilder("c1"))});
  const auto letter = letter_of(output);
  CHECK(letter.reason == "missed");
  CHECK(letter.position == "rtcc.events.v1/0@1");
  CHECK(letter.detail == "the log no longer had the offsets 1 to 3 when they were to be read");
  CHECK(t.step().missed() == 3);
  CHECK(t.run({event_out(EventBuilder("c1"))}).batch->items.empty());

  StepTest late;
  late.skip(5);
  CHECK(late.step().missed() == 0);
  (void)late.run({event_out(EventBuilder("c1"))});
  CHECK(late.step().missed() == 0);  // a state that begins begins where the log does
}

TEST_CASE("a word that cannot be read is a dead letter of its own kind", "[pipeline][step]") {
  StepTest t;
  Word word = word_of("w", WordKind::same, "c1", "c2", 5s);
  word.author.clear();
  const auto letter = letter_of(t.run({word_out(word)}));
  CHECK(letter.reason == "undecodable_word");
  CHECK(letter.detail == "author is missing");
}

TEST_CASE("a word puts two incidents together, is kept, and is taken back", "[pipeline][step]") {
  StepTest t;
  (void)t.run({event_out(EventBuilder("c1").near(0, 0)),
               event_out(EventBuilder("c2").near(9000, 0).at(60s))});
  CHECK(t.step().open_incidents() == 2);
  Word word = word_of("w", WordKind::same, "c1", "c2", 90s);
  const auto said = t.run({word_out(word)});
  CHECK(said.revisions == 2);  // the survivor, and `merged`
  CHECK(t.step().open_incidents() == 1);
  const auto rows = test::bytes_of(*said.batch, RowKind::event, test::uuid_of(word.id.str()));
  REQUIRE(rows.size() == 1);
  REQUIRE(wire::is_word_row(rows[0]));
  CHECK(wire::decode_word_row(rows[0]).value() == word);
  const auto survivor =
      wire::decode_incident(said.batch->bytes_of(said.batch->items.front())).value();
  CHECK(survivor.cause.kind == "word");
  CHECK(survivor.cause.word == word);
  CHECK(survivor.content.links.at(0).word == word.id);
  // The same again is nothing new.
  CHECK(t.run({word_out(word)}).revisions == 0);
  ++word.revision;
  word.retracted = true;
  CHECK(t.run({word_out(word)}).revisions == 2);
  CHECK(t.step().open_incidents() == 2);
}

namespace {

// A bundle of one rule that calls disturbances what the files say.
Result<rules::Bundle> bundle_of(const RulesActivation& activation) {
  const std::string& title = activation.files.at("title");
  if (title == "wrong") {
    return fail(Fault::bad_input, "a fault");
  }
  rules::Rule rule;
  rule.name = "only";
  rule.status = rules::RuleStatus::live;
  rule.title = title;
  rule.type = "TYPE";
  rule.priority.base = 4;
  rules::Part anchor;
  anchor.name = "report";
  anchor.role = PartRole::anchor;
  anchor.match.kinds = {"disturbance"};
  for (std::size_t kind = 1; kind < kWitnessKinds; ++kind) {
    anchor.from.add(static_cast<WitnessKind>(kind));
  }
  rule.parts = {anchor};
  rules::Bundle bundle;
  bundle.version = activation.version;
  bundle.rules = {rule};
  return bundle;
}

StepConfig ruled() {
  StepConfig config = step_config();
  config.compile = &bundle_of;
  return config;
}

RulesActivation activation_of(const std::string& title, std::int64_t second) {
  RulesActivation one;
  one.files = {{"title", title}};
  one.version = "v-" + title;
  one.author = "sergeant";
  one.reason = "because";
  one.said = wall_time(support::kStartUs) + second * Micros{1s};
  one.digest = wire::digest_of_files(one.files);
  one.id = wire::activation_id_of(one);
  return one;
}

ports::OutRecord rules_out(const RulesActivation& activation) {
  return wire::rules_record("rtcc.events.v1", 0, activation);
}

// What a batch says of changes of rules, in order.
std::vector<RulesOutcome> outcomes_of(const StepOutput& output) {
  std::vector<RulesOutcome> list;
  for (const ports::Row& row : output.batch->items) {
    if (row.kind == RowKind::record) {
      const auto record = wire::decode_out_record(output.batch->bytes_of(row));
      REQUIRE(record->topic == "rtcc.rules.v1");
      list.push_back(wire::decode_rules_outcome(*record->value).value());
    }
  }
  return list;
}

}  // namespace

TEST_CASE("rules hold from their offset on, and open incidents are told anew by them",
          "[pipeline][step][rules]") {
  StepTest t(ruled());
  (void)t.run({event_out(EventBuilder("c1"))});
  const RulesActivation first = activation_of("first", 1);
  const auto output = t.run({rules_out(first)});
  CHECK(output.revisions == 1);
  const auto told =
      wire::decode_incident(output.batch->bytes_of(output.batch->items.front())).value();
  CHECK(told.content.title == "first");
  CHECK(told.change == IncidentChange::update);
  CHECK(told.cause.kind == "rules");
  CHECK(told.cause.input.offset == 1);
  CHECK(told.versions.rules == "test + v-first");
  CHECK(outcomes_of(output) == std::vector<RulesOutcome>{{first, 0, 1, true, "", "", 1}});
  const auto rows = test::bytes_of(*output.batch, RowKind::event, wire::kRulesRow);
  REQUIRE(rows.size() == 1);
  CHECK(wire::decode_rules_row(rows[0]).value() == first);
  CHECK(t.step().rules_version() == "v-first");
  CHECK(t.run({event_out(EventBuilder("c2").near(9000, 0))}).revisions == 1);
  CHECK(t.count("fusiond_rule_findings_total", {{"rule", "only"}, {"became", "firm"}}) == 2);
  CHECK(t.count("fusiond_rule_evaluations_total", {{"rule", "only"}}) >= 2);
  CHECK(t.count("fusiond_rule_last_fired_seconds", {{"rule", "only"}}) > 0);
  (void)t.run({rules_out(activation_of("second", 5)), event_out(EventBuilder("c3").near(0, 9000))});
  CHECK(t.count("fusiond_rule_findings_total", {{"rule", "only"}, {"became", "firm"}}) == 3);
}

TEST_CASE("rules that are older, faulty or the same are refused, and what held holds on",
          "[pipeline][step][rules]") {
  StepTest t(ruled());
  (void)t.run({event_out(EventBuilder("c1")), rules_out(activation_of("second", 20))});
  const auto output =
      t.run({rules_out(activation_of("first", 10)), rules_out(activation_of("second", 20)),
             rules_out(activation_of("wrong", 30))});
  CHECK(output.revisions == 0);
  const auto outcomes = outcomes_of(output);
  REQUIRE(outcomes.size() == 3);
  CHECK(outcomes[0].refused == "one that was said later holds: v-second");
  CHECK(outcomes[1].refused == "it holds already");
  CHECK(outcomes[2].refused == "a fault");
  CHECK(outcomes[2].version_before == "v-second");
  CHECK(t.step().rules_version() == "v-second");
  const auto letter = letter_of(
      t.run({{"rtcc.events.v1", "x", "no protobuf", {{"ce_type", "fusiond.rules.v1"}}, {}}}));
  CHECK(letter.reason == "undecodable_rules");
}

TEST_CASE("a process that takes no rules says so", "[pipeline][step][rules]") {
  StepTest t;
  const auto outcomes = outcomes_of(t.run({rules_out(activation_of("first", 1))}));
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].refused == "this process takes no rules");
}

TEST_CASE("what was restored under rules that this version refuses does not start",
          "[pipeline][step][rules]") {
  Restored restored;
  CHECK(check_restored_rules(step_config(), restored));
  restored.rules = activation_of("first", 1);
  CHECK(check_restored_rules(ruled(), restored));
  CHECK(check_restored_rules(step_config(), restored).error().fault == Fault::bad_config);
  restored.rules = activation_of("wrong", 1);
  CHECK(check_restored_rules(ruled(), restored).error().message ==
        "the rules that hold (v-wrong) are refused by this version: a fault");
}

TEST_CASE("a word leaves the journal once nobody remembers its events", "[pipeline][step]") {
  StepTest t;
  const Word word = word_of("w", WordKind::eject, "first", "", 5s);
  (void)t.run({event_out(EventBuilder("first")), word_out(word)});
  (void)t.run({event_out(EventBuilder("later").at(200h))});
  const auto output = t.run({event_out(EventBuilder("last").at(201h))});
  (void)output;
  CHECK(t.step().event_ids() == 2);
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
  CHECK(test::bytes_of(*output.batch, RowKind::event_gone, test::uuid_of(first.id.str())).size() ==
        1);
  CHECK(t.step().event_ids() == 1);
}

TEST_CASE("a tick carries the sources' clocks into the state", "[pipeline][step]") {
  StepTest t;
  const auto output = t.run({tick_out(5min)});
  const auto meta = wire::decode_shard_meta(output.batch->meta);
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

TEST_CASE("an event that is all there is of its id is kept as it came", "[pipeline][step]") {
  StepTest t;
  const Event event = EventBuilder("c1");
  const auto record = event_out(event);
  const auto output = t.run({record});
  CHECK(output.batch->bytes.find(*record.value) != std::string::npos);
  const Event late = EventBuilder("late").at(0s).by(40h);
  const auto row = test::bytes_of(*t.run({event_out(late)}).batch, RowKind::event);
  REQUIRE(row.size() == 1);
  const auto state = wire::decode_event_state(row[0]);
  REQUIRE(state.has_value());
  CHECK(state->late());
  CHECK(state->shown == late);
}

TEST_CASE(
    "the same records leave the same state and say the same, however they are cut into batches",
    "[pipeline][step]") {
  const auto log = mixed_log(20);
  test::FakeMetrics metrics;
  test::FakeStateStore whole_store;
  test::FakeStateStore cut_store;
  Step whole(step_config(), Restored{}, 7, metrics);
  Step cut(step_config(), Restored{}, 7, metrics);
  const auto all = whole.run(log);
  REQUIRE(whole_store.commit(all.batch).has_value());
  for (const auto& record : log) {
    REQUIRE(cut_store.commit(cut.run({record}).batch).has_value());
  }
  CHECK(cut_store.meta() == whole_store.meta());
  const auto of_whole = whole_store.outbox(0, 10'000);
  const auto of_cut = cut_store.outbox(0, 10'000);
  REQUIRE(of_cut->items.size() == of_whole->items.size());
  for (std::size_t i = 0; i < of_cut->items.size(); ++i) {
    REQUIRE(of_cut->items[i].bytes == of_whole->items[i].bytes);
  }
  const auto events = load_state(whole_store)->events;
  CHECK(events.size() == 20);
  CHECK(load_state(cut_store)->events == events);
}

}  // namespace fusiond::pipeline
