#include "daemon/explain/people_words.h"

#include <array>
#include <string_view>
#include <utility>

namespace fusiond::explain {
namespace {

constexpr std::array<std::pair<WordEffect, std::string_view>, 4> kEffects = {{
    {WordEffect::holds, "it holds"},
    {WordEffect::waits, "it waits for an event that is not known, or was taken back"},
    {WordEffect::refused,
     "it was refused: the real and an exercise never mix, and a copy stays with what it copies"},
    {WordEffect::overruled, "newer words overrule it"},
}};

std::string claim(const Word& word, const Called& called) {
  switch (word.kind) {
    case WordKind::same:
      return called(word.event) + " and " + called(word.other) + " are one matter";
    case WordKind::apart:
      return called(word.event) + " and " + called(word.other) + " are not one matter";
    case WordKind::eject:
      return called(word.event) + " stands alone";
    case WordKind::unspecified:
      break;
  }
  return "something that is not repeated";
}

}  // namespace

std::string said_words(const Word& word, const Called& called) {
  const std::string who = word.author.empty() ? "Somebody" : word.author;
  std::string words = who;
  words += word.retracted ? " took back the word that " : " said that ";
  if (word.retracted && word.kind == WordKind::unspecified) {
    words = who + " took back a word";
  } else {
    words += claim(word, called);
  }
  return word.reason.empty() ? words : words + " (" + word.reason + ")";
}

Fact word_fact(const WordNote& note, const Called& called) {
  std::string effect = "what became of it is not known to this version";
  for (const auto& [value, words] : kEffects) {
    if (value == note.effect) {
      effect = words;
    }
  }
  return {"word", said_words(note.word, called) + " at " + to_rfc3339(micros_of(note.word.said)) +
                      ": " + effect + "."};
}

}  // namespace fusiond::explain
