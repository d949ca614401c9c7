// What Frigate's and UniFi's messages have in common once they are understood.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fusiond/v1/event.pb.h"
#include "plugins/camera/options.h"
#include "plugins/sdk/json_read.h"

namespace fusiond::camera {

struct Refusal {
  std::string_view reason;
  std::string detail;
};
struct Skip {
  std::string_view reason;
};
// One message becomes one of these.
using Outcome = std::variant<v1::Event, Refusal, Skip>;

// A detection by `camera`: the position comes from the host's device registry.
[[nodiscard]] v1::Event new_detection(std::string_view id, std::string_view camera);

// Adds a vehicle with this plate; the normalised form is its letters and digits in upper case.
void add_plate(v1::Event& event, std::string_view plate, const sdk::Read<double>& score);

void set_confidence(v1::Event& event, double value, std::string_view native_text,
                    std::string_view scale);

// The texts of a list, at most 64, each at most 128 bytes; anything else in it is left out.
[[nodiscard]] std::vector<std::string> texts_of(const std::optional<sdk::Json>& list);

[[nodiscard]] bool is_wanted(const Options& options, std::string_view label);

}  // namespace fusiond::camera
