// Lists of words, looked for in a text: whole words, without case.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fusiond::rules {

class WordSet {
 public:
  explicit WordSet(const std::vector<std::string>& words);
  ~WordSet();
  WordSet(WordSet&&) noexcept;
  WordSet& operator=(WordSet&&) noexcept;
  [[nodiscard]] bool in(std::string_view text) const;

 private:
  struct Matcher;  // RE2 stays in the .cc
  std::unique_ptr<Matcher> matcher_;
};

}  // namespace fusiond::rules
