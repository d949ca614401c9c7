// An association's file in pieces, so that some can be written anew and the others stay as they
// are, comments and all.
#pragma once

#include <string>
#include <vector>

namespace fusiond::fit {

// A top-level key with all that is indented below it, or the comments and blank lines between.
struct Block {
  std::string key;  // empty: no key
  std::string text;
};

// In order; together they are the text (with a line feed at its end).
[[nodiscard]] std::vector<Block> blocks_of(const std::string& text);

}  // namespace fusiond::fit
