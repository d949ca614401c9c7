// Files that a command reads and writes as a whole or line by line.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "daemon/base/result.h"

namespace fusiond::app {

// Errors: bad_config.
Result<std::string> read_whole(const std::string& path);
Result<void> write_whole(const std::string& path, const std::string& text);  // empty path: nothing

// Calls read(line, number) for each line that is not blank; "-" is standard input. Errors:
// bad_config, and what `read` says, with file and line.
Result<void> each_line(
    const std::string& path,
    const std::function<Result<void>(const std::string& line, std::uint64_t number)>& read);

}  // namespace fusiond::app
