#include "daemon/fusion/people.h"

#include <set>

#include "daemon/fusion/cases.h"
#include "daemon/fusion/log_table.h"

namespace fusiond::fusion {
namespace {

// The case of the machine's own in which a present event stands.
Node* case_of(Node& node) {
  return node.role == Role::grouped ? node.anchor->case_root : &node;
}

const Node& episode_of(const Node& node) {
  return node.role == Role::grouped ? *node.anchor : node;
}

bool newer(const People::Saying& a, const People::Saying& b) {
  return is_newer(a.word, b.word);
}

CaseLink link_of(const People::Saying& saying) {
  const Node* later = saying.event;
  const Node* earlier = saying.other;
  if (before(episode_of(*later), episode_of(*earlier))) {
    std::swap(later, earlier);
  }
  CaseLink link;
  link.anchor = episode_of(*later).id;
  link.parent_anchor = episode_of(*earlier).id;
  link.basis = LinkBasis::person;
  link.event_id = later->id;
  link.other_event_id = earlier->id;
  const std::int64_t gap = later->facts.time - earlier->facts.time;
  link.gap = Micros{gap < 0 ? -gap : gap};
  if (later->facts.place && earlier->facts.place) {
    const std::int64_t square = distance2(*later->facts.place, *earlier->facts.place);
    link.distance_m =
        static_cast<std::uint32_t>(root(static_cast<std::uint64_t>(square)) / kUnitsPerMetre);
  }
  link.word = saying.word.id;
  return link;
}

}  // namespace

const Node* NodeGroups::of(const Node* node) {
  for (auto at = towards_.find(node); at != towards_.end(); at = towards_.find(node)) {
    const auto further = towards_.find(at->second);
    if (further != towards_.end()) {
      at->second = further->second;  // halves the way for whoever asks next
    }
    node = at->second;
  }
  return node;
}

bool NodeGroups::unite(const Node* a, const Node* b) {
  a = of(a);
  b = of(b);
  if (a == b) {
    return false;
  }
  towards_[b] = a;
  return true;
}

bool People::take(const Word& word) {
  const auto count = [&](const Word& of, bool comes) {
    for (const EventId* id : {&of.event, &of.other}) {
      if (id->empty()) {
        continue;
      }
      const auto at = named_.emplace(short_id(*id), 0).first;
      comes ? ++at->second : --at->second;
      if (at->second == 0) {
        named_.erase(at);
      }
    }
  };
  const auto found = words_.find(word.id);
  if (found != words_.end()) {
    if (!holds_over(word, found->second)) {
      return false;
    }
    count(found->second, false);
  }
  count(word, true);
  words_.insert_or_assign(word.id, word);
  stale_ = true;
  return true;
}

const Word* People::find(const WordId& id) const {
  const auto found = words_.find(id);
  return found == words_.end() ? nullptr : &found->second;
}

void People::note(const Node& node) {
  if (!named_.empty() && named_.contains(node.number)) {
    stale_ = true;
  }
}

Node* People::resolve(const EventId& id) const {
  Node* node = id.empty() ? nullptr : nodes_.find(id);
  if (node == nullptr || node->role == Role::absent) {
    return nullptr;
  }
  return node->role == Role::copy ? node->copy_root : node;
}

People::Verdict People::judge() {
  Verdict verdict;
  if (!stale_) {
    return verdict;
  }
  stale_ = false;
  verdict.judged = true;
  const std::vector<Saying> sayings = std::exchange(sayings_, {});
  const Pairs unions = std::exchange(unions_, {});
  const Pairs partings = std::exchange(partings_, {});
  const std::vector<Node*> ejected = std::exchange(ejected_, {});
  for (const auto& [id, word] : words_) {
    if (!word.retracted) {
      sayings_.push_back(
          {word, WordEffect::holds, resolve(word.event), resolve(word.other), false});
    }
  }
  std::sort(sayings_.begin(), sayings_.end(), newer);
  NodeGroups groups;
  for (Saying& saying : sayings_) {
    hear(saying, groups);
  }
  eject(ejected, verdict);
  bind(unions, partings, verdict);
  spread(sayings, verdict);
  return verdict;
}

// Takes a word in after all newer ones.
void People::hear(Saying& saying, NodeGroups& groups) {
  const bool alone = saying.word.kind == WordKind::eject;
  if (saying.event == nullptr || (!alone && saying.other == nullptr)) {
    saying.effect = WordEffect::waits;
  } else if (alone) {
    ejected_.push_back(saying.event);
  } else if (saying.event->facts.status != saying.other->facts.status ||
             (saying.event == saying.other && saying.word.kind == WordKind::apart)) {
    saying.effect = WordEffect::refused;
  } else {
    hear_pair(saying, groups);
  }
}

void People::hear_pair(Saying& saying, NodeGroups& groups) {
  const Node* one = groups.of(saying.event);
  const Node* other = groups.of(saying.other);
  if (saying.word.kind == WordKind::apart) {
    if (one == other) {
      saying.effect = WordEffect::overruled;
    } else {
      partings_.emplace_back(saying.event, saying.other);
    }
    return;
  }
  const auto is_ejected = [&](const Node* node) {
    return std::find(ejected_.begin(), ejected_.end(), node) != ejected_.end();
  };
  const bool parted = std::any_of(partings_.begin(), partings_.end(), [&](const auto& pair) {
    const Node* x = groups.of(pair.first);
    const Node* y = groups.of(pair.second);
    return (x == one && y == other) || (x == other && y == one);
  });
  if (parted || is_ejected(saying.event) || is_ejected(saying.other)) {
    saying.effect = WordEffect::overruled;
  } else if (groups.unite(one, other)) {
    saying.unites = true;
    unions_.emplace_back(saying.event, saying.other);
  }
}

void People::eject(const std::vector<Node*>& before, Verdict& verdict) {
  const auto turn = [&](Node* node, bool ejected) {
    if (node->ejected != ejected) {
      node->ejected = ejected;
      verdict.flipped.push_back(node);
    }
  };
  for (Node* node : before) {
    turn(node, std::find(ejected_.begin(), ejected_.end(), node) != ejected_.end());
  }
  for (Node* node : ejected_) {
    turn(node, true);
  }
}

void People::bind(const Pairs& unions_before, const Pairs& partings_before, Verdict& verdict) {
  if (unions_ == unions_before && partings_ == partings_before) {
    return;
  }
  std::set<Node*, ById> anew(bound_.begin(), bound_.end());
  for (Node* node : bound_) {
    node->bound = false;
  }
  std::set<Node*, ById> now;
  if (!partings_.empty()) {
    for (const Pairs* pairs : {&unions_, &partings_}) {
      for (const auto& [one, other] : *pairs) {
        now.insert({one, other});
      }
    }
  }
  for (Node* node : now) {
    node->bound = true;
  }
  bound_.assign(now.begin(), now.end());
  anew.insert(now.begin(), now.end());
  verdict.bound.assign(anew.begin(), anew.end());
}

// Whose incident shows other words now. Both lists are sorted alike.
void People::spread(const std::vector<Saying>& before, Verdict& verdict) {
  const auto add = [&](const Saying& saying) {
    for (Node* node : {saying.event, saying.other}) {
      if (node != nullptr) {
        verdict.spoken.push_back(node);
      }
    }
  };
  auto old = before.begin();
  for (const Saying& saying : sayings_) {
    for (; old != before.end() && newer(*old, saying); ++old) {
      add(*old);
    }
    const bool same_word =
        old != before.end() && old->word.id == saying.word.id && old->word.said == saying.word.said;
    if (!same_word || !(*old == saying)) {
      add(saying);
      if (same_word) {
        add(*old);
      }
    }
    old += same_word ? 1 : 0;
  }
  std::for_each(old, before.end(), add);
  for (Node* node : verdict.spoken) {
    node->spoken_of = false;
  }
  for (const Saying& saying : sayings_) {
    for (Node* node : {saying.event, saying.other}) {
      if (node != nullptr) {
        node->spoken_of = true;
      }
    }
  }
}

std::vector<Node*> People::unite() {
  std::map<Node*, std::vector<Node*>, ById> was;  // of each case root the cases beside it
  for (Node* root : joined_) {
    root->joined = false;
    was[root] = incident_of(*root).cases;
  }
  for (Node* root : joined_) {
    root->united = nullptr;
    root->cases.clear();
  }
  joined_.clear();
  NodeGroups groups;
  std::set<Node*, Before> roots;
  for (const auto& [event, other] : unions_) {
    Node* one = case_of(*event);
    Node* two = case_of(*other);
    roots.insert({one, two});
    groups.unite(one, two);
  }
  std::unordered_map<const Node*, Node*> tops;  // of each group the earliest root
  for (Node* root : roots) {
    Node* top = tops.emplace(groups.of(root), root).first->second;
    root->joined = true;
    joined_.push_back(root);
    if (top != root) {
      root->united = top;
      if (top->cases.empty()) {
        top->cases.push_back(top);
      }
      top->cases.push_back(root);
    }
  }
  std::vector<Node*> changed;
  for (const auto& [root, cases] : was) {
    if (!root->joined && !cases.empty()) {
      changed.push_back(root);
    }
  }
  for (Node* root : joined_) {
    const auto before = was.find(root);
    const std::vector<Node*>& now = incident_of(*root).cases;
    if (before == was.end() ? !now.empty() : before->second != now) {
      changed.push_back(root);
    }
  }
  return changed;
}

void People::drop(Node& node) {
  if (!node.spoken_of && !node.joined) {
    return;
  }
  stale_ = true;
  for (Saying& saying : sayings_) {
    for (Node** end : {&saying.event, &saying.other}) {
      *end = *end == &node ? nullptr : *end;
    }
  }
  for (std::vector<Node*>* list : {&ejected_, &bound_, &joined_}) {
    std::erase(*list, &node);
  }
}

std::vector<WordId> People::forget(WallTime horizon) {
  std::vector<WordId> gone;
  for (auto at = words_.begin(); at != words_.end();) {
    const Word& word = at->second;
    const auto known = [&](const EventId& id) { return !id.empty() && nodes_.find(id) != nullptr; };
    if (word.said >= horizon || known(word.event) || known(word.other)) {
      ++at;
      continue;
    }
    for (const EventId* id : {&word.event, &word.other}) {
      const auto named = id->empty() ? named_.end() : named_.find(short_id(*id));
      if (named != named_.end() && --named->second == 0) {
        named_.erase(named);
      }
    }
    gone.push_back(at->first);
    at = words_.erase(at);
    stale_ = true;
  }
  return gone;
}

void People::show(const Node& root, IncidentContent& content) const {
  std::vector<CaseLink> links;
  for (const Saying& saying : sayings_) {
    const bool ours = (saying.event != nullptr && Cases::root_of(*saying.event) == &root) ||
                      (saying.other != nullptr && Cases::root_of(*saying.other) == &root);
    if (!ours) {
      continue;
    }
    ++content.words_total;
    if (content.words.size() < kListedWords) {
      content.words.push_back({saying.word, saying.effect});
    }
    if (saying.unites && &episode_of(*saying.event) != &episode_of(*saying.other)) {
      links.push_back(link_of(saying));
    }
  }
  std::reverse(content.words.begin(), content.words.end());
  for (CaseLink& link : links) {
    const Node& anchor = *nodes_.find(link.anchor);
    const auto after = std::find_if(
        content.links.begin(), content.links.end(),
        [&](const CaseLink& other) { return before(anchor, *nodes_.find(other.anchor)); });
    content.links.insert(after, std::move(link));
  }
}

}  // namespace fusiond::fusion
