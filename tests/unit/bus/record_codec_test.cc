#include "daemon/bus/embedded/record_codec.h"

#include <catch2/catch.hpp>

namespace fusiond::bus {
namespace {

ports::OutRecord sample() {
  return {.topic = "t",
          .key = std::string("k\0ey", 4),
          .value = std::string(200, 'v'),
          .headers = {{"a", "1"}, {"", ""}},
          .partition = {}};
}

std::string encoded(const ports::OutRecord& record) {
  std::string bytes = encode_record(record);
  stamp_record(bytes, wall_time(1'687'111'200'123'456));
  return bytes;
}

}  // namespace

TEST_CASE("a record of the embedded log is decoded as it was encoded", "[bus][codec]") {
  ports::BusRecord out;
  REQUIRE(decode_record(encoded(sample()), out));
  CHECK(out.key == sample().key);
  CHECK((out.value == sample().value));
  CHECK((out.headers == sample().headers));
  CHECK(micros_of(out.appended) == 1'687'111'200'123'456);
}

TEST_CASE("a tombstone is told from an empty value", "[bus][codec]") {
  auto record = sample();
  record.value = "";
  ports::BusRecord out;
  REQUIRE(decode_record(encoded(record), out));
  CHECK((out.value == std::string()));
  record.value.reset();
  REQUIRE(decode_record(encoded(record), out));
  CHECK_FALSE(out.value);
  CHECK(decode_head(encoded(record))->tombstone);
}

TEST_CASE("a record that is cut off or longer than it says is corrupt", "[bus][codec]") {
  const std::string bytes = encoded(sample());
  ports::BusRecord out;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto decoded = decode_record(bytes.substr(0, size), out);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().fault == Fault::corrupt);
  }
  CHECK_FALSE(decode_record(bytes + "x", out));
}

TEST_CASE("a length that is never finished is corrupt", "[bus][codec]") {
  std::string bytes = encoded(sample()).substr(0, 10) + std::string(20, '\xff');
  ports::BusRecord out;
  CHECK_FALSE(decode_record(bytes, out));
}

}  // namespace fusiond::bus
