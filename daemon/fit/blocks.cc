#include "daemon/fit/blocks.h"

#include <algorithm>
#include <cstddef>

namespace fusiond::fit {
namespace {

std::string key_of(const std::string& line) {
  if (line.empty() || line[0] == ' ' || line[0] == '#' || line[0] == '\t') {
    return {};
  }
  const auto colon = line.find(':');
  return colon == std::string::npos ? std::string{} : line.substr(0, colon);
}

}  // namespace

std::vector<Block> blocks_of(const std::string& text) {
  std::vector<Block> blocks;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    const std::string key = key_of(line);
    const bool indented = !line.empty() && (line[0] == ' ' || line[0] == '\t');
    const bool under_key = indented && !blocks.empty() && !blocks.back().key.empty();
    if (!key.empty() || (!under_key && (blocks.empty() || !blocks.back().key.empty()))) {
      blocks.push_back({key, {}});
    }
    blocks.back().text += line + "\n";
  }
  return blocks;
}

}  // namespace fusiond::fit
