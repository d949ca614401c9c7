// A person's word about which events belong together (design/0006), as
// proto/fusiond/v1/word.proto has it. Made by wire/word_wire.cc; a value, valid once built.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include "daemon/base/ids.h"
#include "daemon/base/time.h"

namespace fusiond {

enum class WordKind : std::uint8_t { unspecified, same, apart, eject };
enum class WordEffect : std::uint8_t { unspecified, holds, waits, refused, overruled };

struct Word {
  WordId id;
  std::uint64_t revision = 0;
  WordKind kind = WordKind::unspecified;  // may be unspecified of a retracted one
  EventId event;
  EventId other;  // empty for eject
  std::string author;
  std::string reason;
  WallTime said;
  bool retracted = false;
  friend bool operator==(const Word&, const Word&) = default;
};

// Which of two records of one word holds: the higher revision; of one revision the one said first,
// then the smaller content.
inline bool holds_over(const Word& a, const Word& b) {
  const auto rest = [](const Word& word) {
    return std::tie(word.said, word.retracted, word.kind, word.event, word.other, word.author,
                    word.reason);
  };
  return a.revision != b.revision ? a.revision > b.revision : rest(a) < rest(b);
}

// Of words that contradict each other the newer one holds.
inline bool is_newer(const Word& a, const Word& b) {
  return std::tie(a.said, a.id) > std::tie(b.said, b.id);
}

// A word as an incident shows it.
struct WordNote {
  Word word;
  WordEffect effect = WordEffect::holds;
  friend bool operator==(const WordNote&, const WordNote&) = default;
};

constexpr std::size_t kListedWords = 64;  // of an incident, the newest

}  // namespace fusiond
