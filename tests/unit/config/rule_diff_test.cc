#include "daemon/config/rule_diff.h"

#include <catch2/catch.hpp>

using namespace fusiond;

namespace {

using Files = std::map<std::string, std::string>;
using Sentences = std::vector<std::string>;

constexpr const char* kRule = R"(title: Gunfire
status: live
anchor: {as: shot, from: acoustic, match: {kind: [gunshot], confidence: at least 0.60}, prior: 0.55}
support:
  - {as: call, from: caller, near: {of: shot, within: 400 m}, likelier: 4x}
  - {as: hurt, from: cad, likelier: 4x}
decide:
  firm: {probability: at least 0.75, needs: {any: 1, of: [call, hurt]}}
tests:
  - {name: one, start: 2026-12-04T22:00:00-06:00}
)";

std::string with(const std::string& from, const std::string& to) {
  std::string text = kRule;
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

Sentences changes(const std::string& after) {
  config::Faults faults;
  auto sentences = config::rule_changes({{"g.yaml", kRule}}, {{"g.yaml", after}}, faults);
  CHECK(faults.empty());
  return sentences;
}

}  // namespace

TEST_CASE("a changed limit is named by what it is about", "[config][rules]") {
  CHECK(changes(with("within: 400 m", "within: 300 m")) ==
        Sentences{"g: the radius of `call` changes from 400 m to 300 m"});
  CHECK(changes(with("prior: 0.55", "prior: 0.40")) ==
        Sentences{"g: how often `shot` alone turns out real changes from 0.55 to 0.40"});
  CHECK(changes(with("kind: [gunshot]", "kind: [gunshot, probable_gunshot]")) ==
        Sentences{
            "g: the kinds that `shot` takes changes from gunshot to gunshot, probable_gunshot"});
  CHECK(changes(with("at least 0.75", "at least 0.80")) ==
        Sentences{"g: the probability from which it is firm changes from at least 0.75 to at least "
                  "0.80"});
  CHECK(changes(with("any: 1", "any: 2")) ==
        Sentences{"g: `decide.firm.needs.any` changes from 1 to 2"});
}

TEST_CASE("a part that comes or goes is told as a whole", "[config][rules]") {
  CHECK(changes(with("  - {as: hurt, from: cad, likelier: 4x}\n", "")) ==
        Sentences{"g: support `hurt` is gone"});
  CHECK(changes(with("decide:", "  - {as: seen, from: camera, likelier: 1.5x}\ndecide:")) ==
        Sentences{"g: a new support `seen`: from camera; likelier 1.5x"});
  CHECK(changes(with("likelier: 4x}\n  - {as: hurt", "at_most: 2, likelier: 4x}\n  - {as: hurt")) ==
        Sentences{"g: how many of `call` count at most is now 2, where nothing was said"});
  CHECK(changes(with(", likelier: 4x}\n  - {as: hurt", "}\n  - {as: hurt")) ==
        Sentences{"g: the factor of `call` is gone; it was 4x"});
}

TEST_CASE("tests, files and zones come and go", "[config][rules]") {
  CHECK(changes(with("name: one, start: 2026-12-04", "name: one, start: 2026-12-05")) ==
        Sentences{"g: the test `one` is another"});
  CHECK(changes(with("name: one", "name: two")) ==
        Sentences{"g: the test `two` is new", "g: the test `one` is gone"});
  config::Faults faults;
  CHECK(config::rule_changes({{"a.yaml", "title: A"}, {"z.geojson", "1"}},
                             {{"b.yaml", "title: B"}, {"z.geojson", "2"}}, faults) ==
        Sentences{"b is new: B", "z.geojson is another file", "a is gone"});
}

TEST_CASE("comments and order are no difference", "[config][rules]") {
  CHECK(changes(std::string(kRule) + "# a comment\n").empty());
  CHECK(changes(with("{as: hurt, from: cad, likelier: 4x}", "{likelier: 4x, from: cad, as: hurt}"))
            .empty());
}

TEST_CASE("what is no YAML is a fault", "[config][rules]") {
  config::Faults faults;
  (void)config::rule_changes({}, {{"a.yaml", "a: [b"}}, faults);
  CHECK_FALSE(faults.empty());
}
