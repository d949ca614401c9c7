// What people say about which events belong together (design/0006): which words hold, what the
// machine therefore may not put together, and which of its cases are one incident.
// Journey: fusion/engine.cc -> here -> fusion/fold.cc, cases.cc, which ask; explain.cc, which shows
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/fusion/nodes.h"
#include "daemon/model/incident.h"
#include "daemon/model/word.h"

namespace fusiond::fusion {

// Nodes in groups that only grow.
class NodeGroups {
 public:
  // One of its group, for all of them the same; itself when it was put to nobody.
  const Node* of(const Node* node);
  // False when they were together.
  bool unite(const Node* a, const Node* b);

 private:
  std::unordered_map<const Node*, const Node*> towards_;
};

// The episodes or cases that some node may not come to.
class Parted {
 public:
  [[nodiscard]] bool has(const Node* place) {
    return !apart_.empty() &&
           std::find(apart_.begin(), apart_.end(), groups_.of(place)) != apart_.end();
  }

 private:
  friend class People;
  NodeGroups groups_;
  std::vector<const Node*> apart_;
};

class People {
 public:
  // A word that stands, and what became of it.
  struct Saying {
    Word word;
    WordEffect effect = WordEffect::holds;
    Node* event = nullptr;  // that it speaks of: of a copy the root; none: not known
    Node* other = nullptr;
    bool unites = false;  // no newer word had put the two together
    friend bool operator==(const Saying&, const Saying&) = default;
  };
  // What judge() changed.
  struct Verdict {
    std::vector<Node*> flipped;  // ejected now or no more: they come anew
    std::vector<Node*> bound;    // were or are bound: they decide anew
    std::vector<Node*> spoken;   // what is said of them, or what became of it
    bool judged = false;
  };

  explicit People(const Nodes& nodes) : nodes_(nodes) {}

  // Takes a record in. False when it says nothing new: another one holds over it.
  bool take(const Word& word);
  // The record that holds; none when the word is not known.
  [[nodiscard]] const Word* find(const WordId& id) const;
  // Does some word name the event?
  [[nodiscard]] bool names(const Node& node) const {
    return !named_.empty() && named_.contains(node.number);
  }
  // A node has another role, other facts or another root.
  void note(const Node& node);
  // Judges all words anew if anything changed. Cost: n words, n log n steps, times those that part.
  Verdict judge();
  // Puts cases together by the words that unite. Every case root whose incident has other cases
  // now. Cost: the words that unite.
  std::vector<Node*> unite();
  // Forgets a node, as its whole incident goes.
  void drop(Node& node);
  // Forgets the words said before `horizon` of which no event is known; returns them.
  std::vector<WordId> forget(WallTime horizon);

  // Those whom words put together or apart, as long as some `apart` holds; else nobody.
  [[nodiscard]] const std::vector<Node*>& bound() const { return bound_; }
  // Where `self` may not come. `where(node)` says in what a bound node stands so far: an episode, a
  // case or itself; `self` is such a place too. Cost: the words that hold.
  template <class Where>
  [[nodiscard]] Parted parted_from(const Node& self, Where where) const;

  // Adds what people say of the incident of `root`: links behind those of the same anchor, the
  // newest word first, and the words about its members.
  void show(const Node& root, IncidentContent& content) const;

 private:
  using Pairs = std::vector<std::pair<Node*, Node*>>;
  [[nodiscard]] Node* resolve(const EventId& id) const;
  void hear(Saying& saying, NodeGroups& groups);
  void hear_pair(Saying& saying, NodeGroups& groups);
  void bind(const Pairs& unions_before, const Pairs& partings_before, Verdict& verdict);
  void spread(const std::vector<Saying>& before, Verdict& verdict);
  void eject(const std::vector<Node*>& before, Verdict& verdict);

  const Nodes& nodes_;
  std::map<WordId, Word> words_;
  std::unordered_map<ShortId, std::size_t, ShortIdHash> named_;  // event id → words that name it
  bool stale_ = false;                                           // judge() has something to do
  std::vector<Saying> sayings_;                                  // newest first
  Pairs unions_;                                                 // of the words that unite
  Pairs partings_;                                               // of every `apart` that holds
  std::vector<Node*> ejected_;
  std::vector<Node*> bound_;
  std::vector<Node*> joined_;  // case roots in which an event of `unions_` stands
};

template <class Where>
Parted People::parted_from(const Node& self, Where where) const {
  Parted parted;
  for (const auto& [one, other] : unions_) {
    parted.groups_.unite(where(*one), where(*other));
  }
  const Node* own = parted.groups_.of(&self);
  for (const auto& [one, other] : partings_) {
    const Node* a = parted.groups_.of(where(*one));
    const Node* b = parted.groups_.of(where(*other));
    if (a == own || b == own) {
      parted.apart_.push_back(a == own ? b : a);
    }
  }
  return parted;
}

}  // namespace fusiond::fusion
