#include "daemon/wire/word_wire.h"

#include <catch2/catch.hpp>

#include "daemon/wire/records.h"
#include "fusiond/v1/word.pb.h"
#include "tests/support/random_model.h"

namespace fusiond::wire {
namespace {

v1::Word good_word() {
  v1::Word word;
  word.set_word_id("6f1b8a52-0d7e-5c63-9a2f-41d87735e910");
  word.set_revision(7);
  word.set_kind(v1::WORD_KIND_SAME);
  word.set_event_id("b3942e07-5ca1-5f18-8d60-1e9bc24a73f5");
  word.set_other_event_id("b3942e07-5ca1-5f18-8d60-1e9bc24a73f6");
  word.set_author("Dispatcher 17");
  word.set_reason("one crash, two callers");
  word.set_said_us(1'700'000'000'000'000);
  return word;
}

std::string fault_of(const v1::Word& word) {
  const auto read = word_from(word);
  return read ? "" : read.error().message;
}

}  // namespace

TEST_CASE("a word comes back as it was written, bytes and all", "[wire][word]") {
  test::RandomModel random(11);
  for (int i = 0; i < 300; ++i) {
    const Word word = random.a_word();
    const std::string bytes = encode_word(word);
    const auto back = decode_word(bytes);
    REQUIRE(back.has_value());
    CHECK(*back == word);
    CHECK(encode_word(*back) == bytes);
  }
}

TEST_CASE("a word without what it needs is refused, and the field is named", "[wire][word]") {
  CHECK(fault_of(good_word()).empty());
  v1::Word word = good_word();
  word.clear_author();
  CHECK(fault_of(word) == "author is missing");
  word.set_author("   ");
  CHECK(fault_of(word) == "author is missing");
  word.set_author("two\nlines");
  CHECK(fault_of(word) == "author must be one line without control characters");
  word = good_word();
  word.clear_reason();
  CHECK(fault_of(word) == "reason is missing");
  word.set_reason(std::string(kReasonBytes + 1, 'x'));
  CHECK(fault_of(word) == "reason has more than 2000 bytes: 2001");
  word.set_reason(std::string(kReasonBytes, 'x'));
  CHECK(fault_of(word).empty());
  word = good_word();
  word.set_word_id("w1");
  CHECK(fault_of(word) == "word_id is not a UUID");
  word = good_word();
  word.clear_event_id();
  CHECK(fault_of(word) == "event_id is missing");
  word = good_word();
  word.set_other_event_id(word.event_id());
  CHECK(fault_of(word) == "other_event_id is event_id");
  word.set_kind(v1::WORD_KIND_EJECT);
  CHECK(fault_of(word) == "other_event_id has no meaning for eject");
  word.clear_other_event_id();
  CHECK(fault_of(word).empty());
  word.clear_kind();
  CHECK(fault_of(word) == "kind is missing");
  word.set_kind(static_cast<v1::WordKind>(9));
  CHECK(fault_of(word) == "kind is not known: 9");
  word = good_word();
  word.clear_revision();
  CHECK(fault_of(word) == "revision is missing");
  word = good_word();
  word.clear_said_us();
  CHECK(fault_of(word) == "said_us is missing");
  CHECK(decode_word("\xff\xff").error().fault == Fault::bad_input);
}

TEST_CASE("a retraction needs no kind and no events, but an author and a reason", "[wire][word]") {
  v1::Word word = good_word();
  word.clear_kind();
  word.clear_event_id();
  word.clear_other_event_id();
  word.set_retracted(true);
  CHECK(fault_of(word).empty());
  word.clear_author();
  CHECK(fault_of(word) == "author is missing");
}

TEST_CASE("a word's record has its id as key, so that a retraction follows it", "[wire][word]") {
  test::RandomModel random(3);
  Word word = random.a_word();
  word.revision = 12;
  const auto record = word_record("p.events.v1", word);
  CHECK(record.key == word.id.str());
  CHECK(header_of(record.headers, "ce_type") == kWordType);
  CHECK(header_of(record.headers, "ce_id") == word.id.str() + "-12");
  CHECK(decode_word(*record.value).value() == word);
}

TEST_CASE("of two records of one word the higher revision holds, whatever was said when",
          "[wire][word]") {
  test::RandomModel random(4);
  Word a = random.a_word();
  Word b = a;
  b.revision = a.revision + 1;
  b.said = a.said - Micros{5};
  CHECK(holds_over(b, a));
  CHECK_FALSE(holds_over(a, b));
  b.revision = a.revision;
  CHECK(holds_over(b, a));  // the one said first
  CHECK_FALSE(holds_over(a, a));
}

}  // namespace fusiond::wire
