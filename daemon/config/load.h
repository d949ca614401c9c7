// Reads the config file and the files it names. Every fault at once; nothing is started before
// there are none.
#pragma once

#include <optional>
#include <string>

#include "daemon/config/config.h"

namespace fusiond::config {

// What was read, and the tree it was read from, for faults that others find later (a plugin in its
// settings).
class Loaded {
 public:
  Loaded(Config config, YAML::Node root) : config_(std::move(config)), root_(std::move(root)) {}
  [[nodiscard]] const Config& config() const { return config_; }
  // The fault at a JSON pointer into the file ("/sources/2/settings/columns/lat").
  [[nodiscard]] FaultLine fault(const std::string& pointer, const std::string& message) const;

 private:
  Config config_;
  YAML::Node root_;
};

// Relative paths in the file are relative to the folder it lies in. `faults` is empty iff the
// result may be used.
// `today`: reviews of rules that are due by then are faults; by default none is.
std::optional<Loaded> load(const std::string& path, Faults& faults, WallTime today = {});

// A file of its own; an empty path is the one that was shipped with this build (shipped.h).
// `faults` is empty iff the result may be used.
fusion::AssociationConfig load_association(const std::string& path, Faults& faults);
rules::PriorityTable load_rules(const std::string& path, Faults& faults);

}  // namespace fusiond::config
