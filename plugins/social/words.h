// Texts as words that can be compared: without case, diacritics and punctuation, with the place
// where each word stood.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fusiond::social {

struct Word {
  std::string folded;
  std::size_t begin = 0;  // bytes of the text
  std::size_t end = 0;
};

// Letters and digits make words, everything else parts them. "Été, Şişli!" is "ete" and "sisli".
[[nodiscard]] std::vector<Word> words_of(std::string_view text);

// Finds phrases in a text: from the left, the longest that starts at a word, then on behind it.
class PhraseTable {
 public:
  struct Hit {
    std::size_t value = 0;       // what add() was given
    std::size_t first_word = 0;  // of the text
    std::size_t words = 0;
  };
  // A phrase without a word is left out.
  void add(std::string_view phrase, std::size_t value);
  [[nodiscard]] std::vector<Hit> find(const std::vector<Word>& text) const;
  [[nodiscard]] bool empty() const { return phrases_.empty(); }

 private:
  struct Phrase {
    std::vector<std::string> words;
    std::size_t value = 0;
  };
  std::unordered_map<std::string, std::vector<Phrase>> phrases_;  // by first word
};

// HTML's text: tags are cut out, paragraphs and breaks become blanks, character references become
// characters.
[[nodiscard]] std::string text_of_html(std::string_view html);

}  // namespace fusiond::social
