#include "daemon/rules/words.h"

#include <re2/re2.h>
#include <re2/set.h>

#include "daemon/base/check.h"

namespace fusiond::rules {
namespace {

RE2::Options options() {
  RE2::Options options;
  options.set_case_sensitive(false);
  options.set_log_errors(false);
  options.set_max_mem(std::int64_t{64} << 20);
  return options;
}

}  // namespace

struct WordSet::Matcher {
  RE2::Set set{options(), RE2::UNANCHORED};
  bool empty = true;
};

WordSet::WordSet(const std::vector<std::string>& words) : matcher_(std::make_unique<Matcher>()) {
  for (const std::string& word : words) {
    const std::string pattern = "(?:^|[^\\pL\\pN])" + RE2::QuoteMeta(word) + "(?:$|[^\\pL\\pN])";
    FUSIOND_CHECK(matcher_->set.Add(pattern, nullptr) >= 0, "a quoted word is a pattern");
    matcher_->empty = false;
  }
  FUSIOND_CHECK(matcher_->set.Compile(), "the loader bounds the words of a list");
}
WordSet::~WordSet() = default;
WordSet::WordSet(WordSet&&) noexcept = default;
WordSet& WordSet::operator=(WordSet&&) noexcept = default;

bool WordSet::in(std::string_view text) const {
  return !matcher_->empty && matcher_->set.Match({text.data(), text.size()}, nullptr);
}

}  // namespace fusiond::rules
