#include "daemon/fusion/incident_book.h"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/base/digest.h"
#include "daemon/model/listing.h"

namespace fusiond::fusion {
IncidentBook::IncidentBook(const Score& score, Explain& explain, const Cases& cases, Nodes& nodes,
                           const IncidentWriter& writer, Stamp stamp)
    : score_(score),
      explain_(explain),
      cases_(cases),
      nodes_(nodes),
      writer_(writer),
      epoch_(stamp.epoch),
      shard_(stamp.shard),
      alone_(stamp.alone),
      live_(score.config(), nodes, waiting_) {
  revision_.versions = std::move(stamp.versions);
}

void IncidentBook::restore(const std::vector<ToldIncident>& rows,
                           const std::vector<AreaRow>& areas) {
  std::unordered_map<IncidentId, Node*> by_id;
  nodes_.each([&](Node& node) { by_id.emplace(incident_id_of(node.id), &node); });
  for (const ToldIncident& row : rows) {
    if (const auto found = by_id.find(row.id); found != by_id.end()) {  // else its events are gone
      restore(row, *found->second);
    }
  }
  for (const AreaRow& row : areas) {
    if (row.told) {
      restore(*nodes_.find(row.id), *row.told, row.handed);
    }
  }
  list_cards();
  while (waiting_.pop() != nullptr) {  // everybody is looked at now
  }
  nodes_.each([&](Node& node) { name(node); });
  // All must be listed before one can say what it has to do with others.
  while (Node* root = waiting_.pop()) {
    if (root->is_root()) {
      describe(*root);
      recalled_.push_back(root);
    }
  }
  for (Node* root : recalled_) {
    recall(*root);
  }
  // Nobody may wait in the queue until the next call: what moves meanwhile would be lost in it.
  while (Node* root = waiting_.pop()) {
    recalled_.push_back(root);
  }
}

void IncidentBook::restore(const ToldIncident& row, Node& named_by) {
  named_by.told = std::make_unique<Told>();
  Told& told = *named_by.told;
  told.epoch = row.epoch;
  told.revision = row.revision;
  told.state = row.state;
  told.opened = row.opened;
  told.began = row.began_us;
  told.ended = row.ended_us;
  told.priority = row.priority;
  told.said = row.said;
  told.status = row.status;
  told.supersedes = row.supersedes;
  told.body = row.body;
  told.again = !row.confirmed;
  told.members.reserve(row.members.size());
  for (const Uuid& id : row.members) {
    told.members.push_back({id.high, id.low});
    Node* node = nodes_.find(told.members.back());
    if (node != nullptr && !over(row.state)) {
      node->told_in = &named_by;
    }
  }
  if (over(row.state)) {
    told.summary = row.last_words;  // what it says if it is merged once more
    if (!row.confirmed) {
      last_words_.push_back({&named_by, row.merged_into, row.last_words});
    }
  }
  unnamed_.push_back(&named_by);
  note_end(named_by);
}

// Makes what was told of a root anew from its events. Where that gives other bytes than were told,
// it is told again.
void IncidentBook::recall(Node& root) {
  if (root.named_by->told == nullptr || over(root.named_by->told->state)) {
    return;
  }
  Told& told = *root.named_by->told;
  std::vector<ShortId> members = told.members;
  std::vector<ToldFinding> said = told.said;
  if (drafts_.empty()) {
    drafts_.emplace_back();
  }
  const bool again = told.again;
  render(root, told);
  told.news = told.members != members || body_digest(*root.named_by) != told.body;
  told.again = again || told.news;
  root.book_stale = told.again;
  told.members = std::move(members);
  told.said = std::move(said);  // what ended meanwhile is still to be told
}

std::span<const IncidentRecord> IncidentBook::write(const std::vector<Node*>& touched,
                                                    std::int64_t closing, const Cause& cause) {
  count_ = 0;
  ticks_ = cause.kind == "tick";
  for (Node* root : std::exchange(recalled_, {})) {
    touch(*root);
  }
  list_cards();
  for (Node* node : touched) {
    if (can_wait(*node)) {
      hold(*node);
    } else {
      name(*node);
    }
  }
  if (ticks_) {
    release();
  }
  find_vanished();
  live_.touch_ended(closing);
  touch_heard();
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
    if (one.into) {
      emit_merged(*one.node, *one.into, cause);
    }
  }
  revision_.members_removed.clear();
  for (const Vanished& one : vanished_) {
    if (!one.into) {
      emit_withdrawn(*one.node, cause);
    }
  }
  revision_.findings_ended.clear();
  vanished_.clear();
  taken_.clear();
  repeat_last_words(cause);
  return {records_.data(), count_};
}

void IncidentBook::use_versions(Versions versions) {
  revision_.versions = std::move(versions);
  feed_waits_ = FeedWaits{};
}

void IncidentBook::describe_anew(Node& root) {
  root.book_stale = true;
  root.acute = true;
  touch(root);
}

// Touches those whose rules waited for feeds that have been heard since.
void IncidentBook::touch_heard() {
  feed_waits_.pass(explain_.heard(), [&](ShortId id) {
    Node* node = nodes_.find(id);
    Node* root = node == nullptr ? nullptr : Cases::root_of(*node);
    if (root != nullptr) {
      root->book_stale = true;
      root->acute = true;
      touch(*root);
    }
  });
}

// Gives a touched root the member heard first as its name, before anything is written that may
// name it, and touches those who name it.
void IncidentBook::name(Node& node) {
  const auto& facts = node.facts;
  if (!alone_) {
    looked_at.push_back(&node);
  }
  if (!node.is_root()) {
    if (node.own) {
      live_.unlist(node);
    }
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
    each_member(episode, [&](Node& member) {
      if (member.complete) {
        first = std::min(first, &member, HeardFirst{});
      }
    });
  });
  if (first == node.named_by && first->names == &node) {
    return;
  }
  const bool renamed = node.named_by != nullptr;
  unname(node);
  node.named_by = first;
  first->names = &node;
  if (!alone_) {
    other_names.push_back(&node);
  }
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
  if (unnamed_.empty() && ended_.empty()) {
    return;
  }
  std::sort(unnamed_.begin(), unnamed_.end(), ById{});
  unnamed_.erase(std::unique(unnamed_.begin(), unnamed_.end()), unnamed_.end());
  std::vector<Node*> nodes = std::exchange(unnamed_, {});
  if (!alone_) {
    find_vanished_among(std::move(nodes));
    return;
  }
  for (Node* node : nodes) {
    if (node->names != nullptr || node->told == nullptr || over(node->told->state)) {
      continue;
    }
    if (Node* into = heir_of(*node->told)) {
      go_into(*node, *into);
    } else {
      vanished_.push_back({node, std::nullopt});
    }
  }
}

void IncidentBook::go_into(Node& node, Node& root) {
  if (!over(node.told->state)) {
    vanished_.push_back({&node, root.named_by->number});
  }
  touch(root);
  auto& ids = taken_[&root];
  ids.push_back(node.incident_id());
  ids.insert(ids.end(), node.told->supersedes.begin(), node.told->supersedes.end());
  std::erase(ids, root.named_by->incident_id());
}

bool IncidentBook::is_large(const Told& told) const {
  return told.members.size() > score_.config().members_listed;
}

// Of what leaves the incident that was told with it, if only to count as a copy: neither that one
// waits nor the one to which it goes.
void IncidentBook::note_place(Node& node) {
  Node* root = Cases::root_of(node);
  const bool stays = root != nullptr && root->named_by == node.told_in && node.role != Role::copy;
  if (node.told_in == nullptr || stays) {
    return;
  }
  if (node.told_in->names != nullptr) {
    node.told_in->names->acute = true;
  }
  if (root != nullptr) {
    root->acute = true;
  }
}

void IncidentBook::stir(Node& node, bool said) {
  note_place(node);
  Node* root = Cases::root_of(node);
  if (root == nullptr || root->named_by == nullptr || root->named_by->told == nullptr ||
      !is_large(*root->named_by->told) || !node.known) {
    return;
  }
  const Told& told = *root->named_by->told;
  const Event& shown = node.state.newest();
  const bool matters = node.told_in != nullptr || node.is_retracted() || node.spoken_of ||
                       shown.priority.value_or(0) > told.priority ||
                       (shown.status == Status::actual && told.status != Status::actual);
  root->acute = root->acute || HeardFirst{}(&node, root->named_by) || (said && matters);
  const auto family = score_.family_of_kind(score_.kind_of(shown.kind));
  root->odd = root->odd || explain_.is_read(node) || !root->listed || !family ||
              static_cast<int>(*family) != root->listed->family;
}

// May what is new of an incident wait for more? Only while it is open and large, and little is new.
bool IncidentBook::can_wait(Node& root) {
  if (ticks_ || root.acute || !root.is_root() || root.named_by == nullptr ||
      root.named_by->told == nullptr || !root.listed) {
    return false;
  }
  const Told& told = *root.named_by->told;
  if (told.state != IncidentState::open || !is_large(told) || told.again ||
      taken_.contains(&root)) {
    return false;
  }
  std::size_t now = 0;
  each_episode(root, [&](const Node& episode) {
    now += episode.role == Role::late ? 1 : episode.members.size();
  });
  const std::size_t then = told.members.size();
  if (8 * (now < then ? then - now : now - then) >= then) {
    return false;
  }
  if (std::exchange(root.odd, false)) {
    root.acute = explain_.family_now(root) != root.listed->family ||
                 told_of(explain_.findings_now(root)) != told.said;
  }
  return !root.acute;
}

void IncidentBook::hold(Node& root) {
  ++held_back_;
  root.book_stale = true;
  if (!std::exchange(root.held, true)) {
    held_.push_back(&root);
  }
}

void IncidentBook::release() {
  for (Node* root : std::exchange(held_, {})) {
    root->held = false;
    if (root->is_root()) {
      touch(*root);
    }
  }
}

void IncidentBook::look_at(Node& root, std::int64_t closing, const Cause& cause) {
  Node& named_by = *root.named_by;
  const bool ended = std::exchange(root.ended, false);
  if (root.book_stale && can_wait(root)) {
    hold(root);
    if (!ended) {
      return;
    }
    explain_.gather(root);
    const auto ends = explain_.ends();
    root.listed->quiet_after = ends.quiet;
    root.listed->closed_after = ends.closed;
    if (state_at(root, false, closing) == IncidentState::open) {
      live_.wait_for_ends(root, closing);
      return;
    }
  }
  root.acute = false;
  root.odd = false;
  const bool is_new = named_by.told == nullptr;
  if (is_new) {
    named_by.told = std::make_unique<Told>();
    named_by.told->revision = first_revision_;
  }
  Told& told = *named_by.told;
  revision_.members_added.clear();
  revision_.members_removed.clear();
  revision_.findings_ended.clear();
  if (drafts_.size() == count_) {
    drafts_.emplace_back();
  }
  drafts_[count_].added.clear();
  drafts_[count_].removed.clear();
  bool changed = is_new || told.news || told.handed;
  bool gone = told.state == IncidentState::withdrawn;
  if (std::exchange(root.book_stale, false)) {
    changed = render(root, told) || changed;
    gone = explain_.is_withdrawn();
  }
  bool more_superseded = false;
  if (const auto taken = taken_.find(&root); taken != taken_.end()) {
    more_superseded = supersede(told, taken->second);
    changed = more_superseded || changed;
  }
  IncidentState state = state_at(root, gone, closing);
  live_.wait_for_ends(root, closing);
  // What was told quiet or closed does not open again because a clock went back (a feed that came
  // up with a longer allowance), only because something new is to be said of it; that it is told
  // again after a restart is nothing new.
  if (!changed && !over(told.state) && state < told.state) {
    state = told.state;
  }
  if (state == told.state && state == IncidentState::withdrawn && !more_superseded) {
    changed = told.again || body_digest(named_by) != told.body;
  }
  if (changed || told.again || state != told.state) {
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
  content_.related_to = root.related;
  for (const rules::Wait& wait : explain_.waits()) {
    feed_waits_.add(wait, root.number);
  }
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
  told.priority = content_.priority;
  note_said(told, told_of(content_.findings));
  told.status = content_.status;
  told.began = micros_of(content_.first_occurred);
  told.ended = micros_of(content_.last_occurred);
  changed = render_members(told) || changed;
  return changed;
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
    const bool holds = told != nullptr && !told->handed && told->began == first.time &&
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
  if (node.held) {
    std::erase(held_, &node);
  }
  live_.drop(node);
  feed_waits_.drop(node.number);
  std::erase(unnamed_, &node);
  std::erase(recalled_, &node);
  if (node.told && node.told->handed) {
    first_revision_ = std::max(first_revision_, node.told->revision);
  }
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
    if (node.held) {
      live_.relate(node);  // it has not been looked at since
    }
    content.related_to = node.related;
    const std::vector<Node*>& members = explain_.gathered();
    const Listing listing = listing_of(members.size(), score_.config().members_listed);
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (listing.has(i)) {
        explain_.write_member(*members[i], content.members.emplace_back());
      }
    }
    contents.push_back(std::move(content));
  });
  std::sort(contents.begin(), contents.end(),
            [](const IncidentContent& a, const IncidentContent& b) { return a.id < b.id; });
  return contents;
}

}  // namespace fusiond::fusion
