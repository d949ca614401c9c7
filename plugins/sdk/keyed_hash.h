// Stands in for a person's handle or number: equal for equal input under one key, of no use without
// the key.
#pragma once

#include <string>
#include <string_view>

namespace fusiond::sdk {

// HMAC-SHA-256 of `text`, its first 16 bytes in hexadecimal. The same person has another hash in
// another deployment.
[[nodiscard]] std::string keyed_hash(std::string_view key, std::string_view text);

}  // namespace fusiond::sdk
