// A plugin as the host sees it: loaded by name, spoken to through the C ABI alone.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sdk/fusiond_plugin.h"

namespace fusiond::test {

struct PluginPart {
  std::string bytes;  // the event's
  std::string original;
  std::string position;
  std::string reason;  // a reject's
  friend bool operator==(const PluginPart&, const PluginPart&) = default;
};

struct PluginAnswer {
  int code = 0;
  std::vector<PluginPart> events;
  std::vector<PluginPart> rejects;
  std::map<std::string, int> skips;
  [[nodiscard]] std::map<std::string, int> reject_reasons() const;
  [[nodiscard]] std::size_t parts() const;
  friend bool operator==(const PluginAnswer&, const PluginAnswer&) = default;
};

// fusiond_<kind>.so of this build. Stays loaded as long as the process lives.
class LoadedPlugin {
 public:
  explicit LoadedPlugin(const std::string& file);
  [[nodiscard]] const fusiond_plugin* operator->() const { return plugin_; }
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] bool loaded() const { return plugin_ != nullptr; }

 private:
  const fusiond_plugin* plugin_ = nullptr;
  std::string error_;
};

// One configured source of it.
class PluginInstance {
 public:
  PluginInstance(const LoadedPlugin& plugin, std::string_view settings_json);
  ~PluginInstance();
  PluginInstance(const PluginInstance&) = delete;
  PluginInstance& operator=(const PluginInstance&) = delete;
  [[nodiscard]] bool made() const { return instance_ != nullptr; }
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] PluginAnswer parse(std::string_view body) const;

 private:
  const LoadedPlugin& plugin_;
  void* instance_ = nullptr;
  std::string error_;
};

}  // namespace fusiond::test
