// What every back end of ports::Bus promises; linked once with each back end.
#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "daemon/bus/partitioner.h"
#include "tests/contract/bus_backend.h"
#include "tests/support/bus_log.h"

namespace fusiond::test {
namespace {

using ports::OutRecord;
using ports::StartAt;
using Values = std::vector<std::string>;

OutRecord record(const std::string& topic, const std::string& key,
                 std::optional<std::string> value) {
  return {.topic = topic, .key = key, .value = std::move(value), .headers = {}, .partition = {}};
}

// A back end with one topic.
struct Fixture {
  explicit Fixture(std::uint32_t partitions = 1, bool compacted = false, bus::BusConfig config = {})
      : backend(open_backend(std::move(config))), topic(backend->topic_name()) {
    make_topic(bus(), topic, partitions, compacted);
  }
  ports::Bus& bus() { return backend->bus(); }
  double counted(const std::string& name) {
    return backend->metrics().value("fusiond_bus_" + name + "_total", {{"topic", topic}});
  }
  std::unique_ptr<BusBackend> backend;
  std::string topic;
};

}  // namespace

TEST_CASE("records of one partition are read in the order of their appends", "[bus]") {
  Fixture t;
  Values wanted;
  for (int i = 0; i < 3'000; ++i) {
    wanted.push_back(std::to_string(i));
    REQUIRE(t.bus().append(record(t.topic, "key" + std::to_string(i % 7), wanted.back()), nullptr));
  }
  REQUIRE(t.bus().flush(kPatience));
  const auto records = read_topic(t.bus(), t.topic);
  CHECK(values_of(records) == wanted);
  CHECK(std::is_sorted(records.begin(), records.end(),
                       [](const auto& a, const auto& b) { return a.offset < b.offset; }));
  CHECK(t.counted("appended") == 3'000);
  CHECK(t.counted("read") == 3'000);
}

TEST_CASE("done is called exactly once for each append, with the record's place", "[bus]") {
  Fixture t(4);
  Reports reports;
  for (int i = 0; i < 500; ++i) {
    const std::string name = "r" + std::to_string(i);
    REQUIRE(t.bus().append(record(t.topic, name, name), reports.expect(name)));
  }
  REQUIRE(t.bus().flush(kPatience));
  REQUIRE(reports.count() == 500);
  for (const auto& read : read_topic(t.bus(), t.topic)) {
    const auto place = reports.place(read.key);
    CHECK(place.partition == read.partition);
    CHECK(place.offset == read.offset);
  }
}

TEST_CASE(
    "a view goes out as its record would, is answered once, and its bytes are kept until then",
    "[bus]") {
  class Heard final : public ports::Answers {
   public:
    void answered(std::uint64_t ticket, const Result<ports::Appended>& result) override {
      const MutexLock lock(mutex_);
      REQUIRE(result.has_value());
      const bool is_first = offsets_.emplace(ticket, result->offset).second;
      REQUIRE(is_first);
    }
    std::map<std::uint64_t, std::uint64_t> offsets() {
      const MutexLock lock(mutex_);
      return offsets_;
    }

   private:
    Mutex mutex_;
    std::map<std::uint64_t, std::uint64_t> offsets_ GUARDED_BY(mutex_);
  };
  Fixture t;
  const auto heard = std::make_shared<Heard>();
  Values wanted;
  std::weak_ptr<const std::string> bytes;
  for (std::uint64_t i = 0; i < 500; ++i) {
    auto value = std::make_shared<const std::string>(5'000, static_cast<char>('a' + i % 26));
    wanted.push_back(*value);
    bytes = value;
    const std::string sequence = std::to_string(i);
    const std::array<ports::HeaderView, 2> headers{{{"ce_type", "t"}, {"ce_sequence", sequence}}};
    const std::string_view view = *value;
    REQUIRE(
        t.bus().append_view({t.topic, "key", view, headers, 1000 + i}, std::move(value), heard));
  }
  REQUIRE(t.bus().flush(kPatience));
  const auto records = read_topic(t.bus(), t.topic);
  CHECK(values_of(records) == wanted);
  CHECK(records[7].key == "key");
  CHECK(records[7].headers == ports::Headers{{"ce_type", "t"}, {"ce_sequence", "7"}});
  CHECK(bytes.expired());
  const auto offsets = heard->offsets();
  REQUIRE(offsets.size() == 500);
  for (std::uint64_t i = 0; i < 500; ++i) {
    CHECK(offsets.at(1000 + i) == records[i].offset);
  }
  const std::string large(1'000'001, 'x');
  const auto refused = t.bus().append_view({t.topic, "key", large, {}, 1}, nullptr, heard);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().fault == Fault::bad_input);
}

TEST_CASE("a key's partition is the one that Kafka's Java client chooses", "[bus]") {
  Fixture t(7);
  std::map<std::string, std::uint32_t> wanted;
  for (int i = 0; i < 100; ++i) {
    const std::string key = i == 0 ? "" : "event-" + std::to_string(i * i);
    wanted[key] = bus::partition_of(key, 7);
    REQUIRE(t.bus().append(record(t.topic, key, "v"), nullptr));
  }
  REQUIRE(t.bus().flush(kPatience));
  std::map<std::string, std::uint32_t> found;
  for (const auto& read : read_topic(t.bus(), t.topic)) {
    found[read.key] = read.partition;
  }
  CHECK(found == wanted);
}

TEST_CASE("a partition that the caller names is kept", "[bus]") {
  Fixture t(3);
  Reports reports;
  auto out = record(t.topic, "key", "v");
  out.partition = (bus::partition_of("key", 3) + 1) % 3;
  REQUIRE(t.bus().append(out, reports.expect("r")));
  REQUIRE(t.bus().flush(kPatience));
  CHECK(reports.place("r").partition == *out.partition);
}

TEST_CASE("keys, values, headers and tombstones come back as they went in", "[bus]") {
  Fixture t;
  const std::string binary("\0\xff\n\"", 4);
  const std::vector<std::optional<std::string>> values{"text", std::nullopt, "", binary,
                                                       std::string(900'000, 'x')};
  const ports::Headers headers{{"ce_id", "1"}, {"empty", ""}, {"twice", "a"}, {"twice", binary}};
  for (const auto& value : values) {
    REQUIRE(t.bus().append(
        {.topic = t.topic, .key = binary, .value = value, .headers = headers, .partition = {}},
        nullptr));
  }
  REQUIRE(t.bus().append(record(t.topic, "", "no headers"), nullptr));
  REQUIRE(t.bus().flush(kPatience));
  const auto records = read_topic(t.bus(), t.topic);
  REQUIRE(records.size() == values.size() + 1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    CHECK(records[i].topic == t.topic);
    CHECK(records[i].key == binary);
    CHECK((records[i].value == values[i]));
    CHECK((records[i].headers == headers));
    CHECK(micros_of(records[i].appended) > 1'600'000'000'000'000);
  }
  CHECK(records.back().key.empty());
  CHECK(records.back().headers.empty());
}

TEST_CASE("a record above the limit is refused alone, its neighbours are written", "[bus]") {
  Fixture t;
  REQUIRE(t.bus().append(record(t.topic, "a", "before"), nullptr));
  Reports reports;
  const auto refused =
      t.bus().append(record(t.topic, "b", std::string(1'000'001, 'x')), reports.expect("b"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().fault == Fault::bad_input);
  REQUIRE(t.bus().append(record(t.topic, "c", "after"), nullptr));
  REQUIRE(t.bus().flush(kPatience));
  CHECK(values_of(read_topic(t.bus(), t.topic)) == Values{"before", "after"});
  CHECK(reports.count() == 0);
  CHECK(t.counted("too_large") == 1);
}

TEST_CASE("the largest record that the limit allows is written", "[bus]") {
  Fixture t;
  put(t.bus(), t.topic, "", std::string(1'000'000, 'x'));
  CHECK(read_topic(t.bus(), t.topic).at(0).value->size() == 1'000'000);
}

TEST_CASE("after a flush all that was appended is reported and can be read", "[bus]") {
  Fixture t;
  Reports reports;
  for (int i = 0; i < 50; ++i) {
    for (int k = 0; k < 20; ++k) {
      REQUIRE(t.bus().append(record(t.topic, "k", "v"), reports.expect("r")));
    }
    REQUIRE(t.bus().flush(kPatience));
    REQUIRE(reports.count() == static_cast<std::size_t>(20 * (i + 1)));
  }
  CHECK(t.bus().extent(t.topic, 0)->end == 1'000);
}

TEST_CASE("a flush says so when its time is over", "[bus]") {
  Fixture t;
  t.backend->stall(t.topic);
  REQUIRE(t.bus().append(record(t.topic, "k", "v"), nullptr));
  const auto flushed = t.bus().flush(std::chrono::milliseconds{20});
  REQUIRE_FALSE(flushed);
  CHECK(flushed.error().fault == Fault::unavailable);
  t.backend->resume();
  CHECK(t.bus().flush(kPatience));
}

TEST_CASE("a reader starts at the beginning, at the end or at an offset", "[bus]") {
  Fixture t;
  for (const char* value : {"a", "b", "c"}) {
    put(t.bus(), t.topic, "k", value);
  }
  auto begin =
      open(t.bus(), t.topic, {{.partition = 0, .from = StartAt::From::begin, .offset = 0}});
  auto middle =
      open(t.bus(), t.topic, {{.partition = 0, .from = StartAt::From::offset, .offset = 1}});
  auto end = open(t.bus(), t.topic, {{.partition = 0, .from = StartAt::From::end, .offset = 0}});
  auto next =
      open(t.bus(), t.topic, {{.partition = 0, .from = StartAt::From::offset, .offset = 3}});
  put(t.bus(), t.topic, "k", "d");
  CHECK(values_of(read_some(*begin, 4)) == Values{"a", "b", "c", "d"});
  CHECK(values_of(read_some(*middle, 3)) == Values{"b", "c", "d"});
  CHECK(values_of(read_some(*end, 1)) == Values{"d"});
  CHECK(values_of(read_some(*next, 1)) == Values{"d"});
}

TEST_CASE("a reader reads only the partitions it was given", "[bus]") {
  Fixture t(3);
  for (std::uint32_t p = 0; p < 3; ++p) {
    auto out = record(t.topic, "k", std::to_string(p));
    out.partition = p;
    REQUIRE(t.bus().append(out, nullptr));
  }
  REQUIRE(t.bus().flush(kPatience));
  auto reader = open(t.bus(), t.topic,
                     {{.partition = 2, .from = StartAt::From::begin, .offset = 0},
                      {.partition = 0, .from = StartAt::From::end, .offset = 0}});
  CHECK(values_of(read_some(*reader, 1)) == Values{"2"});
  std::vector<ports::BusRecord> more;
  CHECK(reader->read(more, 10, std::chrono::milliseconds{50}).value_or(99) == 0U);
}

TEST_CASE("a read adds to what it is given and never gives more than was asked for", "[bus]") {
  Fixture t;
  for (int i = 0; i < 10; ++i) {
    put(t.bus(), t.topic, "k", std::to_string(i));
  }
  auto reader = open(t.bus(), t.topic, from_begin(1));
  std::vector<ports::BusRecord> records;
  while (records.size() < 10) {
    const std::size_t before = records.size();
    const auto got = reader->read(records, 3, kPatience);
    REQUIRE(got);
    CHECK(*got <= 3);
    REQUIRE(records.size() == before + *got);
  }
  CHECK(values_of(records) == Values{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
}

TEST_CASE("a seek goes back and forward, and nothing of the old place follows", "[bus]") {
  Fixture t(2);
  for (int i = 0; i < 20; ++i) {
    auto out = record(t.topic, "k", std::to_string(i));
    out.partition = i % 2;
    REQUIRE(t.bus().append(out, nullptr));
  }
  REQUIRE(t.bus().flush(kPatience));
  auto reader =
      open(t.bus(), t.topic, {{.partition = 0, .from = StartAt::From::begin, .offset = 0}});
  CHECK(values_of(read_some(*reader, 3)) == Values{"0", "2", "4"});
  REQUIRE(reader->seek(0, 8));
  CHECK(values_of(read_some(*reader, 2)) == Values{"16", "18"});
  REQUIRE(reader->seek(0, 1));
  CHECK(values_of(read_some(*reader, 2)) == Values{"2", "4"});
  REQUIRE(reader->seek(0, 10));
  std::vector<ports::BusRecord> more;
  CHECK(reader->read(more, 10, std::chrono::milliseconds{50}).value_or(99) == 0U);
}

TEST_CASE("an offset that the log does not hold is a fault, nothing is skipped", "[bus]") {
  Fixture t;
  for (int i = 0; i < 3; ++i) {
    put(t.bus(), t.topic, "k", "v");
  }
  std::vector<ports::BusRecord> records;
  auto opened =
      t.bus().open_reader(t.topic, {{.partition = 0, .from = StartAt::From::offset, .offset = 7}});
  Result<std::size_t> got =
      opened ? Result<std::size_t>(0U) : Result<std::size_t>(fail(opened.error()));
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (got && std::chrono::steady_clock::now() < until) {
    got = (*opened)->read(records, 10, std::chrono::milliseconds{200});
  }
  REQUIRE_FALSE(got);
  CHECK(got.error().fault == Fault::corrupt);
  CHECK(records.empty());
}

TEST_CASE("the extent of a partition grows with what is durable", "[bus]") {
  Fixture t(2);
  CHECK(t.bus().extent(t.topic, 1)->begin == 0);
  CHECK(t.bus().extent(t.topic, 1)->end == 0);
  for (int i = 0; i < 5; ++i) {
    auto out = record(t.topic, "k", "v");
    out.partition = 1;
    REQUIRE(t.bus().append(out, nullptr));
  }
  REQUIRE(t.bus().flush(kPatience));
  CHECK(t.bus().extent(t.topic, 0)->end == 0);
  CHECK(t.bus().extent(t.topic, 1)->end == 5);
}

TEST_CASE("what was appended is there after closing and opening again, and offsets go on",
          "[bus]") {
  Fixture t(2);
  if (!t.backend->durable()) {
    return;
  }
  Reports reports;
  for (int i = 0; i < 200; ++i) {
    REQUIRE(
        t.bus().append(record(t.topic, std::to_string(i), "v"), reports.expect(std::to_string(i))));
  }
  t.backend->reopen();  // closing writes what is queued
  REQUIRE(reports.count() == 200);
  const auto before = read_topic(t.bus(), t.topic);
  REQUIRE(before.size() == 200);
  for (const auto& read : before) {
    CHECK(reports.place(read.key).offset == read.offset);
  }
  const auto end = t.bus().extent(t.topic, 0)->end;
  auto out = record(t.topic, "new", "v");
  out.partition = 0;
  REQUIRE(t.bus().append(out, reports.expect("new")));
  REQUIRE(t.bus().flush(kPatience));
  CHECK(reports.place("new").offset == end);
}

TEST_CASE("appenders on several threads each keep their order, and nothing is lost or doubled",
          "[bus]") {
  Fixture t;
  constexpr int kThreads = 4;
  constexpr int kEach = 1'000;
  std::vector<std::future<bool>> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.push_back(std::async(std::launch::async, [&t, thread] {
      bool good = true;
      for (int i = 0; i < kEach; ++i) {
        good = t.bus()
                   .append(record(t.topic, std::to_string(thread), std::to_string(i)), nullptr)
                   .has_value() &&
               good;
      }
      return good;
    }));
  }
  for (auto& thread : threads) {
    REQUIRE(thread.get());
  }
  REQUIRE(t.bus().flush(kPatience));
  std::map<std::string, int> next;
  for (const auto& read : read_topic(t.bus(), t.topic)) {
    REQUIRE(read.value == std::to_string(next[read.key]++));
  }
  for (int thread = 0; thread < kThreads; ++thread) {
    CHECK(next[std::to_string(thread)] == kEach);
  }
}

TEST_CASE("a full queue turns appends away, and what it took is written", "[bus]") {
  bus::BusConfig config;
  config.queue_records = 20;
  Fixture t(1, false, config);
  t.backend->stall(t.topic);
  Reports reports;
  std::set<std::string> taken;
  std::optional<Error> refused;
  for (int i = 0; i < 100 && !refused; ++i) {
    const auto name = std::to_string(i);
    const auto appended = t.bus().append(record(t.topic, name, name), reports.expect(name));
    if (appended) {
      taken.insert(name);
    } else {
      refused = appended.error();
    }
  }
  REQUIRE(refused);
  CHECK(refused->fault == Fault::overloaded);
  CHECK(taken.size() >= 18);
  CHECK(taken.size() <= 20);
  CHECK(t.counted("overloaded") == 1);
  t.backend->resume();
  REQUIRE(t.bus().flush(kPatience));
  CHECK(reports.count() == taken.size());
  std::set<std::string> found;
  for (const auto& read : read_topic(t.bus(), t.topic)) {
    if (read.key != "stall") {
      found.insert(read.key);
    }
  }
  CHECK(found == taken);
}

TEST_CASE("topics are made once; another number of partitions is a fault that names both",
          "[bus]") {
  Fixture t(3);
  put(t.bus(), t.topic, "k", "v");
  make_topic(t.bus(), t.topic, 3);
  CHECK(read_topic(t.bus(), t.topic).size() == 1);
  CHECK(t.bus().partitions(t.topic).value_or(0) == 3U);
  const auto other = t.bus().ensure_topics({{.name = t.topic, .partitions = 4}});
  REQUIRE_FALSE(other);
  CHECK(other.error().fault == Fault::bad_config);
  CHECK(other.error().message.find("4") != std::string::npos);
  CHECK(other.error().message.find("3") != std::string::npos);
}

TEST_CASE("a topic's name that no log takes is a fault of the config", "[bus]") {
  Fixture t;
  for (const char* name : {"", "a b", "ä", ".."}) {
    const auto made = t.bus().ensure_topics({{.name = name, .partitions = 1}});
    REQUIRE_FALSE(made);
    CHECK(made.error().fault == Fault::bad_config);
  }
}

TEST_CASE("a topic that does not exist is a fault of the config", "[bus]") {
  Fixture t;
  const auto partitions = t.bus().partitions(t.topic + ".none");
  REQUIRE_FALSE(partitions);
  CHECK(partitions.error().fault == Fault::bad_config);
}

TEST_CASE("a waiting reader returns with the first record", "[bus]") {
  Fixture t;
  auto reader = open(t.bus(), t.topic, from_begin(1));
  std::vector<ports::BusRecord> records;
  const auto began = std::chrono::steady_clock::now();
  auto reading =
      std::async(std::launch::async, [&] { return reader->read(records, 1'000, kPatience); });
  put(t.bus(), t.topic, "k", "v");
  CHECK(reading.get().value_or(0) == 1U);
  CHECK(std::chrono::steady_clock::now() - began < kPatience / 2);
}

TEST_CASE("a reader returns empty-handed when its wait is over", "[bus]") {
  Fixture t;
  auto reader = open(t.bus(), t.topic, from_begin(1));
  std::vector<ports::BusRecord> records;
  CHECK(reader->read(records, 10, std::chrono::milliseconds{30}).value_or(99) == 0U);
  CHECK(reader->read(records, 10, std::chrono::milliseconds{0}).value_or(99) == 0U);
  put(t.bus(), t.topic, "k", "v");
  CHECK(read_some(*reader, 1).size() == 1);
}

TEST_CASE("a compacted topic keeps the newest record of each key, and readers step over its gaps",
          "[bus]") {
  Fixture t(1, true);
  auto early = open(t.bus(), t.topic, from_begin(1));
  for (int i = 0; i < 300; ++i) {
    REQUIRE(
        t.bus().append(record(t.topic, "k" + std::to_string(i % 3), std::to_string(i)), nullptr));
  }
  REQUIRE(t.bus().append(record(t.topic, "k0", std::nullopt), nullptr));
  REQUIRE(t.bus().append(record(t.topic, "last", "x"), nullptr));
  REQUIRE(t.bus().flush(kPatience));
  CHECK(read_some(*early, 1).at(0).offset == 0);
  early.reset();
  t.backend->compact(t.topic);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  std::vector<ports::BusRecord> records;
  do {
    records = read_topic(t.bus(), t.topic);
  } while (records.size() > 290 && std::chrono::steady_clock::now() < until);
  CHECK(records.size() < 290);
  CHECK(std::is_sorted(records.begin(), records.end(),
                       [](const auto& a, const auto& b) { return a.offset < b.offset; }));
  std::map<std::string, std::optional<std::string>> newest;
  for (const auto& read : records) {
    newest[read.key] = read.value;
  }
  if (newest.contains("k0")) {
    CHECK_FALSE(newest["k0"].has_value());
  }
  CHECK((newest["k1"] == "298"));
  CHECK((newest["k2"] == "299"));
  CHECK((newest["last"] == "x"));
  CHECK(t.bus().extent(t.topic, 0)->end >= 302);
}

TEST_CASE("a bus that works has no trouble", "[bus]") {
  Fixture t;
  put(t.bus(), t.topic, "k", "v");
  CHECK_FALSE(t.bus().trouble());
}

}  // namespace fusiond::test
