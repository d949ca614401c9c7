#include "daemon/ingest/plugin_library.h"

#include <array>
#include <dlfcn.h>
#include <filesystem>
#include <string_view>

namespace fusiond::ingest {
namespace {

std::unexpected<Error> refuse(const std::string& path, const std::string& why) {
  return fail(Fault::bad_config, "plugin " + path + ": " + why);
}

Result<void> check_abi(const std::string& path, const std::string& kind,
                       const fusiond_plugin* plugin) {
  if (plugin == nullptr) {
    return refuse(path, "its entry returned nothing");
  }
  if (plugin->abi != FUSIOND_PLUGIN_ABI) {
    return refuse(path, "ABI must be " + std::to_string(FUSIOND_PLUGIN_ABI) +
                            ", got: " + std::to_string(plugin->abi));
  }
  if (plugin->size < sizeof(fusiond_plugin)) {
    return refuse(path, "its table must have at least " + std::to_string(sizeof(fusiond_plugin)) +
                            " bytes, got: " + std::to_string(plugin->size));
  }
  if (plugin->kind == nullptr || plugin->version == nullptr || plugin->create == nullptr ||
      plugin->parse == nullptr || plugin->destroy == nullptr) {
    return refuse(path, "its table has an empty entry");
  }
  if (plugin->kind != kind) {
    return refuse(path, "its kind must be " + kind + ", got: " + plugin->kind);
  }
  return {};
}

// One fault per line, "<json pointer>: <what>".
std::vector<ConfigFault> faults_of(std::string_view text) {
  std::vector<ConfigFault> faults;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (line.empty()) {
      continue;
    }
    const auto colon = line.find(": ");
    const bool pointed = colon != std::string_view::npos && (colon == 0 || line.front() == '/');
    if (pointed) {
      faults.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 2))});
    } else {
      faults.push_back({"", std::string(line)});
    }
  }
  if (faults.empty()) {
    faults.push_back({"", "the plugin refuses the settings and does not say why"});
  }
  return faults;
}

}  // namespace

Result<std::shared_ptr<const PluginLibrary>> PluginLibrary::open(const std::string& dir,
                                                                 const std::string& kind) {
  const std::string path = (std::filesystem::path(dir) / ("fusiond_" + kind + ".so")).string();
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* why = dlerror();  // NOLINT(concurrency-mt-unsafe): glibc keeps it per thread
    return refuse(path, why == nullptr ? "cannot be loaded" : why);
  }
  void* symbol = dlsym(handle, FUSIOND_PLUGIN_ENTRY);
  if (symbol == nullptr) {
    return refuse(path, "has no " FUSIOND_PLUGIN_ENTRY);
  }
  const auto* plugin = reinterpret_cast<fusiond_plugin_entry_fn>(symbol)();
  if (auto fine = check_abi(path, kind, plugin); !fine) {
    return fail(fine.error());
  }
  return std::make_shared<const PluginLibrary>(*plugin);
}

std::string PluginLibrary::build() const {
  return std::string(plugin_.kind) + " " + plugin_.version;
}

std::vector<ConfigFault> check_settings(const PluginLibrary& library,
                                        const std::string& settings_json) {
  std::array<char, 16384> error{};
  void* instance = library.abi().create({settings_json.data(), settings_json.size()}, error.data(),
                                        error.size());
  if (instance != nullptr) {
    library.abi().destroy(instance);
    return {};
  }
  error.back() = '\0';
  return faults_of(error.data());
}

std::vector<ConfigFault> check_settings(const std::string& plugin_dir, const std::string& kind,
                                        const std::string& settings_json) {
  auto library = PluginLibrary::open(plugin_dir, kind);
  if (!library) {
    return {{"", library.error().message}};
  }
  return check_settings(**library, settings_json);
}

}  // namespace fusiond::ingest
