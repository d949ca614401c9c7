// Any bytes as one of the files of a folder of rules; the first byte says which. Refused with
// faults, or rules that can be evaluated.
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "daemon/base/check.h"
#include "daemon/config/load.h"
#include "daemon/config/load_bundle.h"
#include "daemon/rules/case_rule.h"

namespace {

using namespace fusiond;

constexpr const char* kNames[] = {"shots.yaml", "bundle.yaml", "suppressions.yaml",
                                  "zones.geojson"};

std::map<std::string, std::string> right_files() {
  std::map<std::string, std::string> files;
  for (const char* name : kNames) {
    std::ifstream in(std::string("tests/unit/config/right_rules/") + name, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    files[name] = text.str();
    FUSIOND_CHECK(!text.str().empty(), "the fuzzer runs in the repository's folder");
  }
  return files;
}

config::RuleWorld world() {
  config::Faults faults;
  config::RuleWorld world;
  for (const auto& [kind, row] : config::load_association("", faults).kinds) {
    world.kinds.push_back(kind);
  }
  world.feeds = {"acoustic", "cad"};
  return world;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kRight = right_files();
  static const auto kWorld = world();
  if (size == 0) {
    return 0;
  }
  auto files = kRight;
  files[kNames[data[0] % std::size(kNames)]] =
      std::string(reinterpret_cast<const char*>(data + 1), size - 1);
  config::Faults faults;
  const auto loaded = config::load_bundle("rules", files, kWorld, faults);
  for (const auto& fault : faults) {
    FUSIOND_CHECK(!fault.text().empty(), "a fault says something");
  }
  if (faults.empty()) {
    const rules::CaseRules rules(
        loaded.bundle, [](const std::string&) { return 0U; },
        [](std::int32_t, std::int32_t) { return rules::Point{}; });
    std::vector<Finding> findings;
    std::vector<rules::Wait> waits;
    rules.evaluate({}, {}, findings, waits);
  }
  return 0;
}
