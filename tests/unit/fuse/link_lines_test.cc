#include "daemon/fuse/link_lines.h"

#include <catch2/catch.hpp>

namespace fusiond::fuse {
namespace {

using Ids = std::vector<std::string>;

TEST_CASE("a group of linked events is a list, an object or ids between commas", "[fuse][links]") {
  LinkLines lines;
  for (const char* line : {R"(["a","b"])", R"({"event_ids":["a","b"]})", "a,b", R"("a" , "b" )"}) {
    INFO(line);
    const auto link = lines.read(line);
    REQUIRE(link);
    CHECK(link->events == Ids{"a", "b"});
    CHECK_FALSE(link->assigns);
  }
}

TEST_CASE("a line may say where one event belongs, if only by itself", "[fuse][links]") {
  LinkLines lines;
  const auto link = lines.read(R"({"event_id":"a","incident_id":"i1","kind":"report"})");
  REQUIRE(link);
  CHECK(link->events == Ids{"a"});
  CHECK(link->incident == "i1");
  CHECK(link->assigns);
  const auto alone = lines.read(R"({"event_id":"b","incident_id":null})");
  REQUIRE(alone);
  CHECK(alone->incident.empty());
  CHECK(alone->assigns);
}

TEST_CASE("a line of links that makes no sense says what was expected", "[fuse][links]") {
  LinkLines lines;
  CHECK_FALSE(lines.read("{"));
  CHECK_FALSE(lines.read(R"([1,2])"));
  const auto link = lines.read(R"({"id":"a"})");
  REQUIRE_FALSE(link);
  CHECK(link.error().message.find("event_ids") != std::string::npos);
}

}  // namespace
}  // namespace fusiond::fuse
