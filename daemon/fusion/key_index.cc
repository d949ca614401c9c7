#include "daemon/fusion/key_index.h"

#include <algorithm>

#include "daemon/base/check.h"

namespace fusiond::fusion {
namespace {

void push(KeyIndex::Numbers& numbers, std::uint32_t number) {
  if (number != 0 && std::find(numbers.begin(), numbers.end(), number) == numbers.end()) {
    numbers.list[numbers.size++] = number;
  }
}

// Counts a member in or out; an entry without members goes.
template <class Entry, class Matches>
void count(std::vector<Entry>& entries, Entry fresh, bool in, Matches matches) {
  const auto found = std::find_if(entries.begin(), entries.end(), matches);
  if (found == entries.end()) {
    FUSIOND_CHECK(in, "who leaves has been counted");
    fresh.members = 1;
    entries.push_back(fresh);
  } else if (in) {
    ++found->members;
  } else if (--found->members == 0) {
    *found = entries.back();
    entries.pop_back();
  }
}

}  // namespace

std::uint32_t KeyIndex::number_of(char space, Status status, const std::string& value) {
  if (value.empty()) {
    return 0;
  }
  name_.assign({space, static_cast<char>('0' + static_cast<int>(status))});
  name_ += value;
  const auto found = numbers_.find(name_);
  if (found != numbers_.end()) {
    return found->second;
  }
  auto number = static_cast<std::uint32_t>(rows_.size());
  if (free_.empty()) {
    rows_.emplace_back();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  rows_[number].name = name_;
  numbers_.emplace(name_, number);
  idle_.push_back(number);
  return number;
}

KeyNumbers KeyIndex::numbers_of(const Event& event) {
  KeyNumbers keys;
  keys.cad_number = number_of('n', event.status, event.keys.cad_number);
  keys.duplicate_of = number_of('n', event.status, event.keys.duplicate_of);
  keys.plate = number_of('p', event.status, event.keys.plate);
  keys.caller = number_of('c', event.status, event.keys.caller);
  keys.device = number_of('d', event.status, event.keys.device);
  for (const std::uint32_t number : numbers(keys)) {
    keys.bits |= 1U << (number * 0x9e3779b1U >> 27U);
  }
  return keys;
}

KeyIndex::Numbers KeyIndex::case_numbers(const KeyNumbers& keys) {
  Numbers numbers;
  push(numbers, keys.cad_number);
  push(numbers, keys.duplicate_of);
  push(numbers, keys.plate);
  return numbers;
}

KeyIndex::Numbers KeyIndex::numbers(const KeyNumbers& keys) {
  Numbers numbers = case_numbers(keys);
  push(numbers, keys.caller);
  push(numbers, keys.device);
  return numbers;
}

void KeyIndex::add(Node& node) {
  for (const std::uint32_t number : numbers(node.facts.keys)) {
    if (node.role == Role::late) {
      rows_[number].late.push_back(&node);
      continue;
    }
    auto& holders = rows_[number].holders;
    const bool at_end = holders.empty() || before(*holders.back(), node);
    const auto at =
        at_end ? holders.end() : std::lower_bound(holders.begin(), holders.end(), &node, Before{});
    holders.insert(at, &node);
  }
}

void KeyIndex::remove(Node& node) {
  for (const std::uint32_t number : numbers(node.facts.keys)) {
    auto& holders = node.role == Role::late ? rows_[number].late : rows_[number].holders;
    const auto at = node.role == Role::late
                        ? std::find(holders.begin(), holders.end(), &node)
                        : std::lower_bound(holders.begin(), holders.end(), &node, Before{});
    FUSIOND_CHECK(at != holders.end() && *at == &node,
                  "a node leaves with the facts that it entered with");
    holders.erase(at);
    if (rows_[number].unused()) {
      idle_.push_back(number);
    }
  }
}

void KeyIndex::sweep() {
  for (const std::uint32_t number : idle_) {
    Row& row = rows_[number];
    if (row.unused() && !row.name.empty()) {
      numbers_.erase(row.name);
      row = Row{};
      free_.push_back(number);
    }
  }
  idle_.clear();
}

std::vector<Node*>::const_iterator KeyIndex::holders_from(std::uint32_t key,
                                                          std::int64_t time) const {
  const auto& list = rows_[key].holders;
  return std::lower_bound(list.begin(), list.end(), time, [](const Node* node, std::int64_t from) {
    return node->facts.time < from;
  });
}

void KeyIndex::joined(const Node& node, Node& anchor) {
  if (!node.facts.keys.any_for_cases()) {
    return;
  }
  for (const std::uint32_t number : case_numbers(node.facts.keys)) {
    count(rows_[number].episodes, {&anchor, 0}, true,
          [&](const EpisodeCount& one) { return one.anchor == &anchor; });
    count(anchor.case_keys, {number, 0}, true,
          [&](const KeyCount& one) { return one.key == number; });
  }
}

void KeyIndex::left(const Node& node, Node& anchor) {
  if (!node.facts.keys.any_for_cases()) {
    return;
  }
  for (const std::uint32_t number : case_numbers(node.facts.keys)) {
    count(rows_[number].episodes, {&anchor, 0}, false,
          [&](const EpisodeCount& one) { return one.anchor == &anchor; });
    count(anchor.case_keys, {number, 0}, false,
          [&](const KeyCount& one) { return one.key == number; });
  }
}

void KeyIndex::drop_episode_of(const Node& node) {
  for (const std::uint32_t number : case_numbers(node.facts.keys)) {
    std::erase_if(rows_[number].episodes,
                  [&](const EpisodeCount& one) { return one.anchor == node.anchor; });
  }
}

}  // namespace fusiond::fusion
