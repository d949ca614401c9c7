#include "daemon/wire/state_wire.h"

#include <catch2/catch.hpp>

#include "daemon/wire/deadletter_wire.h"
#include "daemon/wire/tick_wire.h"
#include "fusiond/v1/internal.pb.h"
#include "tests/support/random_model.h"

namespace fusiond::wire {

TEST_CASE("the state of an event id is read back exactly", "[wire][state]") {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    INFO("seed " << seed);
    const EventState state = test::RandomModel(seed).event_state();
    const auto back = decode_event_state(encode_event_state(state));
    REQUIRE(back.has_value());
    REQUIRE(*back == state);
  }
}

TEST_CASE("a row of the journal that makes no sense is corrupt, not bad input", "[wire][state]") {
  for (const std::string bytes : {"", "\xff", "\x18\x01"}) {
    const auto state = decode_event_state(bytes);
    REQUIRE_FALSE(state.has_value());
    CHECK(state.error().fault == Fault::corrupt);
  }
}

TEST_CASE("the shard's meta is read back exactly", "[wire][state]") {
  const ShardMeta meta{42,
                       1'700'000'000,
                       {{SourceId{"a"}, true, wall_time(5), Micros{6}},
                        {SourceId{"b"}, false, wall_time(-7), Micros{0}}}};
  const auto back = decode_shard_meta(encode_shard_meta(meta));
  REQUIRE(back.has_value());
  CHECK(*back == meta);
}

TEST_CASE("another format of the state is refused clearly", "[wire][state]") {
  v1::ShardMeta message;
  message.set_epoch(1);
  message.set_format(kStateFormat + 1);
  const auto meta = decode_shard_meta(message.SerializeAsString());
  REQUIRE_FALSE(meta.has_value());
  CHECK(meta.error().fault == Fault::bad_config);
  CHECK(meta.error().message ==
        "the state was written by another version of fusiond: format 4, this one reads 2 and 3");
}

TEST_CASE("a waiting record keeps key, value, tombstone, headers and partition", "[wire][state]") {
  ports::OutRecord record{
      "t", std::string("k\0y", 3), std::string("\xff\0", 2), {{"a", "1"}, {"a", "2"}}, 3};
  const auto same = [](const ports::OutRecord& a) {
    const auto b = decode_out_record(encode_out_record(a));
    return b && b->topic == a.topic && b->key == a.key && b->value == a.value &&
           b->headers == a.headers && b->partition == a.partition;
  };
  CHECK(same(record));
  record.value.reset();
  record.partition.reset();
  CHECK(same(record));
  record.value = "";
  CHECK(same(record));
  CHECK(decode_out_record("").error().fault == Fault::corrupt);
}

TEST_CASE("a waiting record is written as protobuf would write it", "[wire][state]") {
  for (const std::size_t length : {0U, 1U, 127U, 128U, 16'383U, 16'384U, 3'000'000U}) {
    const std::string text(length, 'x');
    v1::OutboxRecord message;
    message.set_topic("t" + text);
    message.set_key(text);
    message.set_value(text);
    message.set_partition(static_cast<std::uint32_t>(length));
    for (const std::string& name : {text, std::string("b")}) {
      auto& header = *message.add_headers();
      header.set_name(name);
      header.set_value(text + text);
    }
    const ports::OutRecord record{message.topic(),
                                  message.key(),
                                  message.value(),
                                  {{text, text + text}, {"b", text + text}},
                                  message.partition()};
    CHECK(encode_out_record(record) == message.SerializeAsString());
  }
}

TEST_CASE("a tick is read back exactly and its faults are named", "[wire][tick]") {
  const Tick tick{wall_time(1'687'000'000'000'000),
                  {{SourceId{"a"}, true, wall_time(5), Micros{6}},
                   {SourceId{"b"}, false, wall_time(7), Micros{0}}}};
  const auto back = decode_tick(encode_tick(tick));
  REQUIRE(back.has_value());
  CHECK(back->ingest_time == tick.ingest_time);
  CHECK(back->sources == tick.sources);
  CHECK(decode_tick("").error().message == "ingest_time_us is missing");
  v1::Tick message;
  message.set_ingest_time_us(1);
  message.add_sources();
  CHECK(decode_tick(message.SerializeAsString()).error().message == "sources.source is missing");
  message.mutable_sources(0)->set_source("a");
  CHECK(decode_tick(message.SerializeAsString()).error().message == "sources.state is missing");
}

TEST_CASE("a dead letter keeps the hash and size of bytes that were cut", "[wire][deadletter]") {
  DeadLetter letter;
  letter.source = SourceId{"cad"};
  letter.reason = "not_json";
  letter.detail = std::string("at \xc3\x28 byte \xed\xa0\x80");
  letter.original = "abc";
  letter.position = "poll 17 row 3";
  letter.received = wall_time(99);
  letter = sealed(std::move(letter), 2);
  CHECK(letter.original == "ab");
  CHECK(letter.original_size_bytes == 3);
  CHECK(letter.original_sha256 ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(letter.detail == "at ?( byte ???");
  const auto back = decode_dead_letter(encode_dead_letter(letter));
  REQUIRE(back.has_value());
  CHECK(*back == letter);
  CHECK(decode_dead_letter("").error().message == "reason is missing");
}

}  // namespace fusiond::wire
