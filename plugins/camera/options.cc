#include "plugins/camera/options.h"

#include "plugins/sdk/settings.h"

namespace fusiond::camera {
namespace {

void read_all(sdk::Settings& in, Options& out) {
  out.labels = in.texts("labels");
  out.min_score = in.number("min_score", out.min_score, 0, 1);
  out.keep_names = in.flag("keep_names", out.keep_names);
  out.public_sub_labels = in.texts("public_sub_labels",
                                   {"amazon", "canada_post", "dhl", "dpd", "fedex", "gls", "postnl",
                                    "postnord", "purolator", "royal_mail", "ups", "usps"});
  const auto unit = in.text("speed_unit");
  if (unit == "kph") {
    out.speed_to_mps = 1 / 3.6;
  } else if (unit == "mph") {
    out.speed_to_mps = 0.44704;
  } else if (!unit.empty()) {
    in.fault("speed_unit", "must be kph or mph, is " + unit);
  }
  out.frame_width_px = static_cast<std::uint32_t>(in.number("frame_width_px", 0, 0, 65'535));
  out.frame_height_px = static_cast<std::uint32_t>(in.number("frame_height_px", 0, 0, 65'535));
  if ((out.frame_width_px == 0) != (out.frame_height_px == 0)) {
    in.fault("frame_width_px", "frame_width_px and frame_height_px go together");
  }
  out.base_url = in.text("base_url");
  while (out.base_url.ends_with('/')) {
    out.base_url.pop_back();
  }
  out.remember_events = static_cast<std::size_t>(
      in.number("remember_events", static_cast<double>(out.remember_events), 0, 1'000'000));
  out.max_part_bytes = static_cast<std::size_t>(
      in.number("max_part_bytes", static_cast<double>(out.max_part_bytes), 1024, 1U << 28U));
}

}  // namespace

std::expected<Options, std::string> read_options(std::string_view settings_json) {
  Options out;
  auto faults = sdk::read_settings(settings_json, [&](sdk::Settings& in) { read_all(in, out); });
  if (!faults.empty()) {
    return std::unexpected(std::move(faults));
  }
  return out;
}

}  // namespace fusiond::camera
