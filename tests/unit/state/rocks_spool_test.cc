// What is particular to the spool's disk; the rest is in tests/contract.
#include "daemon/state/rocks_spool.h"

#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "daemon/state/key_layout.h"
#include "daemon/state/rocks_database.h"
#include "tests/support/temp_folder.h"

namespace fusiond::state {

TEST_CASE("keys of sequences sort as the sequences do", "[state]") {
  CHECK(sequence_key(255) < sequence_key(256));
  CHECK(sequence_key(1) < sequence_key(1ULL << 40U));
  CHECK(sequence_from(sequence_key(1ULL << 40U)) == 1ULL << 40U);
  CHECK_FALSE(sequence_from("short").has_value());
  CHECK(digits_from("42") == 42);
  CHECK_FALSE(digits_from("42x").has_value());
  CHECK_FALSE(digits_from("").has_value());
}

TEST_CASE("a spool of another format is refused and left alone", "[state]") {
  const test::TempFolder folder;
  {
    auto database = RocksDatabase::open(
        {.dir = folder.path(), .families = {"spool"}, .write_buffer_bytes = 1 << 20, .format = 2});
    REQUIRE(database.has_value());
  }
  const auto spool = RocksSpool::open({.dir = folder.path()});
  REQUIRE_FALSE(spool.has_value());
  CHECK(spool.error().fault == Fault::bad_config);
  CHECK(spool.error().message.find(
            "written by a newer version of fusiond: format 2, this one reads 1") !=
        std::string::npos);
}

TEST_CASE("a place where no spool can be is unavailable", "[state]") {
  const test::TempFolder folder;
  std::ofstream(folder.path() + "/file") << "x";
  CHECK(RocksSpool::open({.dir = folder.path() + "/file/s"}).error().fault == Fault::unavailable);
}

}  // namespace fusiond::state
