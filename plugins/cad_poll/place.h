// What an address text says about how exact its point is.
#pragma once

#include <string_view>

#include "fusiond/v1/event.pb.h"
#include "plugins/cad_poll/options.h"

namespace fusiond::cad_poll {

// BLOCK for "1200 BLK SEMINARY AV" and "24XX W COMMODORE WAY", INTERSECTION for "A ST&B ST", else
// what the settings say.
[[nodiscard]] v1::PrecisionNote precision_of(const Options& options, std::string_view address);

}  // namespace fusiond::cad_poll
