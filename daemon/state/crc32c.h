// CRC-32C (Castagnoli), as iSCSI and ext4 have it: the processor's instruction where there is one.
#pragma once

#include <cstdint>
#include <string_view>

namespace fusiond::state {

// Goes on from `crc`, the sum of what came before (0 at the beginning).
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc = 0);

// The same without the instruction; for processors that lack it and for the test.
[[nodiscard]] std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t crc = 0);

}  // namespace fusiond::state
