// The second half of the book: what changed of an incident's members, its records, and the order in
// which they go out. incident_book.cc decides what is told at all.
#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "daemon/base/digest.h"
#include "daemon/fusion/incident_book.h"
#include "daemon/model/listing.h"

namespace fusiond::fusion {
namespace {

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

// Writes the pages of the members that may have changed and notes who came and went.
bool IncidentBook::render_members(Told& told) {
  bool changed = false;
  const std::vector<Node*>& members = explain_.gathered();
  const Listing listing = listing_of(members.size(), score_.config().members_listed);
  for (std::size_t i = 0; i < members.size(); ++i) {
    Node* node = members[i];
    if (!listing.has(i) || !std::exchange(node->page_stale, false)) {
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
  now_.clear();
  for (auto one = node; one != members.end(); ++one) {
    now_.push_back((*one)->number);
  }
  then_.assign(id, told.members.end());
  subtract(now_, then_, draft.added);
  subtract(then_, now_, draft.removed);
  write_ids(draft.added, revision_.members_added);
  write_ids(draft.removed, revision_.members_removed);
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
  record.epoch = epoch_of(told);
  record.revision = ++told.revision;
  record.state = state;
  record.change = change_of(told.state, state);
  record.updated = cause.ingest_time;
  record.bytes.clear();
  revision_.epoch = record.epoch;
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

void IncidentBook::note_said(Told& told, std::vector<ToldFinding> now) {
  explain_.tally().tell(told.said, now);
  std::swap(told.said, now);
  revision_.findings_ended.clear();
  for (const ToldFinding& was : now) {
    const bool is = std::any_of(told.said.begin(), told.said.end(),
                                [&](const ToldFinding& one) { return one.rule == was.rule; });
    if (!is) {
      revision_.findings_ended.push_back(was.rule);
    }
  }
  std::sort(revision_.findings_ended.begin(), revision_.findings_ended.end());
}

// The members that came and went are told now.
void IncidentBook::note_told(Node& named_by) {
  const Draft& draft = drafts_[count_];
  for (const ShortId id : draft.added) {
    member_of(named_by, id)->told_in = &named_by;
  }
  for (const ShortId id : draft.removed) {
    Node* node = nodes_.find(id);
    if (node != nullptr && node->told_in == &named_by) {
      node->told_in = nullptr;
    }
  }
}

void IncidentBook::note_untold(const Node& named_by) {
  for (const ShortId id : named_by.told->members) {
    Node* node = nodes_.find(id);
    if (node != nullptr && node->told_in == &named_by) {
      node->told_in = nullptr;
    }
  }
}

void IncidentBook::emit(Node& named_by, IncidentState state, const Cause& cause) {
  const Told& told = *named_by.told;
  note_told(named_by);
  revision_.content.merged_into = IncidentId{};
  IncidentRecord& record = start_record(named_by, state, cause);
  const Listing listing = listing_of(told.members.size(), score_.config().members_listed);
  left_out_ += listing.last - listing.first;
  append_body(named_by, record.bytes);
  write_row(named_by, record, {});
}

std::uint64_t IncidentBook::body_digest(const Node& named_by) {
  written_.clear();
  append_body(named_by, written_);
  return digest_of(written_);
}

// All of a record but its head.
void IncidentBook::append_body(const Node& named_by, std::string& body) const {
  const Told& told = *named_by.told;
  for (const std::string* part : {&told.summary, &told.belief, &told.relations}) {
    body.append(*part);
  }
  const Listing listing = listing_of(told.members.size(), score_.config().members_listed);
  for (std::size_t i = 0; i < told.members.size(); ++i) {
    const Node* node = listing.has(i) ? member_of(named_by, told.members[i]) : nullptr;
    if (node != nullptr) {
      body.append(node->page);
    }
  }
}

// What the state keeps of a record that is whole.
void IncidentBook::write_row(Node& named_by, IncidentRecord& record,
                             const IncidentId& merged_into) {
  Told& told = *named_by.told;
  const std::string_view body = std::string_view(record.bytes).substr(record.head_size);
  told.body = digest_of(body);
  told.again = false;
  told.news = false;
  row_.id = record.id;
  row_.epoch = record.epoch;
  row_.revision = record.revision;
  row_.state = told.state;
  row_.opened = told.opened;
  row_.updated = record.updated;
  row_.began_us = told.began;
  row_.ended_us = told.ended;
  row_.priority = told.priority;
  row_.said = told.said;
  row_.status = told.status;
  row_.supersedes = told.supersedes;
  row_.members.clear();
  for (const ShortId id : told.members) {
    row_.members.push_back({id.high, id.low});
  }
  row_.body = told.body;
  row_.merged_into = merged_into;
  row_.last_words.assign(over(told.state) ? body : std::string_view{});
  record.told.clear();
  writer_.told(row_, record.told);
}

// Says again what the bus may not have of incidents that are no more, after a restart.
void IncidentBook::repeat_last_words(const Cause& cause) {
  for (const LastWords& last : std::exchange(last_words_, {})) {
    Told& told = *last.node->told;
    if (!told.again || !over(told.state)) {
      continue;  // it is back, or has been told since
    }
    revision_.members_added.clear();
    revision_.members_removed.clear();
    revision_.content.merged_into = last.merged_into;
    const bool is_handed = told.handed;
    IncidentRecord& record = start_record(*last.node, told.state, cause);
    record.bytes.append(last.body);
    write_row(*last.node, record, last.merged_into);
    told.handed = is_handed;  // with what is told now
  }
}

// The last page of an incident that went into another one.
void IncidentBook::emit_merged(Node& named_by, ShortId into, const Cause& cause) {
  Told& told = *named_by.told;
  note_untold(named_by);
  std::sort(told.members.begin(), told.members.end());
  write_ids(told.members, revision_.members_removed);
  told.members.clear();
  told.belief.clear();
  told.relations.clear();
  note_said(told, {});
  revision_.content.merged_into = incident_id_of(long_id(into));
  IncidentRecord& record = start_record(named_by, IncidentState::merged, cause);
  record.bytes.append(told.summary);
  write_row(named_by, record, revision_.content.merged_into);
}

// The last page of an incident that went nowhere: the same events, all of them retracted.
void IncidentBook::emit_withdrawn(Node& named_by, const Cause& cause) {
  Told& told = *named_by.told;
  note_untold(named_by);
  found_.clear();
  for (const ShortId member : told.members) {
    Node* node = nodes_.find(member);
    if (node != nullptr && node->known && !node->page.empty()) {
      found_.push_back(node);
    }
  }
  told.belief.clear();
  told.relations.clear();
  note_said(told, {});
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
  write_row(named_by, record, {});
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

}  // namespace fusiond::fusion
