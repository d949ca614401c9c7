// Words as people disguise them, made plain: letters without accents, look-alikes of other
// alphabets, digits and signs that stand for letters, letters with dots in between, hashtags.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fusiond::config {

struct FoldedText {
  std::vector<std::vector<std::string>> readings;  // each a way to read it, as words
  std::string raw;                                 // lower case, as it was
  bool hashtag = false;
};

[[nodiscard]] FoldedText fold(std::string_view text);

// Does any reading hold the pattern? "muslim*": a word that begins so; "gay": the word; "far
// right": these words in a row, or run together; "=union": the whole text. A pattern that is no
// Latin letters is looked for anywhere in the raw text. In a hashtag a stem of five letters or more
// may stand anywhere.
[[nodiscard]] bool holds(const FoldedText& text, std::string_view pattern);

}  // namespace fusiond::config
