#include "daemon/app/check.h"

#include <algorithm>
#include <filesystem>

#include "daemon/base/clock.h"
#include "daemon/bus/make_bus.h"
#include "daemon/ingest/plugin_library.h"

namespace fusiond::app {
namespace {

namespace fs = std::filesystem;

// The kinds for which there is a plugin.
std::vector<std::string> plugin_kinds(const std::string& dir) {
  constexpr std::string_view kPrefix = "fusiond_";
  std::vector<std::string> kinds;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(dir, ec)) {
    const std::string stem = entry.path().stem().string();
    if (entry.path().extension() == ".so" && stem.starts_with(kPrefix)) {
      kinds.push_back(stem.substr(kPrefix.size()));
    }
  }
  std::sort(kinds.begin(), kinds.end());
  return kinds;
}

std::string no_such_plugin(const std::string& kind, const std::string& dir,
                           const std::vector<std::string>& kinds) {
  std::string all;
  for (const auto& one : kinds) {
    all += (all.empty() ? "" : ", ") + one;
  }
  const std::string close = config::nearest(kind, kinds);
  return "no plugin " + kind + " in " + dir + (all.empty() ? "" : "; there are " + all) +
         (close.empty() ? "" : "; did you mean " + close + "?");
}

// Each plugin judges its own settings; its pointers are below "/sources/N/settings".
void check_plugins(const config::Loaded& loaded, config::Faults& faults) {
  const auto& ingest = loaded.config().ingest;
  const auto kinds = plugin_kinds(ingest.plugin_dir);
  for (std::size_t i = 0; i < ingest.sources.size(); ++i) {
    const auto& source = ingest.sources[i];
    if (source.plugin.empty()) {
      continue;
    }
    const std::string at = "/sources/" + std::to_string(i);
    if (std::find(kinds.begin(), kinds.end(), source.plugin) == kinds.end()) {
      faults.push_back(
          loaded.fault(at + "/plugin", no_such_plugin(source.plugin, ingest.plugin_dir, kinds)));
      continue;
    }
    for (const auto& fault :
         ingest::check_settings(ingest.plugin_dir, source.plugin, source.settings_json)) {
      faults.push_back(
          loaded.fault(fault.pointer.empty() ? at + "/plugin" : at + "/settings" + fault.pointer,
                       fault.message));
    }
  }
}

// A kind that the association does not know would quietly count as unclassified.
void check_kinds(const config::Loaded& loaded, config::Faults& faults) {
  std::vector<std::string> known;
  for (const auto& [kind, row] : loaded.config().association.kinds) {
    known.push_back(kind);
  }
  const auto& rows = loaded.config().ingest.kinds;
  for (const auto& row : rows) {
    if (std::find(known.begin(), known.end(), row.kind) != known.end()) {
      continue;
    }
    const auto close = config::nearest(row.kind, known);
    faults.push_back(loaded.fault(
        "/kinds", "the association has no kind " + row.kind + " (scheme " + row.scheme + ", code " +
                      row.code + ")" + (close.empty() ? "" : "; did you mean " + close + "?")));
  }
}

void check_bus(const config::Loaded& loaded, config::Faults& faults) {
  for (const auto& error : bus::faults_of(loaded.config().bus)) {
    faults.push_back(loaded.fault("/bus", error.message));
  }
}

}  // namespace

Result<void> check_roles(const config::Config& config) {
  if (config.roles.all() || config.bus.kind == bus::BusKind::kafka) {
    return {};
  }
  return fail(Fault::bad_config,
              "roles: a process with some of the roles only needs bus.kind: kafka, the log that "
              "processes share");
}

Checked check(const std::string& path, Dates dates) {
  Checked checked;
  checked.loaded =
      config::load(path, checked.faults, dates == Dates::judged ? SystemClock().now() : WallTime{});
  if (checked.loaded) {
    check_bus(*checked.loaded, checked.faults);
    if (const auto good = check_roles(checked.loaded->config()); !good) {
      checked.faults.push_back(checked.loaded->fault("/roles", good.error().message));
    }
    check_kinds(*checked.loaded, checked.faults);
    check_plugins(*checked.loaded, checked.faults);
  }
  std::sort(checked.faults.begin(), checked.faults.end());
  checked.faults.erase(std::unique(checked.faults.begin(), checked.faults.end()),
                       checked.faults.end());
  return checked;
}

}  // namespace fusiond::app
