// A plugin's shared object: loaded by its kind's name, its ABI checked. The only file of the daemon
// that knows dlopen.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/ingest/ingest_config.h"
#include "plugins/sdk/fusiond_plugin.h"

namespace fusiond::ingest {

// Stays loaded for the life of the process: a thread that was given up may still run in it.
class PluginLibrary {
 public:
  // Loads <dir>/fusiond_<kind>.so. Errors: bad_config when it is missing, is none of ours, or
  // speaks another ABI.
  static Result<std::shared_ptr<const PluginLibrary>> open(const std::string& dir,
                                                           const std::string& kind);
  explicit PluginLibrary(const fusiond_plugin& plugin) : plugin_(plugin) {}
  [[nodiscard]] const fusiond_plugin& abi() const { return plugin_; }
  // Kind and version, as it stands in each event: "cad_poll 1.0.0".
  [[nodiscard]] std::string build() const;

 private:
  const fusiond_plugin& plugin_;
};

// All that the plugin has to say against the settings; pointers are below the source's `settings`.
// Calls only the plugin's create and destroy.
std::vector<ConfigFault> check_settings(const PluginLibrary& library,
                                        const std::string& settings_json);
// The same by name; a plugin that cannot be loaded is one fault at "".
std::vector<ConfigFault> check_settings(const std::string& plugin_dir, const std::string& kind,
                                        const std::string& settings_json);

}  // namespace fusiond::ingest
