// UniFi Protect's events: rows with their whole state, or add and update messages where an update
// holds only what changed.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "plugins/camera/detection.h"

namespace fusiond::camera {

struct UnifiState {
  std::string type;
  std::string device;
  std::vector<std::string> smart_types;
  std::optional<std::int64_t> start_us;
  std::optional<std::int64_t> end_us;
  std::optional<double> score;
};

// The newest states by event id, so that an update can be added to what came before. Bounded: the
// oldest is forgotten.
class UnifiMemory {
 public:
  explicit UnifiMemory(std::size_t capacity) : capacity_(capacity) {}
  [[nodiscard]] const UnifiState* find(const std::string& id) const;
  void keep(const std::string& id, const UnifiState& state);

 private:
  std::size_t capacity_;
  std::unordered_map<std::string, UnifiState> states_;
  std::deque<std::string> order_;
};

// `action` is "add", "update", or empty for a row that holds everything.
[[nodiscard]] Outcome read_unifi_event(const Options& options, UnifiMemory& memory,
                                       std::string_view action, sdk::Json item);

}  // namespace fusiond::camera
