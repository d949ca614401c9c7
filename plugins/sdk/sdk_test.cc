// The small parts that the plugins share.
#include <catch2/catch.hpp>

#include "plugins/sdk/civil_time.h"
#include "plugins/sdk/csv.h"
#include "plugins/sdk/json_parts.h"
#include "plugins/sdk/keyed_hash.h"

namespace fusiond::sdk {
namespace {

constexpr std::array<std::string_view, 1> kRows = {"features"};

std::string cut(std::string_view body) {
  const auto split = split_json(body, kRows);
  std::string out;
  for (const auto& part : split.parts) {
    out += std::string(part.bytes) + "|";
  }
  return out + (split.broken ? split.broken->reason : "");
}

std::int64_t seconds(std::string_view text, TimeFormat format = TimeFormat::text) {
  const auto instant = read_time(text, format, Zone{});
  return instant ? instant->us / 1'000'000 : -1;
}

TEST_CASE("a delivery is cut into rows, members, one object or lines", "[sdk][json]") {
  CHECK(cut(R"([{"a":[1,"]"]},2, "x" ])") == R"({"a":[1,"]"]}|2|"x"|)");
  CHECK(cut(R"({"n":"}{","features":[{"a":1},{}],"x":1})") == R"({"a":1}|{}|)");
  CHECK(cut(R"({"a":1})") == R"({"a":1}|)");
  CHECK(cut("{\"a\":1}\n{\"b\":2}\r\n\n{\"c\":3}\n") == R"({"a":1}|{"b":2}|{"c":3}|)");
  CHECK(cut("{\n \"a\":1\n}\n{\n \"b\":2\n}") == "{\n \"a\":1\n}|{\n \"b\":2\n}|");
  CHECK(cut("\xEF\xBB\xBF [ ]").empty());
  CHECK(cut(" \n").empty());
}

TEST_CASE("what cannot be cut is one break after the whole parts", "[sdk][json]") {
  CHECK(cut(R"([{"a":1},{"b":)") == R"({"a":1}|truncated)");
  CHECK(cut(R"([{"a":1},12)") == R"({"a":1}|truncated)");
  CHECK(cut(R"({"features":[{"a":1})") == R"({"a":1}|truncated)");
  CHECK(cut(R"({"features":[{"a":1}],)") == R"({"a":1}|truncated)");
  CHECK(cut(R"([{"a":1} {"b":2}])") == R"({"a":1}|bad_json)");
  CHECK(cut(R"([1]x)") == "1|bad_json");
  CHECK(cut("<html>") == "not_json");
  CHECK(cut("{\"a\":\n{\"b\":2}\n") == "{\"a\":|{\"b\":2}|");
}

TEST_CASE("times are read in the forms that feeds write", "[sdk][time]") {
  CHECK(seconds("1970-01-02T00:00:01Z") == 86401);
  CHECK(seconds("1970-01-02T00:00:01.5+01:00") == 82801);
  CHECK(seconds("1970-01-01T16:00:00-0800") == 86400);
  CHECK(seconds("1/2/1970 1:00 AM") == 90000);
  CHECK(seconds("1/2/1970 12:00:01 PM") == 129601);
  CHECK(seconds("1-Jan-13 0:01:47") == 1356998507);
  CHECK(seconds("2013-01-01") == 1356998400);
  CHECK(seconds("1356998507.25", TimeFormat::epoch_s) == 1356998507);
  CHECK(seconds("1356998507000", TimeFormat::epoch_ms) == 1356998507);
  CHECK(read_time("2031-05-04T10:11", TimeFormat::text, Zone{})->rounding_seconds == 60);
}

TEST_CASE("what is no time is nothing", "[sdk][time]") {
  for (const auto* text :
       {"", "soon", "2031-13-01", "2031-02-30", "2031-05-04T25:00", "2031-05-04T10:61",
        "2031-05-04T10:11:12+99:00", "2031-05-04T10:11:12x", "13:00", "12-05-2031",
        "2031-05-04T13:00 PM", "0-1-1", "2031-05-04T10:11:12."}) {
    CHECK(seconds(text) == -1);
  }
  CHECK(seconds("1e999", TimeFormat::epoch_s) == -1);
  CHECK(seconds("99999999999999999999", TimeFormat::epoch_ms) == -1);
  CHECK(seconds("nan", TimeFormat::epoch_s) == -1);
}

TEST_CASE("a CSV field may hold commas, quotes and line ends", "[sdk][csv]") {
  CsvReader reader("a,\"b, \"\"c\"\"\nd\",e\r\n\r\nf,,\n\"open");
  auto record = reader.next();
  REQUIRE(record);
  CHECK(record->fields == std::vector<std::string>{"a", "b, \"c\"\nd", "e"});
  record = reader.next();
  REQUIRE(record);
  CHECK(record->fields == std::vector<std::string>{"f", "", ""});
  CHECK(record->complete);
  record = reader.next();
  REQUIRE(record);
  CHECK_FALSE(record->complete);
  CHECK_FALSE(reader.next());
}

TEST_CASE("a keyed hash depends on the key and on the text", "[sdk]") {
  CHECK(keyed_hash("k", "a") == keyed_hash("k", "a"));
  CHECK(keyed_hash("k", "a") != keyed_hash("l", "a"));
  CHECK(keyed_hash("k", "a") != keyed_hash("k", "b"));
  CHECK(keyed_hash("Jefe", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c7");  // RFC 4231, case 2
}

}  // namespace
}  // namespace fusiond::sdk
