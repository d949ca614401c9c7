#include "daemon/config/load_bundle.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "daemon/config/load.h"
#include "daemon/config/rule_keys.h"
#include "tests/support/temp_folder.h"

using namespace fusiond;
using config::Faults;

namespace {

namespace fs = std::filesystem;

constexpr const char* kRight = "tests/unit/config/right_rules/";

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Of the shipped association, on a day on which nothing is due.
config::RuleWorld world() {
  Faults faults;
  config::RuleWorld world;
  for (const auto& [kind, row] : config::load_association("", faults).kinds) {
    world.kinds.push_back(kind);
  }
  world.feeds = {"acoustic", "cad", "camera"};
  world.today = *parse_rfc3339("2026-12-05T00:00:00Z");
  return world;
}

// A folder with the right rules, in which a test changes something.
class RulesTest {
 public:
  RulesTest() {
    for (const auto& entry : fs::directory_iterator(kRight)) {
      fs::copy_file(entry.path(), fs::path(dir_.path()) / entry.path().filename());
    }
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(fs::path(dir_.path()) / name, std::ios::binary) << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    return text_of(fs::path(dir_.path()) / name);
  }
  void replace(const std::string& name, const std::string& was, const std::string& is) {
    std::string text = read(name);
    const auto at = text.find(was);
    if (at == std::string::npos) {
      FAIL("not in " << name << ": " << was);
    }
    write(name, text.replace(at, was.size(), is));
  }
  config::LoadedBundle load() {
    faults.clear();
    return config::load_bundle(dir_.path(), world(), faults);
  }
  // Every fault with its line, without the folder.
  std::string messages() {
    std::string text;
    for (const auto& fault : faults) {
      text += config::with_line(fault);
    }
    for (auto at = text.find(dir_.path()); at != std::string::npos; at = text.find(dir_.path())) {
      text.erase(at, dir_.path().size() + 1);
    }
    return text;
  }
  Faults faults;

 private:
  test::TempFolder dir_;
};

// "\n" as it is written in wrong_rules.txt.
std::string unescaped(std::string text) {
  for (auto at = text.find("\\n"); at != std::string::npos; at = text.find("\\n")) {
    text.replace(at, 2, "\n");
  }
  return text;
}

struct Wrong {
  std::string name;
  std::string was;
  std::string is;
};

std::vector<Wrong> all_wrong() {
  std::istringstream in(text_of("tests/unit/config/wrong_rules.txt"));
  std::vector<Wrong> all;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("== ")) {
      all.push_back({line.substr(3), "", ""});
    } else if (line.starts_with("- ") && all.back().was.empty()) {
      all.back().was = unescaped(line.substr(2));
    } else if (line.starts_with("+")) {
      all.back().is = unescaped(line.size() > 2 ? line.substr(2) : "");
    }
  }
  return all;
}

bool has(const Faults& faults, const std::string& part) {
  return std::any_of(faults.begin(), faults.end(), [&](const config::FaultLine& fault) {
    return fault.text().find(part) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("right rules load, with every part in its place", "[config][rules]") {
  RulesTest t;
  const auto loaded = t.load();
  INFO(t.messages());
  REQUIRE(t.faults.empty());
  REQUIRE(loaded.bundle.rules.size() == 1);
  const rules::Rule& rule = loaded.bundle.rules.front();
  REQUIRE(rule.parts.size() == 6);
  CHECK(rule.anchor().likelier_mn == 201);
  CHECK(rule.parts[1].near->within_cm == 40'000);
  CHECK(rule.parts[1].time->from == -std::chrono::seconds{30});
  CHECK(rule.parts[1].likelier_mn == 1386);
  CHECK(rule.parts[2].near->speed_mm_per_s == 55'556);
  CHECK(rule.parts[2].at_most == 2);
  CHECK(rule.parts[5].role == PartRole::absent);
  CHECK(rule.firm.needs.least == 1);
  CHECK(rule.firm.needs.of == std::vector<rules::PartIndex>{1, 4});
  CHECK(rule.routes.size() == 2);
  CHECK(loaded.tests.size() == 2);
  CHECK(loaded.tests[0].feed.size() == 2);
  CHECK(loaded.bundle.zones.names() == std::vector<std::string>{"harbour", "hills"});
  CHECK(loaded.bundle.version.starts_with("test-1-"));
}

TEST_CASE("every wrong rule is refused, with the line and what to write instead",
          "[config][rules]") {
  std::string messages;
  const auto all = all_wrong();
  CHECK(all.size() >= 60);
  for (const Wrong& wrong : all) {
    INFO(wrong.name);
    RulesTest t;
    t.replace("shots.yaml", wrong.was, wrong.is);
    (void)t.load();
    CHECK(!t.faults.empty());
    messages += "== " + wrong.name + "\n" + t.messages();
  }
  const std::string golden = "tests/unit/config/wrong_rules.golden";
  if (std::getenv("FUSIOND_UPDATE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    std::ofstream(golden) << messages;
  }
  CHECK(messages == text_of(golden));
}

TEST_CASE("a file that is too large, too deep or no YAML is refused quickly", "[config][rules]") {
  RulesTest t;
  SECTION("10 MB") {
    t.write("shots.yaml", "a: " + std::string(10'000'000, 'x'));
    (void)t.load();
    CHECK(has(t.faults, "larger than 1048576 bytes"));
  }
  SECTION("1,000 levels") {
    t.write("shots.yaml", "a: " + std::string(1000, '[') + std::string(1000, ']'));
    (void)t.load();
    CHECK(has(t.faults, "nested deeper than 32 levels"));
  }
  SECTION("a tab") {
    t.write("shots.yaml", "rule: shots\n\tversion: 1\n");
    (void)t.load();
    CHECK(has(t.faults, "shots.yaml:2:1: a tab"));
  }
  SECTION("nothing") {
    t.write("shots.yaml", "");
    (void)t.load();
    CHECK(has(t.faults, "a mapping of keys is wanted"));
  }
  SECTION("another ending") {
    t.write("shots.yml", t.read("shots.yaml"));
    (void)t.load();
    CHECK(has(t.faults, "call it .yaml"));
  }
}

TEST_CASE("zones that are none are refused by name", "[config][rules]") {
  RulesTest t;
  const auto zone = [&](const std::string& geometry) {
    t.write(
        "zones.geojson",
        R"({"type":"FeatureCollection","features":[{"properties":{"name":"harbour"},"geometry":)" +
            geometry + "}]}");
    (void)t.load();
  };
  zone(R"({"type":"Polygon","coordinates":[[[0,0],[2,2],[2,0],[0,2],[0,0]]]})");
  CHECK(has(t.faults, "features[0] (harbour): its border crosses or touches itself"));
  zone(R"({"type":"Polygon","coordinates":[[[0,0],[2,2],[0,0]]]})");
  CHECK(has(t.faults, "a ring needs three points or more"));
  zone(R"({"type":"Point","coordinates":[0,0]})");
  CHECK(has(t.faults, "must be a Polygon or a MultiPolygon"));
  zone(R"({"type":"Polygon","coordinates":[[[0,0],[200,2],[0,1]]]})");
  CHECK(has(t.faults, "no [longitude, latitude]"));
  t.write("zones.geojson", "{");
  (void)t.load();
  CHECK(has(t.faults, "is no JSON"));
}

TEST_CASE("what a bundle may not say", "[config][rules]") {
  RulesTest t;
  const auto with = [&](const std::string& was, const std::string& is) {
    RulesTest one;
    one.replace("bundle.yaml", was, is);
    (void)one.load();
    return one.messages();
  };
  CHECK(with("social: {may_open: never", "social: {may_open: alone")
            .find("posts never open an incident") != std::string::npos);
  CHECK(with("plate: {may_open: with-support", "plate: {may_open: alone")
            .find("plate may not open an incident alone") != std::string::npos);
  CHECK(with("words: [gun,", "words: [mosque, gun,").find("A-03") != std::string::npos);
  CHECK(with("words: [gun,", "words: ['@somebody', gun,").find("A-04") != std::string::npos);
  CHECK(with("until: 2026-12-05T23:00:00Z", "until: 2026-12-05T17:00:00Z")
            .find("it ends before it begins") != std::string::npos);
  CHECK(with("  operator: {may_open: alone, keep: 730 d}\n", "").find("needs `operator`") !=
        std::string::npos);
}

TEST_CASE("a list of words carries its tests", "[config][rules]") {
  const auto with = [](const std::string& was, const std::string& is) {
    RulesTest t;
    t.replace("bundle.yaml", was, is);
    (void)t.load();
    return t.messages();
  };
  CHECK(with("he has a gun", "he has a gum").find("finds nothing in this text, and it must") !=
        std::string::npos);
  CHECK(
      with("a gunny sack", "a gun in a sack").find("finds a word in this text, and it must not") !=
      std::string::npos);
  CHECK(with("    version: 1\n", "").find("needs `version`") != std::string::npos);
}

TEST_CASE("calendars say when rules, suppressions and protected events hold", "[config][rules]") {
  const std::string fridays =
      "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nDTSTART;TZID=America/Chicago:20261204T180000\n"
      "DURATION:PT5H\nRRULE:FREQ=WEEKLY;COUNT=4\nEND:VEVENT\nEND:VCALENDAR\n";
  RulesTest t;
  t.write("fridays.ics", fridays);
  t.replace("bundle.yaml", "protected_events:",
            "calendars:\n  - {calendar: fridays, file: fridays.ics}\nprotected_events:");
  t.replace("bundle.yaml", "from: 2026-12-05T18:00:00Z, until: 2026-12-05T23:00:00Z",
            "calendar: fridays");
  t.replace("shots.yaml", "inside: harbour\nanchor:", "inside: harbour\nduring: fridays\nanchor:");
  const std::string window = t.read("suppressions.yaml");
  const auto from = window.find("    from:");
  const auto until = window.find("\n", window.find("    until:"));
  t.write("suppressions.yaml",
          window.substr(0, from) + "    calendar: fridays" + window.substr(until));
  const auto loaded = t.load();
  INFO(t.messages());
  REQUIRE(t.faults.empty());
  CHECK(loaded.bundle.rules[0].hours.size() == 4);
  CHECK(loaded.bundle.protected_events.at("parade").when.size() == 4);
  CHECK(loaded.bundle.suppressions.begin()->second.when.size() == 4);
  const auto refused = [&](const std::string& was, const std::string& is) {
    const std::string right = t.read("bundle.yaml");
    t.replace("bundle.yaml", was, is);
    (void)t.load();
    t.write("bundle.yaml", right);
    return t.messages();
  };
  CHECK(refused("file: fridays.ics", "file: friday.ics").find("there is no file friday.ics") !=
        std::string::npos);
  CHECK(refused("file: fridays.ics", "file: fridays.ics, zone: America/Chicgo")
            .find("no time zone that is known: America/Chicgo") != std::string::npos);
  CHECK(refused("calendar: fridays}\n", "calendar: friday}\n")
            .find("there is no calendar `friday`; did you mean") != std::string::npos);
  t.write("fridays.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR\n");
  (void)t.load();
  CHECK(has(t.faults, "fridays.ics:2:1: this event has no DTSTART"));
}

TEST_CASE("a pattern loads with what it counts", "[config][rules]") {
  RulesTest t;
  t.replace("shots.yaml", "inside: harbour\nanchor:",
            "pattern: {key: zone, zones: [harbour, hills], within: 10 min}\nanchor:");
  t.replace("shots.yaml", "prior: 0.55", "distinct: source\n  at_least: 3\n  prior: 0.55");
  t.replace("shots.yaml", "firm: {probability", "firm: {count: at least 5, probability");
  const auto loaded = t.load();
  INFO(t.messages());
  REQUIRE(t.faults.empty());
  const rules::Rule& rule = loaded.bundle.rules.front();
  REQUIRE(rule.pattern.has_value());
  CHECK(rule.pattern->by == rules::GroupBy::zone);
  CHECK(rule.pattern->of == std::vector<std::string>{"harbour", "hills"});
  CHECK(rule.pattern->within == std::chrono::minutes{10});
  CHECK(rule.anchor().at_least == 3);
  CHECK(rule.anchor().distinct == rules::Field::source);
  CHECK(rule.firm.count == 5);
}

TEST_CASE("a suppression has an end, a place and a type", "[config][rules]") {
  const auto without = [](const std::string& line) {
    RulesTest t;
    t.replace("suppressions.yaml", line, "");
    (void)t.load();
    return t.messages();
  };
  CHECK(without("    until: 2027-01-01T10:00:00Z\n")
            .find("says when by `from` and `until`, or by `calendar`") != std::string::npos);
  CHECK(without("    inside: harbour\n").find("needs `inside`") != std::string::npos);
  CHECK(without("    types: [SHOOT]\n").find("needs `types`") != std::string::npos);
}

TEST_CASE("a rule that reads posts needs all that such rules need", "[config][rules]") {
  const std::string social =
      "social: {predicate: threat-to-life, level: overt, inside: harbour, hours: "
      "\"18:00-02:00 America/Chicago\"}\napprover_role: supervisor\n";
  RulesTest t;
  t.replace("shots.yaml", "from: plate\n", "from: social\n");
  t.replace("shots.yaml", "sources: [acoustic, cad, plate], keep: 30 d",
            "sources: [acoustic, cad, social], keep: 7 d");
  t.replace("shots.yaml",
            "match: {kind: [plate_hit], list: [stolen-vehicle], list_age: at most 24 h}",
            "match: {kind: [social_shots], words: gun-words}");
  t.replace("shots.yaml", "expires: 2028-11-30\n", "expires: 2026-12-30\n" + social);
  t.replace("shots.yaml", "review_by: 2027-11-30", "review_by: 2026-12-20");
  auto loaded = t.load();
  INFO(t.messages());
  REQUIRE(t.faults.empty());
  const rules::Rule& rule = loaded.bundle.rules.front();
  CHECK(rule.threat_to_life);
  CHECK(rule.hours.size() == 30);
  const auto refused = [&](const std::string& was, const std::string& is) {
    const std::string right = t.read("shots.yaml");
    t.replace("shots.yaml", was, is);
    (void)t.load();
    t.write("shots.yaml", right);
    return !t.faults.empty();
  };
  CHECK(refused("predicate: threat-to-life, ", ""));
  CHECK(refused("predicate: threat-to-life", "predicate: criminal"));
  CHECK(refused("level: overt", "level: covert"));
  CHECK(refused("inside: harbour, hours", "hours"));
  CHECK(refused(", hours: \"18:00-02:00 America/Chicago\"", ""));
  CHECK(refused("18:00-02:00 America/Chicago", "18:00-02:00 America/Chicgo"));
  CHECK(refused("expires: 2026-12-30", "expires: 2027-01-30"));
  CHECK(refused("approver_role: supervisor\n", ""));
}

TEST_CASE("a review that is due is refused, one that comes up is said", "[config][rules]") {
  RulesTest t;
  t.replace("shots.yaml", "review_by: 2027-11-30", "review_by: 2026-12-20");
  const auto soon = t.load();
  CHECK(t.faults.empty());
  REQUIRE(soon.warnings.size() == 1);
  CHECK(soon.warnings[0].message == "its review is due within 30 days");
  t.replace("shots.yaml", "review_by: 2026-12-20", "review_by: 2026-12-01");
  (void)t.load();
  CHECK(has(t.faults, "its review is due"));
}

TEST_CASE("the reference page names every key of a rule, and the schema does", "[config][rules]") {
  const std::string page = text_of("config/rules/README.md") + text_of("config/rules/PATTERNS.md") +
                           text_of("config/rules/TESTS.md");
  const std::string schema = config::rule_schema();
  std::vector<const config::KeyTable*> tables{&config::rule_keys()};
  for (std::size_t i = 0; i < tables.size(); ++i) {
    for (const config::Key& key : tables[i]->keys) {
      if (key.shape == config::Shape::planned || key.shape == config::Shape::refused) {
        continue;
      }
      const std::string name(key.name);
      INFO(tables[i]->name << ": " << name);
      CHECK(page.find(name) != std::string::npos);
      CHECK(schema.find("\"" + name + "\":") != std::string::npos);
      CHECK(!key.meaning.empty());
      const bool known = std::find(tables.begin(), tables.end(), key.inner) != tables.end();
      if (key.inner != nullptr && !known) {
        tables.push_back(key.inner);
      }
    }
  }
  CHECK(tables.size() > 15);
}

TEST_CASE("the shipped rules load", "[config][rules]") {
  Faults faults;
  config::RuleWorld shipped = world();
  shipped.feeds.reset();
  const auto loaded = config::load_bundle("config/rules", shipped, faults);
  std::string text;
  for (const auto& fault : faults) {
    text += config::with_line(fault);
  }
  INFO(text);
  CHECK(faults.empty());
  CHECK(loaded.bundle.rules.size() >= 6);
  CHECK(loaded.warnings.empty());
}
