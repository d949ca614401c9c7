#include "daemon/wire/json_parts.h"

#include <catch2/catch.hpp>

using namespace fusiond;

TEST_CASE("the items of an array are given as they stand", "[wire]") {
  const std::string text = R"({"a":{"b":[1,"x"]},"list":[{"n":1},{"n":2}],"t":7})";
  CHECK(wire::json_items(text, "list").value() ==
        std::vector<std::string>{R"({"n":1})", R"({"n":2})"});
  CHECK(wire::json_items("{\"list\":[]}", "list").value().empty());
}

TEST_CASE("a part that is not there is bad input, named", "[wire]") {
  CHECK(wire::json_items("{\"a\":1}", "b").error().message.starts_with("no b in the JSON: "));
  CHECK(wire::json_items("nonsense", "b").error().fault == Fault::bad_input);
  CHECK(wire::json_items("{\"a\":1}", "a").error().fault == Fault::bad_input);
}
