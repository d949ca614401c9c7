// What every plugin promises, checked on the shared object itself, through the C ABI.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <simdjson.h>
#include <sstream>

#include <catch2/catch.hpp>

#include "fusiond/v1/event.pb.h"
#include "tests/contract/plugin_loaded.h"

namespace fusiond::test {
namespace {

const std::array<std::string, 4> kKinds = {"cad_poll", "acoustic", "camera", "social"};

const LoadedPlugin& plugin_of(const std::string& kind) {
  static std::map<std::string, LoadedPlugin> loaded;
  auto found = loaded.find(kind);
  if (found == loaded.end()) {
    found = loaded
                .emplace(kind,
                         LoadedPlugin(std::string(FUSIOND_PLUGIN_DIR) + "/fusiond_" + kind + ".so"))
                .first;
  }
  INFO(found->second.error());
  REQUIRE(found->second.loaded());
  return found->second;
}

// A sample with its settings and what must come of it: a row of samples/cases.json.
struct Case {
  std::string kind;
  std::string file;
  std::string body;
  std::string settings;
  std::size_t events = 0;
  std::map<std::string, int> rejects;
  std::map<std::string, int> skips;
};

std::string contents_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  INFO(file.string());
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::map<std::string, int> counts_of(simdjson::dom::element object) {
  std::map<std::string, int> out;
  for (const auto member : object.get_object()) {
    out[std::string(member.key)] = static_cast<int>(member.value.get_int64());
  }
  return out;
}

std::vector<Case> cases_of(const std::string& kind) {
  const auto folder = std::filesystem::path(FUSIOND_SOURCE_DIR) / "plugins" / kind / "samples";
  simdjson::dom::parser parser;
  const auto text = contents_of(folder / "cases.json");
  std::vector<Case> out;
  for (const simdjson::dom::element row : parser.parse(text).get_array()) {
    Case one;
    one.kind = kind;
    one.file = std::string(std::string_view(row["file"]));
    one.body = contents_of(folder / one.file);
    one.settings = simdjson::minify(row["settings"]);
    one.events = static_cast<std::size_t>(row["events"].get_int64());
    one.rejects = counts_of(row["rejects"]);
    one.skips = counts_of(row["skips"]);
    out.push_back(std::move(one));
  }
  REQUIRE_FALSE(out.empty());
  return out;
}

std::vector<Case> all_cases() {
  std::vector<Case> out;
  for (const auto& kind : kKinds) {
    std::ranges::move(cases_of(kind), std::back_inserter(out));
  }
  return out;
}

PluginAnswer parsed(const Case& one, std::string_view body) {
  const PluginInstance instance(plugin_of(one.kind), one.settings);
  INFO(one.kind << " " << one.file << ": " << instance.error());
  REQUIRE(instance.made());
  return instance.parse(body);
}

bool is_snake_case(const std::string& name) {
  return !name.empty() && name.size() <= 40 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// What holds of any answer to any bytes. Fails with the first thing that does not.
std::string fault_of(const PluginAnswer& answer) {
  if (answer.code != 0) {
    return "the instance broke";
  }
  for (const auto& part : answer.events) {
    v1::Event event;
    if (!event.ParseFromString(part.bytes)) {
      return "an event that is none (or holds text that is not UTF-8)";
    }
    if (event.source_event_id().empty() || event.type().empty() ||
        event.source_kind() == v1::SOURCE_KIND_UNSPECIFIED) {
      return "an event without identity, type or kind of source";
    }
    if (event.location().has_point() && !(std::abs(event.location().point().lat()) <= 90 &&
                                          std::abs(event.location().point().lon()) <= 180)) {
      return "a point off the globe";
    }
    if (part.position.empty()) {
      return "an event without position";
    }
  }
  for (const auto& reject : answer.rejects) {
    if (!is_snake_case(reject.reason) || reject.bytes.empty() ||
        reject.position.find("byte ") == std::string::npos) {
      return "a reject without reason, detail or position: " + reject.reason;
    }
  }
  for (const auto& [reason, count] : answer.skips) {
    if (!is_snake_case(reason)) {
      return "a skip without reason: " + reason;
    }
  }
  return "";
}

std::size_t offset_of(const PluginPart& part) {
  return std::stoul(part.position.substr(part.position.rfind(' ') + 1));
}

// The same part, even if the delivery is cut another way ("row 0" of one object is "line 0" of
// several).
bool is_same_part(const PluginPart& a, const PluginPart& b) {
  return a.bytes == b.bytes && a.original == b.original && offset_of(a) == offset_of(b);
}

TEST_CASE("a plugin shows its ABI, kind and version", "[plugin]") {
  for (const auto& kind : kKinds) {
    const auto& plugin = plugin_of(kind);
    CHECK(plugin->abi == FUSIOND_PLUGIN_ABI);
    CHECK(plugin->size == sizeof(fusiond_plugin));
    CHECK(plugin->kind == kind);
    CHECK(std::string(plugin->version) == "1.0.0");
  }
}

TEST_CASE("each sample yields the events, rejects and skips that it was written for", "[plugin]") {
  for (const auto& one : all_cases()) {
    const auto answer = parsed(one, one.body);
    INFO(one.kind << " " << one.file);
    CHECK(answer.events.size() == one.events);
    CHECK(answer.reject_reasons() == one.rejects);
    CHECK(answer.skips == one.skips);
    CHECK(fault_of(answer).empty());
    for (const auto& reject : answer.rejects) {
      CHECK(one.body.substr(offset_of(reject), reject.original.size()) == reject.original);
    }
    for (const auto& event : answer.events) {
      CHECK((event.original.empty() ||
             one.body.substr(offset_of(event), event.original.size()) == event.original));
    }
  }
}

TEST_CASE("the same delivery gives the same answer, to one instance and to another", "[plugin]") {
  for (const auto& one : all_cases()) {
    INFO(one.kind << " " << one.file);
    const PluginInstance instance(plugin_of(one.kind), one.settings);
    const auto first = instance.parse(one.body);
    CHECK((instance.parse(one.body) == first));
    CHECK((parsed(one, one.body) == first));
  }
}

TEST_CASE("a delivery that breaks off anywhere keeps the parts before the break", "[plugin][bad]") {
  for (const auto& one : all_cases()) {
    const auto whole = parsed(one, one.body);
    for (std::size_t size = 0; size < one.body.size(); ++size) {
      const auto cut = parsed(one, std::string_view(one.body).substr(0, size));
      INFO(one.kind << " " << one.file << " cut to " << size << " bytes");
      REQUIRE(fault_of(cut).empty());
      REQUIRE(cut.parts() > 0);
      for (std::size_t i = 0; i < whole.events.size(); ++i) {
        const auto next =
            i + 1 < whole.events.size() ? offset_of(whole.events[i + 1]) : one.body.size();
        const auto end = whole.events[i].original.empty()
                             ? next
                             : offset_of(whole.events[i]) + whole.events[i].original.size() + 1;
        if (size < end) {
          break;
        }
        REQUIRE(cut.events.size() > i);
        REQUIRE(is_same_part(cut.events[i], whole.events[i]));
      }
    }
  }
}

TEST_CASE("any value may be of any type without harm", "[plugin][bad]") {
  const std::array<std::string, 17> values = {"null",
                                              "true",
                                              "7",
                                              "-1.5",
                                              "\"x\"",
                                              "\"\"",
                                              "[]",
                                              "{}",
                                              "[[1]]",
                                              "{\"a\":{}}",
                                              "1e999",
                                              "NaN",
                                              "99999999999999999999",
                                              "\"\\u0000\"",
                                              "\"\\ud800\"",
                                              "\"0\"",
                                              "1e308"};
  for (const auto& one : all_cases()) {
    for (auto colon = one.body.find(':'); colon != std::string::npos;
         colon = one.body.find(':', colon + 1)) {
      const auto end = one.body.find_first_of(",}\n]", colon);
      for (const auto& value : values) {
        const auto changed = one.body.substr(0, colon + 1) + value +
                             (end == std::string::npos ? "" : one.body.substr(end));
        const auto fault = fault_of(parsed(one, changed));
        INFO(one.kind << " " << one.file << " byte " << colon << " value " << value);
        REQUIRE(fault.empty());
      }
    }
  }
}

TEST_CASE("bytes that are not UTF-8 stay in the part where they stand", "[plugin][bad]") {
  for (const auto& one : all_cases()) {
    const auto whole = parsed(one, one.body);
    for (std::size_t at = 0; at < one.body.size(); ++at) {
      auto changed = one.body;
      changed[at] = '\xFF';
      const auto answer = parsed(one, changed);
      INFO(one.kind << " " << one.file << " byte " << at);
      REQUIRE(fault_of(answer).empty());
      for (std::size_t i = 0; i < whole.events.size() &&
                              offset_of(whole.events[i]) + whole.events[i].original.size() + 1 < at;
           ++i) {
        if (!whole.events[i].original.empty()) {
          REQUIRE(answer.events.size() > i);
          REQUIRE(is_same_part(answer.events[i], whole.events[i]));
        }
      }
    }
  }
}

TEST_CASE("a line of ten megabytes is one reject, with its bytes", "[plugin][bad]") {
  const auto line = R"({"id":")" + std::string(10'000'000, 'a') + "\"}";
  for (const auto& kind : kKinds) {
    const auto one = cases_of(kind).front();
    const auto answer = parsed(one, "[" + line + "]");
    INFO(kind);
    REQUIRE(answer.rejects.size() == 1);
    CHECK(answer.rejects[0].reason == "too_long");
    CHECK((answer.rejects[0].original == line));
    CHECK(fault_of(parsed(one, std::string(10'000'000, 'a'))).empty());
    CHECK(fault_of(parsed(one, std::string(10'000'000, '"'))).empty());
  }
}

TEST_CASE("deep nesting, emptiness and other people's formats do no harm", "[plugin][bad]") {
  std::string deep_object;
  for (int i = 0; i < 100'000; ++i) {
    deep_object += "{\"a\":";
  }
  const std::string brackets(200'000, '[');
  const std::vector<std::string> bodies = {
      "",
      " \n",
      "\xEF\xBB\xBF",
      "null",
      "[",
      "{",
      "[]",
      "{}",
      "[,]",
      "[null]",
      "}",
      "]",
      "\"",
      "event:",
      ":",
      "data:\n\n",
      ",,,\n,,,",
      std::string(1, '\0'),
      brackets,
      deep_object,
      "[" + deep_object + "1" + std::string(100'000, '}') + "]",
      "[" + brackets + std::string(200'000, ']') + "]",
      "<?xml version=\"1.0\"?><a/>",
      "<html>502</html>",
      "[1,2,\"x\",true]"};
  for (const auto& one : all_cases()) {
    for (const auto& body : bodies) {
      const auto fault = fault_of(parsed(one, body));
      INFO(one.kind << " " << one.file << ": " << body.substr(0, 40));
      REQUIRE(fault.empty());
    }
  }
}

TEST_CASE("random bytes, and samples that chance has changed, do no harm", "[plugin][bad]") {
  const std::uint64_t seed = 20'310'504;  // a failing run is repeated by this seed
  std::mt19937_64 random(seed);
  for (const auto& one : all_cases()) {
    for (int round = 0; round < 400; ++round) {
      auto body = round % 4 == 0 ? std::string(random() % 2000, '\0') : one.body;
      const auto changes = round % 4 == 0 ? body.size() : 1 + random() % 8;
      for (std::size_t i = 0; i < changes && !body.empty(); ++i) {
        body[random() % body.size()] = static_cast<char>(random());
      }
      const auto fault = fault_of(parsed(one, body));
      INFO(one.kind << " " << one.file << " seed " << seed << " round " << round);
      REQUIRE(fault.empty());
    }
  }
}

TEST_CASE("wrong settings make no instance and name every fault by its pointer",
          "[plugin][settings]") {
  for (const auto& kind : kKinds) {
    const PluginInstance instance(plugin_of(kind),
                                  R"({"a_key_nobody_knows":1,"max_part_bytes":"many"})");
    INFO(kind << ": " << instance.error());
    CHECK_FALSE(instance.made());
    CHECK(instance.error().find("/a_key_nobody_knows: unknown key") != std::string::npos);
    CHECK(instance.error().find("/max_part_bytes: must be a number, is a text") !=
          std::string::npos);
    for (const auto* text : {"{", "[]", "7", "\"x\"", "{\"a\":1e999}", "\xFF"}) {
      const PluginInstance other(plugin_of(kind), text);
      CHECK_FALSE(other.made());
      CHECK_FALSE(other.error().empty());
    }
    std::array<char, 8> small{};
    CHECK(plugin_of(kind)->create({"{", 1}, small.data(), small.size()) == nullptr);
    CHECK(small.back() == '\0');
    CHECK(plugin_of(kind)->create({"{", 1}, nullptr, 0) == nullptr);
  }
}

TEST_CASE("any setting may be of any type without harm", "[plugin][settings]") {
  for (const auto& one : all_cases()) {
    for (auto colon = one.settings.find(':'); colon != std::string::npos;
         colon = one.settings.find(':', colon + 1)) {
      const auto end = one.settings.find_first_of(",}]", colon);
      for (const auto* value :
           {"null", "7", "[]", "{}", "\"\"", "[7,{}]", "-1e300", "\"\\u0000\""}) {
        const auto changed = one.settings.substr(0, colon + 1) + value + one.settings.substr(end);
        const PluginInstance instance(plugin_of(one.kind), changed);
        INFO(one.kind << ": " << changed);
        REQUIRE(instance.made() == instance.error().empty());
        if (instance.made()) {
          REQUIRE(fault_of(instance.parse(one.body)).empty());
        }
      }
    }
  }
}

TEST_CASE("what a plugin throws stops at its wrapper", "[plugin]") {
  const LoadedPlugin throwing(FUSIOND_THROWING_PLUGIN);
  REQUIRE(throwing.loaded());
  CHECK(PluginInstance(throwing, "throw").error() == ": no luck");
  CHECK(PluginInstance(throwing, "throw a number").error() == ": an unknown exception");
  const PluginInstance instance(throwing, "");
  REQUIRE(instance.made());
  CHECK(instance.parse("throw").code != 0);
  CHECK(instance.parse("throw a number").code != 0);
}

}  // namespace
}  // namespace fusiond::test
