#include "daemon/fusion/incident_book.h"

#include <algorithm>
#include <limits>
#include <set>
#include <unordered_map>
#include <utility>

#include "daemon/base/check.h"

namespace fusiond::fusion {
namespace {

bool over(IncidentState state) {
  return state == IncidentState::merged || state == IncidentState::withdrawn;
}

// `was` is unspecified of an incident that was never told.
IncidentChange change_of(IncidentState was, IncidentState now) {
  if (now == IncidentState::merged) {
    return IncidentChange::merged;
  }
  if (was == now) {
    return IncidentChange::update;
  }
  if (now == IncidentState::withdrawn) {
    return IncidentChange::withdrawn;
  }
  if (was == IncidentState::unspecified) {
    return IncidentChange::open;
  }
  if (over(was)) {
    return IncidentChange::reopened;
  }
  if (now == IncidentState::closed) {
    return IncidentChange::closed;
  }
  return now == IncidentState::quiet && was == IncidentState::open ? IncidentChange::quiet
                                                                   : IncidentChange::reopened;
}

// Those of `ids` that are not in `others`, sorted. Both are changed.
void subtract(std::vector<ShortId>& ids, std::vector<ShortId>& others, std::vector<ShortId>& left) {
  std::sort(ids.begin(), ids.end());
  std::sort(others.begin(), others.end());
  left.clear();
  std::set_difference(ids.begin(), ids.end(), others.begin(), others.end(),
                      std::back_inserter(left));
}

void write_ids(const std::vector<ShortId>& from, std::vector<EventId>& to) {
  to.clear();
  for (const ShortId id : from) {
    to.push_back(long_id(id));
  }
}

}  // namespace

IncidentBook::IncidentBook(const Score& score, Explain& explain, const Cases& cases, Nodes& nodes,
                           const IncidentWriter& writer, Stamp stamp)
    : score_(score),
      explain_(explain),
      cases_(cases),
      nodes_(nodes),
      writer_(writer),
      live_(score.config(), nodes, waiting_) {
  revision_.epoch = stamp.epoch;
  revision_.versions = std::move(stamp.versions);
}

void IncidentBook::restore(const std::vector<IncidentRevision>& revisions) {
  std::unordered_map<IncidentId, Node*> by_id;
  nodes_.each([&](Node& node) { by_id.emplace(incident_id_of(node.id), &node); });
  for (const IncidentRevision& revision : revisions) {
    const IncidentContent& content = revision.content;
    const auto found = by_id.find(content.id);
    if (found == by_id.end()) {
      continue;  // its events are forgotten
    }
    Node& named_by = *found->second;
    named_by.told = std::make_unique<Told>();
    Told& told = *named_by.told;
    told.revision = revision.revision;
    told.state = content.state;
    told.opened = revision.opened;
    told.began = micros_of(content.first_occurred);
    told.ended = micros_of(content.last_occurred);
    told.supersedes = revision.supersedes;
    writer_.summary(content, told.summary);
    writer_.belief(content, told.belief);
    writer_.relations(content, told.relations);
    for (const Member& member : content.members) {
      told.members.push_back(short_id(member.event_id));
    }
    unnamed_.push_back(&named_by);
    note_end(named_by);
  }
  // A member of a live incident may stand on the last page of a withdrawn one, too.
  for (const bool live : {false, true}) {
    for (const IncidentRevision& revision : revisions) {
      for (const Member& member : revision.content.members) {
        Node* node = nodes_.find(member.event_id);
        if (node != nullptr && live != over(revision.content.state)) {
          node->page.clear();
          writer_.member(member, node->page);
        }
      }
    }
  }
  nodes_.each([&](Node& node) { name(node); });
  while (Node* root = waiting_.pop()) {
    describe(*root);
  }
}

std::span<const IncidentRecord> IncidentBook::write(const std::vector<Node*>& touched,
                                                    std::int64_t closing, const Cause& cause) {
  count_ = 0;
  for (Node* node : touched) {
    name(*node);
  }
  find_vanished();
  live_.touch_ended(closing);
  while (Node* root = waiting_.pop()) {
    if (root->is_root()) {
      look_at(*root, closing, cause);
    }
  }
  if (count_ > 1) {
    publish_in_order(count_);
  }
  revision_.members_added.clear();
  for (const Vanished& one : vanished_) {
    if (one.into != nullptr) {
      emit_merged(*one.node, *one.into, cause);
    }
  }
  revision_.members_removed.clear();
  for (const Vanished& one : vanished_) {
    if (one.into == nullptr) {
      emit_withdrawn(*one.node, cause);
    }
  }
  vanished_.clear();
  taken_.clear();
  return {records_.data(), count_};
}

// Gives a touched root the member heard first as its name, before anything is written that may
// name it, and touches those who name it.
void IncidentBook::name(Node& node) {
  const auto& facts = node.facts;
  if (!node.is_root()) {
    live_.unlist(node);
    unname(node);
    return;
  }
  node.book_stale = true;
  touch(node);
  if (node.listed && (node.listed->time != facts.time || node.listed->status != facts.status ||
                      node.listed->place != facts.place)) {
    live_.unlist(node);  // before others look for it
  }
  Node* first = &node;
  each_episode(node, [&](Node& episode) {
    each_member(episode, [&](Node& member) { first = std::min(first, &member, HeardFirst{}); });
  });
  if (first == node.named_by && first->names == &node) {
    return;
  }
  const bool renamed = node.named_by != nullptr;
  unname(node);
  node.named_by = first;
  first->names = &node;
  for (Node* other : cases_.may_name(node)) {
    other->book_stale = true;
    touch(*other);
  }
  if (renamed && node.listed && node.listed->can_relate()) {
    live_.touch_later(node);
  }
}

void IncidentBook::unname(Node& root) {
  Node* first = std::exchange(root.named_by, nullptr);
  if (first == nullptr) {
    return;
  }
  unnamed_.push_back(first);
  if (first->names == &root) {
    first->names = nullptr;
  }
}

// Where a told incident goes that has no name any more: the incident of its first member that is
// left.
Node* IncidentBook::heir_of(const Told& told) const {
  for (const ShortId member : told.members) {
    Node* found = nodes_.find(member);
    Node* root = found == nullptr ? nullptr : Cases::root_of(*found);
    if (root != nullptr) {
      return root;
    }
  }
  return nullptr;
}

// Incidents that were told and whose first member names none any more: merged into the one that
// has their events, or withdrawn.
void IncidentBook::find_vanished() {
  if (unnamed_.empty()) {
    return;
  }
  std::sort(unnamed_.begin(), unnamed_.end(), ById{});
  unnamed_.erase(std::unique(unnamed_.begin(), unnamed_.end()), unnamed_.end());
  for (Node* node : std::exchange(unnamed_, {})) {
    if (node->names != nullptr || node->told == nullptr || over(node->told->state)) {
      continue;
    }
    Node* into = heir_of(*node->told);
    vanished_.push_back({node, into});
    if (into == nullptr) {
      continue;
    }
    touch(*into);
    auto& ids = taken_[into];
    ids.push_back(node->incident_id());
    ids.insert(ids.end(), node->told->supersedes.begin(), node->told->supersedes.end());
    std::erase(ids, into->named_by->incident_id());
  }
}

void IncidentBook::look_at(Node& root, std::int64_t closing, const Cause& cause) {
  Node& named_by = *root.named_by;
  const bool is_new = named_by.told == nullptr;
  if (is_new) {
    named_by.told = std::make_unique<Told>();
  }
  Told& told = *named_by.told;
  revision_.members_added.clear();
  revision_.members_removed.clear();
  if (drafts_.size() == count_) {
    drafts_.emplace_back();
  }
  drafts_[count_].added.clear();
  drafts_[count_].removed.clear();
  bool changed = is_new;
  bool gone = told.state == IncidentState::withdrawn;
  if (std::exchange(root.book_stale, false)) {
    changed = render(root, told) || changed;
    gone = explain_.is_withdrawn();
  }
  if (const auto taken = taken_.find(&root); taken != taken_.end()) {
    changed = supersede(told, taken->second) || changed;
  }
  IncidentState state = state_at(root, gone, closing);
  live_.wait_for_ends(root, closing);
  // What was told quiet or closed does not open again because a clock went back (a feed that came
  // up with a longer allowance), only because something new is to be said of it.
  if (!changed && !over(told.state) && state < told.state) {
    state = told.state;
  }
  if (changed || state != told.state) {
    emit(named_by, state, cause);
  }
}

IncidentState IncidentBook::state_at(const Node& root, bool gone, std::int64_t closing) const {
  if (gone) {
    return IncidentState::withdrawn;
  }
  if (closing > root.listed->closed_after) {
    return IncidentState::closed;
  }
  return closing > root.listed->quiet_after ? IncidentState::quiet : IncidentState::open;
}

// Says what the incident is now, in content_, and puts its root where others find it.
void IncidentBook::describe(Node& root) {
  explain_.gather(root);
  explain_.describe(content_);
  const auto ends = explain_.ends();
  live_.list(root, {root.facts.status, root.facts.time, root.facts.place,
                    content_.late ? -1 : explain_.family(), ends.quiet, ends.closed});
  live_.relate(root);
  content_.related_to.clear();
  for (const ShortId other : root.related) {
    content_.related_to.push_back(id_of(other));
  }
  std::sort(content_.related_to.begin(), content_.related_to.end());
}

// Writes the parts of the incident that may have changed; says whether any has.
bool IncidentBook::render(Node& root, Told& told) {
  describe(root);
  bool changed = false;
  const auto keep = [&](std::string& part) {
    if (part != written_) {
      part.assign(written_);
      changed = true;
    }
    written_.clear();
  };
  written_.clear();
  writer_.summary(content_, written_);
  keep(told.summary);
  writer_.belief(content_, written_);
  keep(told.belief);
  writer_.relations(content_, written_);
  keep(told.relations);
  told.began = micros_of(content_.first_occurred);
  told.ended = micros_of(content_.last_occurred);
  return render_members(told) || changed;
}

// Writes the pages of the members that may have changed and notes who came and went.
bool IncidentBook::render_members(Told& told) {
  bool changed = false;
  const std::vector<Node*>& members = explain_.gathered();
  for (Node* node : members) {
    if (!std::exchange(node->page_stale, false)) {
      continue;
    }
    explain_.write_member(*node, member_);
    written_.clear();
    writer_.member(member_, written_);
    if (written_ != node->page) {
      node->page.assign(written_);
      changed = true;
    }
  }
  const bool same =
      std::equal(members.begin(), members.end(), told.members.begin(), told.members.end(),
                 [](const Node* node, ShortId id) { return node->number == id; });
  if (same) {
    return changed;
  }
  compare_members(told);
  told.members.clear();
  for (const Node* node : members) {
    told.members.push_back(node->number);
  }
  return true;
}

// Sets who came and went since `told`.
void IncidentBook::compare_members(const Told& told) {
  Draft& draft = drafts_[count_];
  const std::vector<Node*>& members = explain_.gathered();
  // What stands alike at the begin of both lists has not changed; mostly members come at the end.
  const auto [node, id] =
      std::mismatch(members.begin(), members.end(), told.members.begin(), told.members.end(),
                    [](const Node* one, ShortId other) { return one->number == other; });
  std::vector<ShortId> now;
  for (auto one = node; one != members.end(); ++one) {
    now.push_back((*one)->number);
  }
  std::vector<ShortId> then(id, told.members.end());
  subtract(now, then, draft.added);
  subtract(then, now, draft.removed);
  write_ids(draft.added, revision_.members_added);
  write_ids(draft.removed, revision_.members_removed);
}

// Puts ids into the list of those that were ever merged into this one; says whether any is new.
bool IncidentBook::supersede(Told& told, const std::vector<IncidentId>& ids) const {
  const std::size_t before = told.supersedes.size();
  told.supersedes.insert(told.supersedes.end(), ids.begin(), ids.end());
  std::sort(told.supersedes.begin(), told.supersedes.end());
  told.supersedes.erase(std::unique(told.supersedes.begin(), told.supersedes.end()),
                        told.supersedes.end());
  return told.supersedes.size() != before;
}

// The next record, with its head written.
IncidentRecord& IncidentBook::start_record(const Node& named_by, IncidentState state,
                                           const Cause& cause) {
  Told& told = *named_by.told;
  if (records_.size() == count_) {
    records_.emplace_back();
  }
  if (drafts_.size() == count_) {
    drafts_.emplace_back();
  }
  drafts_[count_].record = count_;
  IncidentRecord& record = records_[count_++];
  if (told.revision == 0) {
    told.opened = cause.ingest_time;
  }
  record.id = named_by.incident_id();
  record.epoch = revision_.epoch;
  record.revision = ++told.revision;
  record.state = state;
  record.change = change_of(told.state, state);
  record.updated = cause.ingest_time;
  record.bytes.clear();
  revision_.revision = record.revision;
  revision_.change = record.change;
  revision_.cause = cause;
  revision_.supersedes = told.supersedes;
  revision_.opened = told.opened;
  revision_.updated = record.updated;
  revision_.content.state = state;
  revision_.content.id = record.id;
  writer_.head(revision_, record.bytes);
  record.head_size = record.bytes.size();
  told.state = state;
  note_end(named_by);
  return record;
}

void IncidentBook::emit(const Node& named_by, IncidentState state, const Cause& cause) {
  const Told& told = *named_by.told;
  revision_.content.merged_into = IncidentId{};
  IncidentRecord& record = start_record(named_by, state, cause);
  for (const std::string* part : {&told.summary, &told.belief, &told.relations}) {
    record.bytes.append(*part);
  }
  for (const ShortId member : told.members) {
    record.bytes.append(nodes_.find(member)->page);
  }
}

// The last page of an incident that went into another one.
void IncidentBook::emit_merged(const Node& named_by, const Node& into, const Cause& cause) {
  Told& told = *named_by.told;
  std::sort(told.members.begin(), told.members.end());
  write_ids(told.members, revision_.members_removed);
  told.members.clear();
  told.belief.clear();
  told.relations.clear();
  revision_.content.merged_into = into.named_by->incident_id();
  IncidentRecord& record = start_record(named_by, IncidentState::merged, cause);
  record.bytes.append(told.summary);
}

// The last page of an incident that went nowhere: the same events, all of them retracted.
void IncidentBook::emit_withdrawn(const Node& named_by, const Cause& cause) {
  Told& told = *named_by.told;
  found_.clear();
  for (const ShortId member : told.members) {
    if (Node* node = nodes_.find(member); node != nullptr && !node->page.empty()) {
      found_.push_back(node);
    }
  }
  told.belief.clear();
  told.relations.clear();
  if (!found_.empty()) {
    explain_.weigh_gone(found_, content_);
    writer_.belief(content_, told.belief);
  }
  revision_.content.merged_into = IncidentId{};
  IncidentRecord& record = start_record(named_by, IncidentState::withdrawn, cause);
  record.bytes.append(told.summary);
  record.bytes.append(told.belief);
  for (const Node* node : found_) {
    writer_.retracted(node->page, record.bytes);
  }
}

// Publishing order of what stays: what only gains members, other changes, then what hands members
// on, each after the incident that takes them, so that nobody sees an event in no incident. Only
// where incidents swap events there is no such order.
void IncidentBook::publish_in_order(std::size_t first) {
  std::vector<Draft*> left;
  for (std::size_t i = 0; i < first; ++i) {
    left.push_back(&drafts_[i]);
  }
  std::vector<std::size_t> order;
  const auto take_if = [&](auto fits) {
    std::erase_if(left, [&](const Draft* one) {
      if (fits(*one)) {
        order.push_back(one->record);
        return true;
      }
      return false;
    });
  };
  take_if([](const Draft& one) { return one.removed.empty() && !one.added.empty(); });
  take_if([](const Draft& one) { return one.removed.empty(); });
  std::set<ShortId> waited;  // events that still have to be taken
  for (const Draft* one : left) {
    waited.insert(one->added.begin(), one->added.end());
  }
  while (!left.empty()) {
    auto next = std::find_if(left.begin(), left.end(), [&](const Draft* one) {
      return std::none_of(one->removed.begin(), one->removed.end(),
                          [&](ShortId id) { return waited.contains(id); });
    });
    next = next == left.end() ? left.begin() : next;
    for (const ShortId id : (*next)->added) {
      waited.erase(id);
    }
    order.push_back((*next)->record);
    left.erase(next);
  }
  sorted_.resize(std::max(sorted_.size(), order.size()));
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::swap(sorted_[i], records_[order[i]]);
  }
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::swap(sorted_[i], records_[i]);
  }
}

IncidentId IncidentBook::id_of(ShortId named_by) const {
  const Node* node = nodes_.find(named_by);
  return node == nullptr ? incident_id_of(long_id(named_by)) : node->incident_id();
}

bool IncidentBook::is_final(const Node& root, std::int64_t unfinished) const {
  if (root.named_by->told == nullptr) {
    return true;
  }
  const Told& told = *root.named_by->told;
  if (told.state == IncidentState::open || told.state == IncidentState::quiet) {
    return false;
  }
  const auto& config = score_.config();
  return told.ended < unfinished - config.related_window.count() - 2 * config.window.count();
}

// Keeps count of who is not finished.
void IncidentBook::note_end(const Node& named_by) {
  const Told& told = *named_by.told;
  if (told.state == IncidentState::open) {
    unfinished_.add(told.began, named_by.number);
  }
}

std::int64_t IncidentBook::first_unfinished() {
  while (!unfinished_.empty()) {
    const Endings::Entry& first = unfinished_.first();
    const Node* node = nodes_.find(first.id);
    const Told* told = node == nullptr ? nullptr : node->told.get();
    const bool holds = told != nullptr && told->began == first.time &&
                       (told->state == IncidentState::open || told->state == IncidentState::quiet);
    if (holds) {
      return first.time;
    }
    unfinished_.drop_first();
  }
  return std::numeric_limits<std::int64_t>::max();
}

bool IncidentBook::drop(Node& node) {
  waiting_.drop(node);
  live_.drop(node);
  std::erase(unnamed_, &node);
  return std::exchange(node.told, nullptr) != nullptr;
}

std::vector<IncidentContent> IncidentBook::live() {
  std::vector<IncidentContent> contents;
  nodes_.each([&](Node& node) {
    if (node.named_by == nullptr || node.named_by->told == nullptr) {
      return;
    }
    explain_.gather(node);
    IncidentContent content;
    explain_.describe(content);
    content.state = node.named_by->told->state;
    for (const ShortId other : node.related) {
      content.related_to.push_back(id_of(other));
    }
    std::sort(content.related_to.begin(), content.related_to.end());
    for (const Node* member : explain_.gathered()) {
      explain_.write_member(*member, content.members.emplace_back());
    }
    contents.push_back(std::move(content));
  });
  std::sort(contents.begin(), contents.end(),
            [](const IncidentContent& a, const IncidentContent& b) { return a.id < b.id; });
  return contents;
}

}  // namespace fusiond::fusion
