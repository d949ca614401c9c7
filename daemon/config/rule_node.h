// One mapping of a rule file, read by its key table (rule_keys.h). Notes every fault with its
// place and its length, so that it can be underlined; whoever reads goes on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "daemon/base/time.h"
#include "daemon/config/rule_keys.h"
#include "daemon/config/rule_values.h"
#include "daemon/config/yaml_section.h"

namespace fusiond::config {

// A scalar and where it stands.
struct Scalar {
  std::string text;
  YAML::Node node;
};

class RuleNode {
 public:
  // Notes keys that are unknown, stand twice, are planned or missing. Requires: `file` and
  // `faults` outlive it; `node` is a mapping.
  RuleNode(const std::string& file, YAML::Node node, const KeyTable& keys, Faults& faults);

  // Each is nothing when the key is absent or its value faulty; the fault is noted.
  [[nodiscard]] std::optional<std::string> text(std::string_view key);  // prose, name or word
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view key);
  [[nodiscard]] std::optional<bool> truth(std::string_view key);
  [[nodiscard]] std::optional<std::uint16_t> permille(std::string_view key);  // share, least_share
  [[nodiscard]] std::optional<std::int64_t> odds_mn(std::string_view key);    // the same as odds
  [[nodiscard]] std::optional<std::int64_t> least_number(std::string_view key);
  [[nodiscard]] std::optional<WallTime> moment(std::string_view key);  // date or moment
  [[nodiscard]] std::optional<std::int64_t> distance_cm(std::string_view key);
  [[nodiscard]] std::optional<Micros> time(std::string_view key);  // length_of_time, most_time
  [[nodiscard]] std::optional<std::int64_t> speed_mm_per_s(std::string_view key);
  [[nodiscard]] std::optional<std::int64_t> factor_mn(std::string_view key);
  [[nodiscard]] std::optional<DailyHours> hours(std::string_view key);
  [[nodiscard]] std::optional<std::pair<std::int32_t, std::int32_t>> point(std::string_view key);
  [[nodiscard]] std::vector<Scalar> names(std::string_view key);  // names or words
  [[nodiscard]] std::optional<RuleNode> object(std::string_view key);
  [[nodiscard]] std::vector<RuleNode> objects(std::string_view key);

  [[nodiscard]] bool has(std::string_view key) const;
  // The value's node, or the mapping's own.
  [[nodiscard]] YAML::Node at(std::string_view key) const;
  [[nodiscard]] const YAML::Node& node() const { return node_; }
  // The key of the first entry, for mappings of which one key is wanted.
  [[nodiscard]] std::vector<std::string> present() const;

  void fault(const YAML::Node& where, const std::string& message) const;
  void fault(std::string_view key, const std::string& message) const;

 private:
  [[nodiscard]] const Key& key_of(std::string_view key) const;
  [[nodiscard]] std::optional<Scalar> scalar(std::string_view key) const;
  [[nodiscard]] bool is_allowed(const Key& key, const Scalar& value) const;
  void check_keys() const;
  void report_unknown(const YAML::Node& key) const;
  template <class T>
  std::optional<T> kept(const Scalar& where, const Result<T>& result) const;

  const std::string* file_;
  YAML::Node node_;
  const KeyTable* keys_;
  Faults* faults_;
};

// A fault at a node: as long as what is written there.
[[nodiscard]] FaultLine fault_at(const std::string& file, const YAML::Node& node,
                                 std::string message);

// Notes what YAML readers take in two ways: tabs, and bare yes, no, on, off.
void check_surprises(const std::string& file, const std::string& text, const YAML::Node& root,
                     Faults& faults);

}  // namespace fusiond::config
