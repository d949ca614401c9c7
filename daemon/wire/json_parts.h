// Pieces of a JSON text, as text: what stands under a key, without reading the rest of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"

namespace fusiond::wire {

// The items of the array under `key`. Errors: bad_input.
Result<std::vector<std::string>> json_items(std::string_view json, std::string_view key);

}  // namespace fusiond::wire
