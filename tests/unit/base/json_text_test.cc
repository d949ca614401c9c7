#include "daemon/base/json_text.h"

#include <catch2/catch.hpp>

using namespace fusiond;

TEST_CASE("a JSON string escapes what must be and keeps the rest", "[base]") {
  CHECK(json_string("plain") == "\"plain\"");
  CHECK(json_string("a\"b\\c") == R"("a\"b\\c")");
  CHECK(json_string("größe") == "\"größe\"");
  CHECK(json_string("a\nb").find('\n') == std::string::npos);
}

TEST_CASE("bytes that are no UTF-8 do not break the JSON", "[base]") {
  CHECK(json_string("a\xff"
                    "b") ==
        "\"a\xEF\xBF\xBD"
        "b\"");
}
