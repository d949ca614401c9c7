#include "daemon/fusion/incident_book.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/fusion/cases.h"

namespace fusiond::fusion {
namespace {

bool over(IncidentState state) {
  return state == IncidentState::merged || state == IncidentState::withdrawn;
}

IncidentChange change_of(const IncidentRevision* last, const IncidentContent& now) {
  if (now.state == IncidentState::merged) {
    return IncidentChange::merged;
  }
  if (last == nullptr) {
    return now.state == IncidentState::withdrawn ? IncidentChange::withdrawn : IncidentChange::open;
  }
  const IncidentState was = last->content.state;
  if (was == now.state) {
    return IncidentChange::update;
  }
  if (now.state == IncidentState::withdrawn) {
    return IncidentChange::withdrawn;
  }
  if (over(was)) {
    return IncidentChange::reopened;
  }
  if (now.state == IncidentState::closed) {
    return IncidentChange::closed;
  }
  return now.state == IncidentState::quiet && was == IncidentState::open ? IncidentChange::quiet
                                                                         : IncidentChange::reopened;
}

// An incident that was told quiet or closed does not open again because a clock went back (a feed
// that came up with a longer allowance), only because something new is to be said of it.
void keep_finality(const IncidentContent& told, IncidentContent& now) {
  if (over(told.state) || over(now.state) || now.state >= told.state) {
    return;
  }
  const IncidentState state = std::exchange(now.state, told.state);
  if (!(now == told)) {
    now.state = state;
  }
}

std::vector<EventId> ids_of(const IncidentContent& content) {
  std::vector<EventId> ids;
  ids.reserve(content.members.size());
  for (const Member& member : content.members) {
    ids.push_back(member.event_id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::vector<EventId> without(const std::vector<EventId>& ids, const std::vector<EventId>& others) {
  std::vector<EventId> left;
  std::set_difference(ids.begin(), ids.end(), others.begin(), others.end(),
                      std::back_inserter(left));
  return left;
}

bool contains_all(const std::vector<IncidentId>& sorted, const std::vector<IncidentId>& ids) {
  return std::all_of(ids.begin(), ids.end(), [&](const IncidentId& id) {
    return std::binary_search(sorted.begin(), sorted.end(), id);
  });
}

const Node::Listed& listed_of(const Node& node) {
  FUSIOND_CHECK(node.listed.has_value(), "what stands in the book's order is listed");
  return *node.listed;
}

// Publishing order of what stays: what only gains members, other changes, then what hands members
// on, each after the incident that takes them, so that nobody sees an event in no incident. Only
// where incidents swap events there is no such order.
std::vector<IncidentRevision> takers_first(std::vector<IncidentRevision> revisions) {
  std::vector<IncidentRevision> order;
  order.reserve(revisions.size());
  const auto take_if = [&](auto fits) {
    std::vector<IncidentRevision> rest;
    for (IncidentRevision& revision : revisions) {
      (fits(revision) ? order : rest).push_back(std::move(revision));
    }
    revisions = std::move(rest);
  };
  take_if([](const IncidentRevision& one) {
    return one.members_removed.empty() && !one.members_added.empty();
  });
  take_if([](const IncidentRevision& one) { return one.members_removed.empty(); });
  std::set<EventId> waited;  // events that still have to be taken
  for (const IncidentRevision& revision : revisions) {
    waited.insert(revision.members_added.begin(), revision.members_added.end());
  }
  while (!revisions.empty()) {
    auto next = std::find_if(revisions.begin(), revisions.end(), [&](const IncidentRevision& one) {
      return std::none_of(one.members_removed.begin(), one.members_removed.end(),
                          [&](const EventId& id) { return waited.contains(id); });
    });
    if (next == revisions.end()) {
      next = revisions.begin();
    }
    for (const EventId& id : next->members_added) {
      waited.erase(id);
    }
    order.push_back(std::move(*next));
    revisions.erase(next);
  }
  return order;
}

}  // namespace

IncidentBook::IncidentBook(const Score& score, const Explain& explain, const Cases& cases,
                           Nodes& nodes, Stamp stamp)
    : score_(score), explain_(explain), cases_(cases), nodes_(nodes), stamp_(std::move(stamp)) {}

void IncidentBook::restore(const std::vector<IncidentRevision>& revisions) {
  for (const IncidentRevision& revision : revisions) {
    told_.emplace(revision.content.id, revision);
    note_end(revision.content);
  }
  NodeSet all;
  nodes_.each([&](Node& node) {
    all.insert(&node);
    if (told_.contains(node.incident_id())) {
      unnamed_.insert(&node);
    }
  });
  name(all);
}

std::vector<IncidentRevision> IncidentBook::write(NodeSet touched, std::int64_t closing,
                                                  const Cause& cause) {
  name(touched);
  Supersedes taken;
  const std::vector<Vanished> vanished = find_vanished(touched, taken);
  Contents contents = render(std::move(touched), closing);
  std::vector<IncidentRevision> revisions;
  for (auto& [node, content] : contents) {
    const auto told = told_.find(content.id);
    if (told != told_.end()) {
      keep_finality(told->second.content, content);
    }
    const std::vector<IncidentId>& superseded = taken[node];
    if (told != told_.end() && told->second.content == content &&
        contains_all(told->second.supersedes, superseded)) {
      continue;
    }
    revisions.push_back(revise(std::move(content), superseded, cause));
  }
  revisions = takers_first(std::move(revisions));
  for (const bool merged : {true, false}) {
    for (const Vanished& one : vanished) {
      if (merged == (one.into != nullptr)) {
        revisions.push_back(revise(last_page(one), {}, cause));
      }
    }
  }
  return revisions;
}

// Gives every touched root the member heard first as its name, before anything is written that
// may name it, and touches those who name it.
void IncidentBook::name(NodeSet& touched) {
  for (Node* node : std::vector<Node*>(touched.begin(), touched.end())) {
    if (!node->is_root()) {
      list(*node, std::nullopt, touched);
      unname(*node);
      continue;
    }
    Node* first = node;
    each_episode(*node, [&](Node& episode) {
      each_member(episode, [&](Node& member) { first = std::min(first, &member, HeardFirst{}); });
    });
    if (first == node->named_by && first->names == node) {
      continue;
    }
    unname(*node);
    node->named_by = first;
    first->names = node;
    for (Node* other : cases_.may_name(*node)) {
      touched.insert(other);
    }
    if (node->listed) {
      touch_later(*node->listed, *node, touched);
    }
  }
}

void IncidentBook::unname(Node& root) {
  Node* first = std::exchange(root.named_by, nullptr);
  if (first == nullptr) {
    return;
  }
  unnamed_.insert(first);
  if (first->names == &root) {
    first->names = nullptr;
  }
}

// Where a told incident goes that has no name any more: the incident of its first member that is
// left.
Node* IncidentBook::heir_of(const IncidentContent& told) const {
  for (const Member& member : told.members) {
    Node* found = nodes_.find(member.event_id);
    Node* root = found == nullptr ? nullptr : Cases::root_of(*found);
    if (root != nullptr) {
      return root;
    }
  }
  return nullptr;
}

// Incidents that were told and whose first member names none any more: merged into the one that
// has their events, or withdrawn.
std::vector<IncidentBook::Vanished> IncidentBook::find_vanished(NodeSet& touched,
                                                                Supersedes& taken) {
  std::vector<Vanished> vanished;
  for (Node* node : std::exchange(unnamed_, {})) {
    const auto told = told_.find(node->incident_id());
    if (node->names != nullptr || told == told_.end() || over(told->second.content.state)) {
      continue;
    }
    Node* into = heir_of(told->second.content);
    vanished.push_back({node, into});
    if (into == nullptr) {
      continue;
    }
    touched.insert(into);
    auto& ids = taken[into];
    ids.push_back(node->incident_id());
    ids.insert(ids.end(), told->second.supersedes.begin(), told->second.supersedes.end());
    std::erase(ids, into->named_by->incident_id());
  }
  return vanished;
}

IncidentBook::Contents IncidentBook::render(NodeSet touched, std::int64_t closing) {
  Contents contents;
  while (!touched.empty()) {
    Node& node = **touched.begin();
    touched.erase(touched.begin());
    if (!node.is_root()) {
      continue;
    }
    IncidentContent content = explain_.content_of(node);
    const Explain::Ends ends = explain_.ends_of(node, content);
    list(node,
         Node::Listed{node.facts.status, node.facts.time, node.facts.place,
                      content.late ? "" : content.family, ends.quiet, ends.closed},
         touched);
    touched.erase(&node);
    content.related_to = related_to(node);
    if (content.state == IncidentState::open && closing > ends.closed) {
      content.state = IncidentState::closed;
    } else if (content.state == IncidentState::open && closing > ends.quiet) {
      content.state = IncidentState::quiet;
    }
    contents[&node] = std::move(content);
  }
  return contents;
}

// Enters, changes or takes out a live root, and touches those who name it or could.
void IncidentBook::list(Node& node, std::optional<Node::Listed> listed, NodeSet& again) {
  if (node.listed == listed) {
    return;
  }
  const auto enters = [](const Node::Listed& entry) {
    return entry.place && !entry.family.empty();
  };
  const auto key = [](const std::optional<Node::Listed>& entry) {
    return entry ? std::tuple(entry->status, entry->time, entry->place, entry->family)
                 : std::tuple(Status::unspecified, std::int64_t{0}, Spot{}, std::string{});
  };
  const bool moves = key(node.listed) != key(listed);
  if (node.listed) {
    ends_.erase({node.listed->quiet_after, &node});
    ends_.erase({node.listed->closed_after, &node});
    if (enters(*node.listed)) {
      by_time_.erase({node.listed->time, node.id});
    }
    if (moves) {
      touch_later(*node.listed, node, again);
    }
  }
  node.listed = std::move(listed);
  if (!node.listed) {
    return;
  }
  ends_.insert({node.listed->quiet_after, &node});
  ends_.insert({node.listed->closed_after, &node});
  if (enters(*node.listed)) {
    by_time_[{node.listed->time, node.id}] = &node;
  }
  if (moves) {
    touch_later(*node.listed, node, again);
  }
}

void IncidentBook::touch_later(const Node::Listed& listed, const Node& self, NodeSet& again) const {
  if (!listed.place || listed.family.empty()) {
    return;
  }
  const auto& config = score_.config();
  for (auto entry = by_time_.upper_bound({listed.time, self.id}); entry != by_time_.end();
       ++entry) {
    if (entry->first.first > listed.time + config.related_window.count()) {
      return;
    }
    const Node::Listed& other = listed_of(*entry->second);
    if (other.status == listed.status &&
        within(*other.place, *listed.place, config.related_reach_m)) {
      again.insert(entry->second);
    }
  }
}

// Earlier incidents of the same family near by: the later one names the earlier one, so that
// nothing is told twice.
std::vector<IncidentId> IncidentBook::related_to(const Node& root) const {
  std::vector<IncidentId> ids;
  const Node::Listed& own = listed_of(root);
  if (!own.place || own.family.empty()) {
    return ids;
  }
  const auto& config = score_.config();
  auto entry = by_time_.find({own.time, root.id});
  while (entry != by_time_.begin() && ids.size() < kRelated) {
    --entry;
    const Node::Listed& other = listed_of(*entry->second);
    if (other.time < own.time - config.related_window.count()) {
      break;
    }
    const bool like = other.status == own.status && other.family == own.family;
    if (like && within(*other.place, *own.place, config.related_reach_m)) {
      ids.push_back(entry->second->named_by->incident_id());
    }
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

IncidentContent IncidentBook::last_page(const Vanished& vanished) const {
  IncidentContent content = told_.at(vanished.node->incident_id()).content;
  if (vanished.into == nullptr) {
    explain_.mark_retracted(content);
    return content;
  }
  content.state = IncidentState::merged;
  content.merged_into = vanished.into->named_by->incident_id();
  content.odds_mn = 0;
  content.confidence_permille = 0;
  content.factors.clear();
  content.members.clear();
  content.links.clear();
  content.related_to.clear();
  content.maybe_same_as.clear();
  return content;
}

IncidentRevision IncidentBook::revise(IncidentContent content, const std::vector<IncidentId>& taken,
                                      const Cause& cause) {
  const auto found = told_.find(content.id);
  const IncidentRevision* last = found == told_.end() ? nullptr : &found->second;
  IncidentRevision revision;
  revision.epoch = stamp_.epoch;
  revision.revision = last == nullptr ? 1 : last->revision + 1;
  revision.change = change_of(last, content);
  revision.cause = cause;
  const std::vector<EventId> now = ids_of(content);
  const std::vector<EventId> then =
      last == nullptr ? std::vector<EventId>{} : ids_of(last->content);
  revision.members_added = without(now, then);
  revision.members_removed = without(then, now);
  if (last != nullptr) {
    revision.supersedes = last->supersedes;
  }
  revision.supersedes.insert(revision.supersedes.end(), taken.begin(), taken.end());
  std::sort(revision.supersedes.begin(), revision.supersedes.end());
  revision.supersedes.erase(std::unique(revision.supersedes.begin(), revision.supersedes.end()),
                            revision.supersedes.end());
  revision.versions = stamp_.versions;
  revision.opened = last == nullptr ? cause.ingest_time : last->opened;
  revision.updated = cause.ingest_time;
  revision.content = std::move(content);
  // Room to grow: an incident of many members is written over in place, not allocated anew.
  IncidentRevision& slot = told_[revision.content.id];
  const std::size_t size = revision.content.members.size();
  if (slot.content.members.capacity() < size) {
    slot.content.members.reserve(size + size / 2);
  }
  slot = revision;
  note_end(slot.content);
  return revision;
}

std::vector<Node*> IncidentBook::between(std::int64_t from, std::int64_t to) const {
  std::vector<Node*> roots;
  for (auto end = ends_.lower_bound({from, nullptr}); end != ends_.end() && end->first < to;
       ++end) {
    roots.push_back(end->second);
  }
  return roots;
}

bool IncidentBook::is_final(const Node& root, std::int64_t unfinished) const {
  const auto told = told_.find(root.named_by->incident_id());
  if (told == told_.end() || unfinished_.contains(told->first)) {
    return told == told_.end();
  }
  const auto& config = score_.config();
  const std::int64_t reach = config.related_window.count() + 2 * config.window.count();
  return micros_of(told->second.content.last_occurred) < unfinished - reach;
}

std::int64_t IncidentBook::first_unfinished() const {
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  for (const auto& [id, began] : unfinished_) {
    first = std::min(first, began);
  }
  return first;
}

// Keeps count of who is not finished.
void IncidentBook::note_end(const IncidentContent& content) {
  if (content.state == IncidentState::open || content.state == IncidentState::quiet) {
    unfinished_[content.id] = micros_of(content.first_occurred);
  } else {
    unfinished_.erase(content.id);
  }
}

bool IncidentBook::drop(Node& node) {
  NodeSet nobody;
  list(node, std::nullopt, nobody);
  unnamed_.erase(&node);
  if (!node.has_incident_id()) {
    return false;  // it has never named one
  }
  unfinished_.erase(node.incident_id());
  return told_.erase(node.incident_id()) > 0;
}

std::vector<IncidentContent> IncidentBook::live() const {
  std::vector<IncidentContent> contents;
  nodes_.each([&](const Node& node) {
    const auto told =
        node.named_by == nullptr ? told_.end() : told_.find(node.named_by->incident_id());
    if (told != told_.end()) {
      contents.push_back(told->second.content);
    }
  });
  std::sort(contents.begin(), contents.end(),
            [](const IncidentContent& a, const IncidentContent& b) { return a.id < b.id; });
  return contents;
}

}  // namespace fusiond::fusion
