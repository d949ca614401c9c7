// Reads one YAML mapping key by key and notes every fault with its place; whoever reads a file goes
// on after a fault, so that all come at once. yaml-cpp stays inside daemon/config.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "daemon/base/result.h"

namespace fusiond::config {

// One fault, as `fusiond check` prints it: "file:line:column: message". Lines and columns count
// from 1; 0 = the whole file.
struct FaultLine {
  std::string file;
  int line = 0;
  int column = 0;
  std::string message;
  int length = 0;  // letters of the line that it is about; 0 = not known
  [[nodiscard]] std::string text() const;
  friend auto operator<=>(const FaultLine&, const FaultLine&) = default;
};
using Faults = std::vector<FaultLine>;

// A parsed file. Refused: aliases and anchors, nesting beyond 32, more than 1 MiB, several
// documents, a top that is no mapping.
struct YamlFile {
  std::string path;
  YAML::Node root;
};
// Nothing on a fault that leaves no tree to go on with; the fault is in `faults`.
std::optional<YamlFile> read_yaml(const std::string& path, Faults& faults);
std::optional<YamlFile> parse_yaml(const std::string& path, const std::string& text,
                                   Faults& faults);

// The name in `names` that is fewest edits away from `word`, or empty when none is within half its
// length.
std::string nearest(std::string_view word, const std::vector<std::string>& names);

class Section {
 public:
  // Requires: file and faults outlive the section.
  Section(const std::string& file, YAML::Node node, std::string path, Faults& faults);
  // Reports the keys that nobody asked for, each with the nearest valid one.
  ~Section();
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

  // Each leaves `value` alone when the key is absent or faulty. Ranges include their ends.
  void text(const char* key, std::string& value);
  void choice(const char* key, std::string& value, const std::vector<std::string>& names);
  void boolean(const char* key, bool& value);
  void number(const char* key, double& value, double low, double high);
  template <class Int>
  void integer(const char* key, Int& value, std::int64_t low, std::int64_t high) {
    auto wide = static_cast<std::int64_t>(value);
    if (read_integer(key, wide, low, high)) {
      value = static_cast<Int>(wide);
    }
  }
  // Calls `read` with the sub-section when the key is there and is a mapping.
  void section(const char* key, const std::function<void(Section&)>& read);
  // Calls `read` for each mapping of a list, with its index.
  void list(const char* key, const std::function<void(Section&, std::size_t)>& read);
  // Calls `read` for each (key, value) of a free mapping.
  void mapping(const char* key,
               const std::function<void(const std::string&, const YAML::Node&)>& read);
  void texts(const char* key, std::vector<std::string>& values);
  // The node itself; not defined when absent.
  YAML::Node take(const char* key);
  // Notes a fault when the key is absent.
  bool require(const char* key);

  void fault(const YAML::Node& at, const std::string& message);
  void fault_at(const char* key, const std::string& message);
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const YAML::Node& node() const { return node_; }
  [[nodiscard]] Faults& faults() { return faults_; }
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  bool read_integer(const char* key, std::int64_t& value, std::int64_t low, std::int64_t high);
  bool scalar(const char* key, YAML::Node& node, const char* wanted);
  [[nodiscard]] std::string name(const char* key) const {
    return path_.empty() ? key : path_ + "." + key;
  }

  const std::string& file_;
  YAML::Node node_;
  std::string path_;
  Faults& faults_;
  std::vector<std::string> known_;
};

// A YAML tree as JSON text: quoted scalars are strings, plain ones numbers, booleans or null where
// they read as such.
std::string to_json(const YAML::Node& node);

// The node a JSON pointer ("/columns/0/name") names, or the deepest one on the way to it.
YAML::Node at_pointer(const YAML::Node& root, std::string_view pointer);

}  // namespace fusiond::config
