#include "plugins/social/words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace fusiond::social {
namespace {

// One code point of valid UTF-8; a broken byte counts as itself.
char32_t take(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t length = lead < 0x80    ? 1
                             : lead >= 0xF0 ? 4
                             : lead >= 0xE0 ? 3
                             : lead >= 0xC0 ? 2
                                            : 1;
  if (length == 1 || at + length > text.size()) {
    ++at;
    return lead;
  }
  char32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    code = code << 6U | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  }
  at += length;
  return code;
}

void put(std::string& out, char32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0U | code >> 6U);
    out += static_cast<char>(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0U | code >> 12U);
    out += static_cast<char>(0x80U | (code >> 6U & 0x3FU));
    out += static_cast<char>(0x80U | (code & 0x3FU));
  } else {
    out += static_cast<char>(0xF0U | code >> 18U);
    out += static_cast<char>(0x80U | (code >> 12U & 0x3FU));
    out += static_cast<char>(0x80U | (code >> 6U & 0x3FU));
    out += static_cast<char>(0x80U | (code & 0x3FU));
  }
}

// The base letters of U+00C0 to U+017F, in order; '.' = two letters (below), '-' = no letter.
constexpr std::string_view kLatin1 =
    "aaaaaa.ceeeeiiiidnooooo-ouuuuy.."
    "aaaaaa.ceeeeiiiidnooooo-ouuuuy.y";
constexpr std::string_view kLatinA =
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkkklllllll"
    "lllnnnnnnnnnoooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

std::string_view two_letters(char32_t code) {
  switch (code) {
    case 0xC6:
    case 0xE6:
      return "ae";
    case 0xDE:
    case 0xFE:
      return "th";
    case 0xDF:
      return "ss";
    case 0x132:
    case 0x133:
      return "ij";
    case 0x152:
    case 0x153:
      return "oe";
    default:
      return "";
  }
}

bool is_separator(char32_t code) {
  return (code >= 0x80 && code < 0xC0 && code != 0xAA && code != 0xB5 && code != 0xBA) ||
         code == 0xD7 || code == 0xF7 || (code >= 0x2000 && code <= 0x206F) ||
         (code >= 0x2E00 && code <= 0x2E7F) || (code >= 0x3000 && code <= 0x303F) ||
         (code >= 0xFF00 && code <= 0xFF0F) || code == 0xFE0F || code >= 0x1F000;
}

// Appends the folded form; false when the code point parts words.
bool fold(char32_t code, std::string& out) {
  if (code < 0x80) {
    const bool upper = code >= 'A' && code <= 'Z';
    if (!upper && !(code >= 'a' && code <= 'z') && !(code >= '0' && code <= '9')) {
      return false;
    }
    out += static_cast<char>(upper ? code + 32 : code);
    return true;
  }
  if (code >= 0x300 && code <= 0x36F) {
    return true;  // a combining mark
  }
  if (is_separator(code)) {
    return false;
  }
  const auto letter =
      code >= 0xC0 && code <= 0xFF && code - 0xC0 < kLatin1.size()      ? kLatin1[code - 0xC0]
      : code >= 0x100 && code <= 0x17F && code - 0x100 < kLatinA.size() ? kLatinA[code - 0x100]
                                                                        : '-';
  if (letter == '.') {
    out += two_letters(code);
  } else if (letter != '-') {
    out += letter;
  } else if (code >= 0x391 && code <= 0x3A9) {
    put(out, code + 0x20);  // Greek capitals
  } else if (code >= 0x410 && code <= 0x42F) {
    put(out, code + 0x20);  // Cyrillic capitals
  } else {
    put(out, code);
  }
  return true;
}

// "&amp;" and its like; where `at` stands on no reference, the "&" itself.
void take_reference(std::string_view html, std::size_t& at, std::string& out) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNamed = {
      {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", " "}}};
  const auto end = html.find(';', at);
  const auto name = end == std::string_view::npos || end - at > 10
                        ? std::string_view{}
                        : html.substr(at + 1, end - at - 1);
  for (const auto& [known, text] : kNamed) {
    if (name == known) {
      out += text;
      at = end + 1;
      return;
    }
  }
  if (name.size() > 1 && name.front() == '#') {
    const bool hexadecimal = name[1] == 'x' || name[1] == 'X';
    const auto digits = name.substr(hexadecimal ? 2 : 1);
    std::uint32_t code = 0;
    const auto read =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, hexadecimal ? 16 : 10);
    if (read.ec == std::errc{} && read.ptr == digits.data() + digits.size() && code > 0 &&
        code < 0x110000 && (code < 0xD800 || code > 0xDFFF)) {
      put(out, code);
      at = end + 1;
      return;
    }
  }
  out += html[at++];
}

}  // namespace

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> out;
  Word word;
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = at;
    const auto code = take(text, at);
    if (word.folded.empty()) {
      word.begin = begin;
    }
    if (fold(code, word.folded)) {
      word.end = at;
    } else if (!word.folded.empty()) {
      out.push_back(std::exchange(word, {}));
    }
  }
  if (!word.folded.empty()) {
    out.push_back(std::move(word));
  }
  return out;
}

void PhraseTable::add(std::string_view phrase, std::size_t value) {
  Phrase made{.words = {}, .value = value};
  for (auto& word : words_of(phrase)) {
    made.words.push_back(std::move(word.folded));
  }
  if (made.words.empty()) {
    return;
  }
  auto& same_start = phrases_[made.words.front()];
  const auto shorter = std::ranges::find_if(
      same_start, [&](const Phrase& other) { return other.words.size() < made.words.size(); });
  same_start.insert(shorter, std::move(made));  // the longest first
}

std::vector<PhraseTable::Hit> PhraseTable::find(const std::vector<Word>& text) const {
  std::vector<Hit> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto found = phrases_.find(text[at].folded);
    std::size_t taken = 0;
    for (std::size_t i = 0; found != phrases_.end() && i < found->second.size() && taken == 0;
         ++i) {
      const auto& phrase = found->second[i];
      const bool fits =
          phrase.words.size() <= text.size() - at &&
          std::equal(phrase.words.begin(), phrase.words.end(),
                     text.begin() + static_cast<std::ptrdiff_t>(at),
                     [](const std::string& a, const Word& b) { return a == b.folded; });
      if (fits) {
        taken = phrase.words.size();
        out.push_back({phrase.value, at, taken});
      }
    }
    at += std::max<std::size_t>(taken, 1);
  }
  return out;
}

std::string text_of_html(std::string_view html) {
  std::string out;
  for (std::size_t at = 0; at < html.size();) {
    if (html[at] == '<') {
      const auto end = html.find('>', at);
      const auto tag = html.substr(at, 3);
      if (tag.starts_with("<p") || tag.starts_with("<br") || tag.starts_with("</p")) {
        out += ' ';
      }
      at = end == std::string_view::npos ? html.size() : end + 1;
    } else if (html[at] == '&') {
      take_reference(html, at, out);
    } else {
      out += html[at++];
    }
  }
  const auto begin = out.find_first_not_of(' ');
  return begin == std::string::npos ? std::string{}
                                    : out.substr(begin, out.find_last_not_of(' ') - begin + 1);
}

}  // namespace fusiond::social
