#include "daemon/config/folded_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace fusiond::config {
namespace {

constexpr std::size_t kLongStem = 5;

// The code point at `at`, which moves on; a byte that is no UTF-8 stands for itself.
std::uint32_t next_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at++);
  const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
  std::uint32_t point = more == 0 ? first : first & (0x3FU >> static_cast<unsigned>(more));
  for (int i = 0; i < more && at < text.size(); ++i) {
    point = (point << 6U) | (byte(at++) & 0x3FU);
  }
  return point;
}

// Letters from U+00C0 to U+017F without their marks; a space where there is no base letter.
constexpr std::string_view kLatin =
    "aaaaaaaceeeeiiiidnooooo ouuuuy saaaaaaaceeeeiiiidnooooo ouuuuy y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

// Greek and Cyrillic letters that look like Latin ones.
constexpr std::pair<std::uint32_t, char> kLookAlikes[] = {
    {0x430, 'a'}, {0x410, 'a'}, {0x435, 'e'}, {0x415, 'e'}, {0x43E, 'o'}, {0x41E, 'o'},
    {0x440, 'p'}, {0x420, 'p'}, {0x441, 'c'}, {0x421, 'c'}, {0x443, 'y'}, {0x423, 'y'},
    {0x445, 'x'}, {0x425, 'x'}, {0x456, 'i'}, {0x406, 'i'}, {0x455, 's'}, {0x405, 's'},
    {0x458, 'j'}, {0x408, 'j'}, {0x43A, 'k'}, {0x41A, 'k'}, {0x43C, 'm'}, {0x41C, 'm'},
    {0x442, 't'}, {0x422, 't'}, {0x412, 'b'}, {0x41D, 'h'}, {0x501, 'd'}, {0x51B, 'q'},
    {0x51D, 'w'}, {0x3B1, 'a'}, {0x391, 'a'}, {0x3B5, 'e'}, {0x395, 'e'}, {0x3B9, 'i'},
    {0x399, 'i'}, {0x3BF, 'o'}, {0x39F, 'o'}, {0x3C1, 'p'}, {0x3A1, 'p'}, {0x3C5, 'u'},
    {0x3BA, 'k'}, {0x39A, 'k'}, {0x3BD, 'v'}, {0x3C4, 't'}, {0x3A4, 't'}, {0x392, 'b'},
    {0x397, 'h'}, {0x39C, 'm'}, {0x39D, 'n'}, {0x396, 'z'}, {0x3A5, 'y'}, {0x3A7, 'x'}};

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Nothing: joiners, accents set behind their letter. A space: what parts words.
char plain(std::uint32_t point, bool& vanishes) {
  vanishes = (point >= 0x300 && point <= 0x36F) || (point >= 0x200B && point <= 0x200F) ||
             point == 0xAD || point == 0xFEFF || point == 0x2060;
  if (point < 0x80) {
    const auto c = static_cast<char>(point);
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (point >= 0xC0 && point < 0xC0 + kLatin.size()) {
    return kLatin[point - 0xC0];
  }
  if (point >= 0xFF21 && point <= 0xFF5A) {  // wide letters
    const std::uint32_t narrow = point - 0xFEE0;
    return static_cast<char>(narrow >= 'a' ? narrow : narrow - 'A' + 'a');
  }
  for (const auto& [look, letter] : kLookAlikes) {
    if (look == point) {
      return letter;
    }
  }
  return ' ';
}

// Signs that stand for letters; `one`: what 1 and | stand for.
char unmasked(char c, char one) {
  switch (c) {
    case '0':
      return 'o';
    case '1':
    case '|':
    case '!':
      return one;
    case '3':
      return 'e';
    case '4':
    case '@':
      return 'a';
    case '5':
    case '$':
      return 's';
    case '7':
    case '+':
      return 't';
    case '8':
      return 'b';
    case '9':
      return 'g';
    default:
      return c;
  }
}

// Words; letters that stand alone in a row are one word: "m.u.s.l.i.m".
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text + ' ') {
    if (is_letter(c) || is_digit(c)) {
      word.push_back(c);
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  std::vector<std::string> joined;
  for (std::size_t i = 0; i < words.size();) {
    std::size_t end = i;
    while (end < words.size() && words[end].size() == 1) {
      ++end;
    }
    if (end - i >= 3) {
      std::string all;
      for (; i < end; ++i) {
        all += words[i];
      }
      joined.push_back(std::move(all));
    } else {
      joined.push_back(words[i++]);
    }
  }
  return joined;
}

std::string run_together(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) {
    all += word;
  }
  return all;
}

bool begins_somewhere(const std::vector<std::string>& words, std::string_view stem, bool anywhere) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return word.starts_with(stem) ||
           (anywhere && stem.size() >= kLongStem && word.find(stem) != std::string::npos);
  });
}

// These words in a row, the last one perhaps longer; or run together in one word.
bool holds_phrase(const std::vector<std::string>& words, const std::vector<std::string>& phrase) {
  const std::string all = run_together(phrase);
  for (const std::string& word : words) {
    if (word.find(all) != std::string::npos) {
      return true;
    }
  }
  for (std::size_t i = 0; i + phrase.size() <= words.size(); ++i) {
    bool same = true;
    for (std::size_t j = 0; j < phrase.size(); ++j) {
      const bool last = j + 1 == phrase.size();
      same = same && (last ? words[i + j].starts_with(phrase[j]) : words[i + j] == phrase[j]);
    }
    if (same) {
      return true;
    }
  }
  return false;
}

}  // namespace

FoldedText fold(std::string_view text) {
  FoldedText folded;
  folded.hashtag = text.find('#') != std::string_view::npos;
  std::string letters;  // as they are
  std::string split;    // "BlackLives" as two words
  bool was_small = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    bool vanishes = false;
    const std::uint32_t point = next_point(text, at);
    const char c = plain(point, vanishes);
    if (vanishes) {
      continue;
    }
    folded.raw += point < 0x80 ? std::string(1, c) : std::string(text.substr(begin, at - begin));
    if (was_small && point >= 'A' && point <= 'Z') {
      split.push_back(' ');
    }
    was_small = (point >= 'a' && point <= 'z') || (point >= '0' && point <= '9');
    letters.push_back(c);
    split.push_back(c);
  }
  for (const std::string& way : {letters, split}) {
    folded.readings.push_back(words_of(way));
    for (const char one : {'i', 'l'}) {
      std::string plain_letters = way;
      std::transform(way.begin(), way.end(), plain_letters.begin(),
                     [&](char c) { return unmasked(c, one); });
      folded.readings.push_back(words_of(plain_letters));
    }
  }
  return folded;
}

bool holds(const FoldedText& text, std::string_view pattern) {
  const bool whole = pattern.starts_with('=');
  pattern.remove_prefix(whole ? 1 : 0);
  const bool stem = pattern.ends_with('*');
  pattern.remove_suffix(stem ? 1 : 0);
  const bool latin = std::all_of(pattern.begin(), pattern.end(),
                                 [](char c) { return is_letter(c) || is_digit(c) || c == ' '; });
  if (!latin) {
    return text.raw.find(pattern) != std::string::npos;
  }
  const std::vector<std::string> phrase = words_of(std::string(pattern));
  return std::any_of(text.readings.begin(), text.readings.end(), [&](const auto& words) {
    if (whole) {
      return words == phrase;
    }
    if (phrase.size() > 1) {
      return holds_phrase(words, phrase);
    }
    if (stem || (text.hashtag && pattern.size() >= kLongStem)) {
      return begins_somewhere(words, pattern, text.hashtag);
    }
    return std::find(words.begin(), words.end(), pattern) != words.end();
  });
}

}  // namespace fusiond::config
