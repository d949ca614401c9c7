// Events read straight from their bytes, beside protobuf's own reading of the same bytes.
#include "daemon/wire/event_reader.h"

#include <random>
#include <string>

#include <catch2/catch.hpp>
#include <google/protobuf/message.h>

#include "daemon/wire/event_wire.h"
#include "fusiond/v1/event.pb.h"
#include "tests/support/random_model.h"

namespace fusiond::wire {
namespace {

// Messages with any fields set, also those that the model does not ask for.
class RandomMessage {
 public:
  explicit RandomMessage(std::uint64_t seed) : engine_(seed), model_(seed) {}

  v1::Event event() {
    v1::Event message;
    fill(message, 1 + below(6));
    if (below(4) != 0) {  // valid but for what was drawn
      write_event(model_.event(), scratch_);
      message.MergeFrom(scratch_);
    }
    return message;
  }

  // What comes of the bytes on a bad day.
  std::string damaged(std::string bytes, const std::string& others) {
    const auto at = [&] { return below(bytes.size() + 1); };
    switch (below(7)) {
      case 0:
        bytes.resize(at());
        break;
      case 1:
        bytes += others;  // two messages: protobuf puts them together
        break;
      case 2:
        bytes.insert(at(), 1, static_cast<char>(below(256)));
        break;
      case 3:
        bytes.insert(at(), others.substr(0, below(others.size() + 1)));
        break;
      case 4:
        bytes.erase(at(), below(4));
        break;
      default:
        for (std::size_t i = 0; i <= below(3) && !bytes.empty(); ++i) {
          bytes[below(bytes.size())] = static_cast<char>(below(256));
        }
    }
    return bytes;
  }

  std::size_t below(std::size_t limit) { return engine_() % limit; }

 private:
  using Field = google::protobuf::FieldDescriptor;
  using Message = google::protobuf::Message;

  std::string text() {
    static const std::vector<std::string> texts = {
        "",        "fusiond", "a longer text of more letters", "Ünter", "交通 \U0001F600",
        "oakland", "7abc 123"};
    return below(5) == 0 ? event_id_of(SourceId{"s"}, std::to_string(below(9))).str()
                         : texts[below(texts.size())];
  }

  void fill(Message& message, std::size_t depth) {
    const auto& type = *message.GetDescriptor();
    const std::size_t sets = below(7);
    for (std::size_t i = 0; i < sets; ++i) {
      const Field& field =
          *type.field(static_cast<int>(below(static_cast<std::size_t>(type.field_count()))));
      if (depth > 0 || field.cpp_type() != Field::CPPTYPE_MESSAGE) {
        set(message, field, depth - (depth > 0 ? 1 : 0));
      }
    }
  }

  void set(Message& message, const Field& field, std::size_t depth) {
    const auto& how = *message.GetReflection();
    const bool list = field.is_repeated();
    const auto number = static_cast<std::int64_t>(below(3) == 0 ? engine_() : below(12));
    switch (field.cpp_type()) {
      case Field::CPPTYPE_MESSAGE:
        fill(list ? *how.AddMessage(&message, &field) : *how.MutableMessage(&message, &field),
             depth);
        break;
      case Field::CPPTYPE_STRING:
        list ? how.AddString(&message, &field, text()) : how.SetString(&message, &field, text());
        break;
      case Field::CPPTYPE_ENUM:
        how.SetEnumValue(&message, &field, static_cast<int>(number));
        break;
      case Field::CPPTYPE_BOOL:
        how.SetBool(&message, &field, number % 2 != 0);
        break;
      case Field::CPPTYPE_DOUBLE:
        how.SetDouble(&message, &field, static_cast<double>(number) / 16);
        break;
      case Field::CPPTYPE_INT32:
        how.SetInt32(&message, &field, static_cast<std::int32_t>(number));
        break;
      case Field::CPPTYPE_UINT32:
        how.SetUInt32(&message, &field, static_cast<std::uint32_t>(number));
        break;
      case Field::CPPTYPE_INT64:
        how.SetInt64(&message, &field, number);
        break;
      case Field::CPPTYPE_UINT64:
        how.SetUInt64(&message, &field, static_cast<std::uint64_t>(number));
        break;
      case Field::CPPTYPE_FLOAT:
        how.SetFloat(&message, &field, static_cast<float>(number));
        break;
    }
  }

  std::mt19937_64 engine_;
  test::RandomModel model_;
  v1::Event scratch_;
};

// Both ways, of the same decoder, so that what one event leaves behind would show in the next.
bool read_alike(EventDecoder& decoder, const std::string& bytes) {
  const auto fast = decoder.decode(bytes);
  const auto slow = decoder.decode_slowly(bytes);
  if (fast.has_value() != slow.has_value()) {
    return false;
  }
  return fast ? *fast == *slow
              : fast.error().message == slow.error().message &&
                    fast.error().fault == slow.error().fault;
}

}  // namespace

TEST_CASE("any bytes are read as protobuf reads them", "[wire][event]") {
  EventDecoder decoder;
  EventReader reader;
  std::size_t straight = 0;
  std::size_t good = 0;
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    INFO("seed " << seed);
    RandomMessage random(seed);
    const std::string bytes = random.event().SerializeAsString();
    const std::string others = random.event().SerializeAsString();
    REQUIRE(read_alike(decoder, bytes));
    straight += reader.read(bytes) != nullptr ? 1 : 0;
    good += decoder.decode(bytes).has_value() ? 1 : 0;
    for (int i = 0; i < 4; ++i) {
      REQUIRE(read_alike(decoder, random.damaged(bytes, others)));
    }
  }
  CHECK(straight > 12'000);  // the test is about these
  CHECK(good > 3'000);
}

TEST_CASE("what fusiond writes itself is read straight from its bytes", "[wire][event]") {
  EventReader reader;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    INFO("seed " << seed);
    REQUIRE(reader.read(encode_event(test::RandomModel(seed).event())) != nullptr);
  }
}

TEST_CASE("unusual bytes are left to protobuf", "[wire][event]") {
  EventReader reader;
  const auto left_over = [&](const std::string& bytes) { return reader.read(bytes) == nullptr; };
  CHECK_FALSE(left_over(""));
  CHECK(left_over(std::string("\x00\x01", 2)));  // field 0
  CHECK(
      left_over("\x12\x05"
                "ab"));                                              // cut off
  CHECK(left_over("\x12\x01\xff"));                                  // a source that is no text
  CHECK(left_over("\x10\x01"));                                      // a source that is a number
  CHECK(left_over("\xb8\x06\x01"));                                  // a field that nobody knows
  CHECK(left_over("\x0b\x0c"));                                      // a group
  CHECK(left_over("\x30\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));  // a number of ten bytes
  v1::Event message;
  message.mutable_times()->mutable_occurred()->set_seconds(1);
  const std::string once = message.SerializeAsString();
  CHECK_FALSE(left_over(once));
  CHECK(left_over(once + once));  // a message in two parts
  message.mutable_cad_call();
  const std::string call = message.SerializeAsString();
  message.mutable_social_post();
  CHECK(left_over(call + message.SerializeAsString()));  // one payload after another
  v1::Event shaped;
  shaped.mutable_location()->mutable_polygon();
  CHECK(left_over(shaped.SerializeAsString()));
}

}  // namespace fusiond::wire
