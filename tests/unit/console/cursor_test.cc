#include "daemon/console/cursor.h"

#include <catch2/catch.hpp>

using fusiond::console::Cursor;

TEST_CASE("a cursor is read back as it was written", "[console][cursor]") {
  for (const auto* text : {"", "0:0", "0:1234", "0:12,1:7,63:18446744073709551615"}) {
    const auto cursor = Cursor::parse(text);
    REQUIRE(cursor);
    CHECK(cursor->str() == text);
  }
  CHECK(Cursor::parse("3:9")->next(3) == 9);
  CHECK(Cursor::parse("3:9")->next(0) == 0);
}

TEST_CASE("what is no cursor is refused", "[console][cursor]") {
  for (const auto* text : {"x", "0", "0:", ":1", "0:-1", "-1:0", "0:1:2", ",", ",0:1", "0:1,x",
                           "0: 1", "0:18446744073709551616", "4294967296:1", "0:1\n"}) {
    INFO(text);
    CHECK_FALSE(Cursor::parse(text));
  }
}
