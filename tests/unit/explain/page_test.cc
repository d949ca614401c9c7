#include "daemon/explain/page.h"

#include <catch2/catch.hpp>

using namespace fusiond;

TEST_CASE("a page is words first and numbers after, or one line of JSON", "[explain]") {
  const explain::Page page{{{"report",
                             "1. a call",
                             {{"event_id", "e\"1"}},
                             {{"place",
                               "It is near.",
                               {{"place_mn", -12'770},
                                {"distance_m", 62},
                                {"gap_us", 30'000'000},
                                {"chance_permille", 460},
                                {"background_n", 2}}}}},
                            {"link", "Why", {}, {}}}};
  CHECK(explain::text_of(page) ==
        "1. a call\n  It is near. [place -12.77, distance 62 m, gap 30 s, chance 46 %, background "
        "2]\n\nWhy\n");
  CHECK(explain::json_of(page) ==
        "{\"sections\":[{\"kind\":\"report\",\"title\":\"1. a "
        "call\",\"event_id\":\"e\\\"1\",\"facts\":[{\"about\":\"place\",\"words\":\"It is "
        "near.\",\"place_mn\":-12770,\"distance_m\":62,\"gap_us\":30000000,\"chance_permille\":460,"
        "\"background_n\":2}]},{\"kind\":\"link\",\"title\":\"Why\",\"facts\":[]}]}");
}
