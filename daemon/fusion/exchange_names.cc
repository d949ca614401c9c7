// The part of the exchange that is about names: keys, and the ids that copies name.
#include <algorithm>

#include "daemon/fusion/exchange.h"

namespace fusiond::fusion {

// FNV-1a. Two keys of one number would only make shards tell each other more.
std::uint64_t Exchange::number_of_key(std::uint32_t key) const {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char letter : parts_.fold.keys().name_of(key)) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3ULL;
  }
  return hash;
}

void Exchange::use_names(Node& node) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> now;
  const auto add = [&](std::uint32_t key) { now.emplace_back(number_of_key(key), key); };
  if (node.own && (node.role == Role::grouped || node.role == Role::late)) {
    for (const std::uint32_t key : KeyIndex::numbers(node.facts.keys)) {
      add(key);
    }
    if (node.is_anchor()) {
      for (const KeyCount& one : node.case_keys) {
        add(one.key);
      }
    }
  }
  if (now.empty() && (!node.reach || node.reach->names.empty())) {
    return;
  }
  std::sort(now.begin(), now.end());
  now.erase(std::unique(now.begin(), now.end()), now.end());
  std::vector<std::uint64_t> names;
  for (const auto& [name, key] : now) {
    use(name, key);
    names.push_back(name);
  }
  for (const std::uint64_t name : std::exchange(reach_of(node).names, std::move(names))) {
    drop(name);
  }
}

void Exchange::use(std::uint64_t name, std::uint32_t key) {
  Name& used = names_[name];
  used.key = key;
  if (used.uses++ > 0) {
    return;
  }
  const auto keeper = static_cast<Shard>(name % seat_.shards);
  if (keeper == seat_.shard) {
    keep_holder(name, seat_.shard, true);
  } else {
    auto& [wanted, unwanted] = interest_[keeper];
    std::erase(unwanted, name);
    wanted.push_back(name);
  }
}

void Exchange::drop(std::uint64_t name) {
  const auto found = names_.find(name);
  if (--found->second.uses > 0) {
    return;
  }
  other_rows.push_back(name);
  names_.erase(found);
  const auto keeper = static_cast<Shard>(name % seat_.shards);
  if (keeper == seat_.shard) {
    keep_holder(name, seat_.shard, false);
  } else {
    auto& [wanted, unwanted] = interest_[keeper];
    std::erase(wanted, name);
    unwanted.push_back(name);
  }
}

void Exchange::tell_interest() {
  constexpr std::size_t kMost = 2000;  // in one record; after a restart there are all
  for (auto& [keeper, names] : std::exchange(interest_, {})) {
    for (auto* list : {&names.second, &names.first}) {
      for (; !list->empty(); list->resize(list->size() - std::min(list->size(), kMost))) {
        const auto from = list->end() - static_cast<std::ptrdiff_t>(std::min(list->size(), kMost));
        send(keeper, InterestNews{{from, list->end()}, list == &names.first});
      }
    }
  }
}

void Exchange::hear(const InterestNews& news, Shard from) {
  for (const std::uint64_t name : news.names) {
    keep_holder(name, from, news.wanted);
  }
}

// Of a key that falls to this shard: tells those who are interested of each other.
void Exchange::keep_holder(std::uint64_t name, Shard shard, bool wanted) {
  other_rows.push_back(name);
  std::vector<Shard>& shards = holders_[name];
  const std::size_t before = shards.size();
  std::erase(shards, shard);
  if (wanted) {
    shards.push_back(shard);
  }
  if (std::max(before, shards.size()) > 1) {
    for (const Shard other : std::vector<Shard>(shards)) {
      if (other == seat_.shard) {
        hear(HoldersNews{name, shards});
      } else {
        send(other, HoldersNews{name, shards});
      }
    }
  }
  if (shards.empty()) {
    holders_.erase(name);
  }
}

void Exchange::hear(const HoldersNews& news) {
  const auto found = names_.find(news.name);
  if (found == names_.end()) {
    return;
  }
  found->second.others = news.shards;
  other_rows.push_back(news.name);
  for (Node* holder : parts_.fold.keys().holders(found->second.key)) {
    if (holder->own) {
      note(*holder);
    }
  }
}

// A copy of this shard's, or what another one wants for its own copies' sake, names its original.
void Exchange::want_originals(Node& node) {
  std::optional<ShortId> now;
  if (node.copy_of && (node.own || wants_.contains(node.number))) {
    now = node.copy_of;
  }
  std::optional<ShortId> before = node.reach ? node.reach->original : std::nullopt;
  if (now == before) {
    return;
  }
  reach_of(node).original = now;
  if (now) {
    want(*now);
  }
  if (before) {
    want_no_more(*before);
  }
}

void Exchange::want(ShortId id) {
  if (wants_[id]++ > 0) {
    return;
  }
  for (Shard shard = 0; shard < seat_.shards; ++shard) {
    if (shard != seat_.shard) {
      send(shard, WantNews{id, true});
    }
  }
  if (Node* node = parts_.nodes.find(id)) {
    want_originals(*node);
  }
}

void Exchange::want_no_more(ShortId id) {
  const auto found = wants_.find(id);
  if (--found->second > 0) {
    return;
  }
  wants_.erase(found);
  for (Shard shard = 0; shard < seat_.shards; ++shard) {
    if (shard != seat_.shard) {
      send(shard, WantNews{id, false});
    }
  }
  if (Node* node = parts_.nodes.find(id)) {
    want_originals(*node);
  }
}

void Exchange::hear(const WantNews& news, Shard from) {
  std::vector<Shard>& shards = wanted_[news.event];
  std::erase(shards, from);
  if (news.wanted) {
    shards.push_back(from);
  }
  if (shards.empty()) {
    wanted_.erase(news.event);
  }
  if (Node* node = parts_.nodes.find(news.event)) {
    note(*node);
  }
}

}  // namespace fusiond::fusion
