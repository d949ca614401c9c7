#include "tests/support/reference_people.h"

#include <algorithm>

namespace fusiond::support {
namespace {

EventId group_of(const People& people, const EventId& event) {
  const auto found = people.groups.find(event);
  return found == people.groups.end() ? event : found->second;
}

bool are_apart(const People& people, const EventId& one, const EventId& other) {
  return std::any_of(people.apart.begin(), people.apart.end(), [&](const auto& pair) {
    const EventId x = group_of(people, pair.first);
    const EventId y = group_of(people, pair.second);
    return (x == one && y == other) || (x == other && y == one);
  });
}

void put_together(People& people, const EventId& one, const EventId& other) {
  for (auto& [event, group] : people.groups) {
    if (group == other) {
      group = one;
    }
  }
}

// Takes a word in, after all newer ones.
void hear_word(People& people, Saying& saying) {
  const EventId& event = *saying.event;
  if (saying.word.kind == WordKind::eject) {
    people.ejected.insert(event);
    return;
  }
  const EventId& other = *saying.other;
  people.groups.emplace(event, event);
  people.groups.emplace(other, other);
  const EventId one = group_of(people, event);
  const EventId two = group_of(people, other);
  if (saying.word.kind == WordKind::apart) {
    if (one == two) {
      saying.effect = WordEffect::overruled;
    } else {
      people.apart.emplace(event, other);
    }
    return;
  }
  if (people.ejected.contains(event) || people.ejected.contains(other) ||
      are_apart(people, one, two)) {
    saying.effect = WordEffect::overruled;
  } else if (one != two) {
    put_together(people, one, two);
    saying.unites = true;
  }
}

}  // namespace

People judge(const std::vector<Word>& words, const std::map<EventId, Report>& reports,
             const std::map<EventId, EventId>& roots) {
  std::map<WordId, Word> newest;
  for (const Word& word : words) {
    const auto [at, is_new] = newest.emplace(word.id, word);
    if (!is_new && holds_over(word, at->second)) {
      at->second = word;
    }
  }
  People people;
  for (const auto& [id, word] : newest) {
    if (word.retracted) {
      continue;
    }
    Saying saying{word, WordEffect::holds, std::nullopt, std::nullopt};
    const auto event = roots.find(word.event);
    const auto other = roots.find(word.other);
    if (event != roots.end()) {
      saying.event = event->second;
    }
    if (other != roots.end()) {
      saying.other = other->second;
    }
    people.sayings.push_back(saying);
  }
  std::sort(people.sayings.begin(), people.sayings.end(),
            [](const Saying& a, const Saying& b) { return is_newer(a.word, b.word); });
  for (Saying& saying : people.sayings) {
    const bool one = saying.word.kind == WordKind::eject;
    if (!saying.event || (!one && !saying.other)) {
      saying.effect = WordEffect::waits;
    } else if (!one && reports.at(*saying.event).decides.status !=
                           reports.at(*saying.other).decides.status) {
      saying.effect = WordEffect::refused;
    } else if (!one && saying.event == saying.other && saying.word.kind == WordKind::apart) {
      saying.effect = WordEffect::refused;
    } else {
      hear_word(people, saying);
    }
  }
  return people;
}

}  // namespace fusiond::support
