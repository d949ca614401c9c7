#include "daemon/config/yaml_section.h"

#include <catch2/catch.hpp>

using namespace fusiond::config;

namespace {

// Reads `text` with `read` and gives the faults as `fusiond check` prints them.
std::vector<std::string> faults_of(const std::string& text,
                                   const std::function<void(Section&)>& read) {
  Faults faults;
  if (const auto file = parse_yaml("x.yaml", text, faults)) {
    Section top(file->path, file->root, "", faults);
    read(top);
  }
  std::sort(faults.begin(), faults.end());
  std::vector<std::string> lines;
  for (const auto& fault : faults) {
    lines.push_back(fault.text());
  }
  return lines;
}

}  // namespace

TEST_CASE("values are read and absent keys keep their defaults", "[config]") {
  int port = 1;
  double rate = 2;
  bool sync = false;
  std::string name = "kept";
  const auto faults = faults_of("port: 8080\nrate: 0.5\nsync: true\n", [&](Section& s) {
    s.integer("port", port, 0, 65535);
    s.number("rate", rate, 0, 1);
    s.boolean("sync", sync);
    s.text("name", name);
  });
  CHECK(faults.empty());
  CHECK(port == 8080);
  CHECK(rate == 0.5);
  CHECK(sync);
  CHECK(name == "kept");
}

TEST_CASE("every fault comes at once, each with line, column and the nearest valid key",
          "[config]") {
  int port = 0;
  std::string kind = "embedded";
  const auto faults =
      faults_of("prot: 1\nport: many\nbus:\n  kind: kafak\n  extra: 1\n", [&](Section& s) {
        s.integer("port", port, 0, 65535);
        s.section("bus",
                  [&](Section& bus) { bus.choice("kind", kind, {"kafka", "embedded", "memory"}); });
      });
  CHECK(faults == std::vector<std::string>{
                      "x.yaml:1:1: unknown key prot; did you mean port?",
                      "x.yaml:2:7: port must be a whole number, got: many",
                      "x.yaml:4:9: bus.kind must be one of kafka, embedded, memory (did you mean "
                      "kafka?), got: kafak",
                      "x.yaml:5:3: unknown key bus.extra",
                  });
}

TEST_CASE("a number beyond its range names the range and the value", "[config]") {
  int port = 0;
  CHECK(faults_of("port: 70000\n", [&](Section& s) { s.integer("port", port, 0, 65535); }) ==
        std::vector<std::string>{"x.yaml:1:7: port must be from 0 to 65535, got: 70000"});
}

TEST_CASE("a key that stands twice is a fault", "[config]") {
  int port = 0;
  CHECK(faults_of("port: 1\nport: 2\n", [&](Section& s) { s.integer("port", port, 0, 9); }) ==
        std::vector<std::string>{"x.yaml:2:1: the key stands twice: port"});
}

TEST_CASE("aliases, anchors, broken text and deep nesting are refused with their place",
          "[config]") {
  const auto nothing = [](Section&) {};
  CHECK(faults_of("a: &x 1\nb: *x\n", nothing).at(0).find("x.yaml:1:") == 0);
  CHECK(faults_of("a: [1, 2\n", nothing).at(0).find("x.yaml:2:") == 0);
  CHECK(faults_of("- 1\n- 2\n", nothing) ==
        std::vector<std::string>{"x.yaml:1:1: a mapping of keys is wanted at the top"});
  std::string deep = "a: ";
  for (int i = 0; i < 40; ++i) {
    deep += "[";
  }
  for (int i = 0; i < 40; ++i) {
    deep += "]";
  }
  CHECK(faults_of(deep, nothing).at(0).find("nested deeper than 32 levels") != std::string::npos);
}

TEST_CASE("a tree becomes JSON with quoted scalars as text", "[config]") {
  Faults faults;
  const auto file =
      parse_yaml("x.yaml", "a: 1\nb: \"1\"\nc: [true, x, {d: null}]\ne: \"q\\\"\\n\"\n", faults);
  REQUIRE(file);
  CHECK(to_json(file->root) == R"({"a":1,"b":"1","c":[true,"x",{"d":null}],"e":"q\"\n"})");
}

TEST_CASE("a JSON pointer finds its node, or the deepest one on the way", "[config]") {
  Faults faults;
  const auto file = parse_yaml("x.yaml", "columns:\n  - name: a\n  - nam: b\n", faults);
  REQUIRE(file);
  CHECK(at_pointer(file->root, "/columns/1/nam").Scalar() == "b");
  CHECK(at_pointer(file->root, "/columns/1/absent").Mark().line == 2);
}
