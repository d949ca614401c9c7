// The settings of one camera source. README.md lists them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace fusiond::camera {

struct Options {
  std::vector<std::string> labels;  // only these; empty = all
  double min_score = 0;             // 0 to 1
  bool keep_names = false;          // of recognised people and their vehicles
  std::vector<std::string> public_sub_labels;
  double speed_to_mps = 0;  // 0 = the source's unit is not known, speeds are left out
  std::uint32_t frame_width_px = 0;
  std::uint32_t frame_height_px = 0;
  std::string base_url;  // where the source's pictures are served; empty = no media
  std::size_t remember_events = 4096;
  std::size_t max_part_bytes = 1U << 20U;
};

// Errors: every fault of the settings, a line each.
[[nodiscard]] std::expected<Options, std::string> read_options(std::string_view settings_json);

}  // namespace fusiond::camera
