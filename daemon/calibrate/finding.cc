#include "daemon/calibrate/finding.h"

#include <algorithm>
#include <array>
#include <utility>

namespace fusiond::calibrate {
namespace {

constexpr std::array<std::pair<Finding, std::string_view>, 5> kWords = {{
    {Finding::none, "unknown"},
    {Finding::unconfirmed, "unconfirmed"},
    {Finding::unfounded, "unfounded"},
    {Finding::founded, "founded"},
    {Finding::duplicate, "duplicate"},
}};

// Without the blanks around it, ASCII letters in lower case.
std::string plain(std::string_view word) {
  const auto from = word.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) {
    return {};
  }
  std::string text(word.substr(from, word.find_last_not_of(" \t\r") + 1 - from));
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

}  // namespace

std::optional<Finding> finding_of(std::string_view word) {
  const std::string text = plain(word);
  for (const auto& [finding, name] : kWords) {
    if (text == name) {
      return finding;
    }
  }
  return std::nullopt;
}

std::string_view word_of(Finding finding) {
  for (const auto& [value, name] : kWords) {
    if (value == finding) {
      return name;
    }
  }
  return "unknown";
}

bool Codes::add(std::string_view code, Finding finding) {
  return codes_.try_emplace(plain(code), finding).first->second == finding;
}

std::optional<Finding> Codes::read(std::string_view word) const {
  const auto found = codes_.find(plain(word));
  return found == codes_.end() ? finding_of(word) : std::optional(found->second);
}

}  // namespace fusiond::calibrate
