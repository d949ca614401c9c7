#include "daemon/fusion/pattern_book.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

#include "daemon/base/digest.h"
#include "daemon/model/listing.h"

namespace fusiond::fusion {
namespace {

constexpr std::int64_t kLasts = std::numeric_limits<std::int64_t>::max();
// After this, nobody brings back what was withdrawn or merged.
constexpr std::int64_t kRememberOver = std::int64_t{24} * 3600 * 1'000'000;

ShortId short_of(const Uuid& id) {
  return {id.high, id.low};
}

// As a key of FeedWaits.
ShortId short_of(const IncidentId& id) {
  return short_id(EventId{id.str()});
}

// Those of `ids` that are not in `others`, sorted.
void subtract(std::vector<Uuid> ids, std::vector<Uuid> others, std::vector<EventId>& left) {
  std::sort(ids.begin(), ids.end());
  std::sort(others.begin(), others.end());
  std::vector<Uuid> difference;
  std::set_difference(ids.begin(), ids.end(), others.begin(), others.end(),
                      std::back_inserter(difference));
  left.clear();
  for (const Uuid& id : difference) {
    left.push_back(long_id(short_of(id)));
  }
}

}  // namespace

PatternBook::PatternBook(const Score& score, const Explain& explain,
                         const rules::PatternRules& rules, const Nodes& nodes,
                         const IncidentWriter& writer, IncidentBook::Stamp stamp)
    : score_(score),
      explain_(explain),
      rules_(rules),
      nodes_(nodes),
      writer_(writer),
      confidence_(score.config().confidence),
      lanes_(rules),
      quiet_(rules) {
  revision_.epoch = stamp.epoch;
  revision_.versions = std::move(stamp.versions);
}

void PatternBook::note(Node& node) {
  if (!rules_.empty()) {
    noted_.push_back(&node);
  }
}

void PatternBook::take_notes() {
  for (Node* node : std::exchange(noted_, {})) {
    quiet_.place(*node);
    if (node->role == Role::grouped) {
      const rules::Report report = explain_.report_of(*node);
      lanes_.place(*node, &report);
    } else {
      lanes_.place(*node, nullptr);
    }
  }
  lanes_.settle();
  quiet_.pass(explain_.heard());
}

void PatternBook::restore(const std::vector<ToldIncident>& rows, std::int64_t closing) {
  for (const ToldIncident& row : rows) {
    if (row.pattern.empty()) {
      continue;
    }
    Said& said = said_[row.id];
    said.row = row;
    said.again = !row.confirmed;
  }
  recall(closing);
}

void PatternBook::use_rules(std::int64_t closing, Versions versions) {
  revision_.versions = std::move(versions);
  lanes_.clear();
  quiet_.clear();
  noted_.clear();
  ends_.clear();
  nodes_.each([&](Node& node) { note(node); });
  recall(closing);
}

// Has the next write() look at what was told and at what is there and not closed: of the rest
// nobody was told, or it has been forgotten.
void PatternBook::recall(std::int64_t closing) {
  for (const auto& [id, said] : said_) {
    recalled_.insert(id);
  }
  take_notes();
  for (const auto& touched : {lanes_.take_touched(), quiet_.take_touched()}) {
    for (const IncidentId& id : touched) {
      const auto ends = ends_of(id);
      if (ends && state_at(*ends, closing) != IncidentState::closed) {
        recalled_.insert(id);
      }
    }
  }
}

// A silence lasts until a report comes, and is over at once then.
std::optional<PatternBook::Ends> PatternBook::ends_of(const IncidentId& id) const {
  const std::int64_t complete_after = score_.config().complete_after.count();
  if (const Silence* silence = quiet_.find(id)) {
    return silence->back ? Ends{ClosingClock::kNever, silence->back->first + complete_after}
                         : Ends{kLasts, kLasts};
  }
  const auto found = lanes_.find(id);
  if (found.run == nullptr) {
    return std::nullopt;
  }
  const std::int64_t quiet = found.run->last_met.first + lanes_.within(*found.lane);
  return Ends{quiet, quiet + complete_after};
}

IncidentState PatternBook::state_at(const Ends& ends, std::int64_t closing) {
  if (closing > ends.closed) {
    return IncidentState::closed;
  }
  return closing > ends.quiet ? IncidentState::quiet : IncidentState::open;
}

bool PatternBook::is_live(const IncidentId& id) const {
  const auto said = said_.find(id);
  return said != said_.end() && said->second.row.revision > 0 && !over(said->second.row.state);
}

// The reports of the lane that the run reads, in order.
void PatternBook::read(const Lane& lane, const Run& run) {
  read_.clear();
  reports_.clear();
  voices_.clear();
  std::map<WitnessName, std::uint32_t> witnesses;
  const std::int64_t width = lanes_.within(lane);
  const auto from = lane.entries.lower_bound({run.first.first - width, ShortId{}});
  for (auto at = from; at != lane.entries.end() && at->first.first <= run.last_met.first + width;
       ++at) {
    const LaneEntry& entry = at->second;
    read_.push_back(entry.node);
    rules::Report& report = reports_.emplace_back(explain_.report_of(*entry.node));
    report.witness =
        witnesses
            .emplace(witness_name(*report.shown), static_cast<std::uint32_t>(witnesses.size() + 1))
            .first->second;
    const bool in_run = run.first <= at->first && at->first <= run.last_met;
    voices_.push_back(in_run ? std::string_view(entry.voice) : std::string_view{});
  }
}

// What a rule says of a feed that is, or was, quiet for too long. It has no reports of its own; the
// last before it and the first after it are named in its finding.
void PatternBook::describe(const Silence& silence) {
  const rules::LiveRule& live = rules_.live(silence.rule);
  Event last;
  last.id = long_id(silence.last.second);
  const rules::Report report{&last, &last, 0, 0, std::nullopt};
  const std::string_view voice = silence.feed;
  Finding finding = live.evaluate({{&report, 1}, {&voice, 1}, 1}, {}, waits_, used_);
  if (silence.back) {
    finding.parts.front().event_ids.push_back(long_id(silence.back->second));
  }
  finding.probability_permille = permille_of(finding.odds_mn);
  content_ = IncidentContent{};
  content_.id = silence.id;
  content_.type = finding.type;
  content_.title = finding.title;
  content_.priority = finding.priority;
  content_.address_text = silence.feed;
  content_.pattern =
      PatternOf{finding.rule, "feed", silence.feed, *live.rule().pattern->quiet_for, 0};
  content_.odds_mn = finding.odds_mn;
  content_.confidence_permille = finding.probability_permille;
  content_.first_occurred = event_time(silence.last.first);
  content_.last_occurred = event_time(silence.back.value_or(silence.last).first);
  content_.findings.push_back(std::move(finding));
}

bool PatternBook::describe(const IncidentId& id) {
  if (const Silence* silence = quiet_.find(id)) {
    describe(*silence);
    return content_.findings.front().state != FindingState::unmet;
  }
  const auto found = lanes_.find(id);
  if (found.run == nullptr) {
    return false;
  }
  const rules::LiveRule& live = rules_.live(found.lane->rule);
  read(*found.lane, *found.run);
  waits_.clear();
  Finding finding =
      live.evaluate({reports_, voices_, found.run->most}, explain_.heard(), waits_, used_);
  for (const rules::Wait& wait : waits_) {
    feed_waits_.add(wait, short_of(id));
  }
  if (finding.state == FindingState::unmet) {
    return false;
  }
  finding.probability_permille = permille_of(finding.odds_mn);
  const rules::Pattern& pattern = *live.rule().pattern;
  content_ = IncidentContent{};
  content_.id = id;
  content_.type = finding.type;
  content_.title = finding.title;
  content_.priority = finding.priority;
  content_.status = found.lane->status;
  content_.address_text = pattern.by == rules::GroupBy::zone ? found.lane->key : std::string{};
  content_.pattern = PatternOf{live.rule().name, std::string(word_of(pattern.by)), found.lane->key,
                               pattern.within, found.run->most};
  content_.findings.push_back(std::move(finding));
  fill_members();
  return true;
}

// Members are the reports that count in some part.
void PatternBook::fill_members() {
  std::vector<std::size_t> members;
  std::vector<Testimony> testimonies;
  std::vector<Place> places;
  for (std::size_t i = 0; i < read_.size(); ++i) {
    if (used_[i]) {
      members.push_back(i);
      if (const auto& place = read_[i]->deciding().place) {
        places.push_back(*place);
      }
      testimonies.push_back({&read_[i]->state.newest(),
                             static_cast<std::uint32_t>(read_[i]->copies.size()), std::nullopt});
    }
  }
  content_.place = circle_around(places);
  Belief belief;
  confidence_.weigh(testimonies, belief);
  content_.factors = std::move(belief.factors);
  content_.witnesses = belief.witnesses;
  content_.odds_mn = belief.odds_mn;
  content_.confidence_permille = belief.permille;
  content_.members_total = static_cast<std::uint32_t>(members.size());
  content_.first_occurred = event_time(read_[members.front()]->facts.time);
  content_.last_occurred = event_time(read_[members.back()]->facts.time);
  const Listing listing = listing_of(members.size(), score_.config().members_listed);
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Node& node = *read_[members[i]];
    if (!listing.has(i)) {
      content_.members_left_out.push_back(node.id);
      continue;
    }
    Member& member = content_.members.emplace_back();
    explain_.write_member(node, member);
    member.reason = Reason{};
    member.reason.anchor = read_[members.front()]->id;
    const bool counted = !voices_[members[i]].empty();
    member.role = counted ? MemberRole::anchor : MemberRole::supports;
    member.witness = belief.numbers[i];
  }
}

std::string PatternBook::body_of(const IncidentContent& content) const {
  std::string body;
  writer_.summary(content, body);
  writer_.belief(content, body);
  writer_.relations(content, body);
  for (const Member& member : content.members) {
    writer_.member(member, body);
  }
  return body;
}

// Who came and went, and which rules say nothing any more.
void PatternBook::compare(const Said& said, const std::vector<Uuid>& members,
                          const std::vector<ToldFinding>& findings) {
  subtract(members, said.row.members, revision_.members_added);
  subtract(said.row.members, members, revision_.members_removed);
  revision_.findings_ended.clear();
  for (const ToldFinding& was : said.row.said) {
    if (findings.empty() || findings.front().rule != was.rule) {
      revision_.findings_ended.push_back(was.rule);
    }
  }
}

bool PatternBook::supersede(Said& said, const std::vector<IncidentId>& ids) const {
  std::set<IncidentId> all(said.row.supersedes.begin(), said.row.supersedes.end());
  const std::size_t before = all.size();
  all.insert(ids.begin(), ids.end());
  all.erase(said.row.id);
  said.row.supersedes.assign(all.begin(), all.end());
  return all.size() != before;
}

void PatternBook::tell(Said& said, IncidentState state, const IncidentId& into,
                       const Cause& cause) {
  ToldIncident& row = said.row;
  IncidentRecord& record = records_->emplace_back();
  if (row.revision == 0) {
    row.opened = cause.ingest_time;
  }
  record.id = row.id;
  record.epoch = revision_.epoch;
  record.revision = ++row.revision;
  record.state = state;
  record.change = change_of(row.state, state);
  record.updated = cause.ingest_time;
  revision_.revision = record.revision;
  revision_.change = record.change;
  revision_.cause = cause;
  revision_.supersedes = row.supersedes;
  revision_.opened = row.opened;
  revision_.updated = record.updated;
  revision_.content.id = row.id;
  revision_.content.state = state;
  revision_.content.merged_into = into;
  writer_.head(revision_, record.bytes);
  record.head_size = record.bytes.size();
  record.bytes.append(said.body);
  row.epoch = record.epoch;
  row.state = state;
  row.updated = record.updated;
  row.body = digest_of(said.body);
  row.merged_into = into;
  row.last_words = over(state) ? said.body : std::string{};
  said.again = false;
  writer_.told(row, record.told);
}

void PatternBook::look_at(const IncidentId& id, const Taken& taken, std::int64_t closing,
                          const Cause& cause) {
  if (!describe(id)) {
    return;
  }
  Said& said = said_[id];
  const bool is_new = said.row.revision == 0;
  said.row.id = id;
  said.row.pattern = content_.pattern->rule;
  std::vector<Uuid> members;
  const std::size_t listed = content_.members.size();
  const std::size_t first = content_.members_left_out.empty() ? listed : listed - listed / 2;
  const auto add = [&](const EventId& event) {
    const ShortId number = short_id(event);
    members.push_back({number.high, number.low});
  };
  for (std::size_t i = 0; i <= listed; ++i) {
    if (i == first) {
      std::for_each(content_.members_left_out.begin(), content_.members_left_out.end(), add);
    }
    if (i < listed) {
      add(content_.members[i].event_id);
    }
  }
  std::string body = body_of(content_);
  const bool was_over = over(said.row.state);
  bool changed = is_new || was_over || members != said.row.members ||
                 (said.body.empty() ? digest_of(body) != said.row.body : body != said.body);
  if (const auto more = taken.find(id); more != taken.end()) {
    changed = supersede(said, more->second) || changed;
  }
  const Ends ends = ends_of(id).value_or(Ends{});
  IncidentState state = state_at(ends, closing);
  for (const std::int64_t end : {ends.quiet, ends.closed}) {
    if (closing <= end && end != kLasts) {
      ends_.emplace(end, id);
    }
  }
  // What was told quiet or closed does not open again because a clock went back.
  if (!changed && state < said.row.state) {
    state = said.row.state;
  }
  said.body = std::move(body);
  if (!changed && !said.again && state == said.row.state) {
    if (said.gone.empty()) {  // after a restart
      keep_gone(said);
    }
    return;
  }
  const std::vector<ToldFinding> findings = told_of(content_.findings);
  compare(said, members, findings);
  said.row.members = std::move(members);
  said.row.said = findings;
  said.row.began_us = micros_of(content_.first_occurred);
  said.row.ended_us = micros_of(content_.last_occurred);
  said.row.priority = content_.priority;
  said.row.status = content_.status;
  tell(said, state, IncidentId{}, cause);
  keep_gone(said);
}

// Of what content_ says, the part that is said once the incident is no more.
void PatternBook::keep_gone(Said& said) {
  content_.findings.clear();
  content_.members.clear();
  content_.members_left_out.clear();
  content_.members_total = 0;
  said.gone = body_of(content_);
}

// Where an incident goes that has no run any more: to the one that counts its first report that
// still counts under its rule.
IncidentId PatternBook::heir_of(const Said& said) {
  for (const Uuid& member : said.row.members) {
    const Node* node = nodes_.find(short_of(member));
    std::set<IncidentId> runs;
    if (node != nullptr) {
      lanes_.each_place(*node, [&](const Lane& lane, const LaneTime& time) {
        if (rules_.live(lane.rule).rule().name == said.row.pattern) {
          lanes_.each_run_at(lane, time.first, [&](const Run& run) {
            if (run.first <= time && time <= run.last_met) {
              runs.insert(run.id);
            }
          });
        }
      });
    }
    for (const IncidentId& id : runs) {
      if (id != said.row.id && describe(id)) {
        return id;
      }
    }
  }
  return {};
}

// The last page of an incident that is no more: of what was counted nothing is.
void PatternBook::tell_gone(Said& said, const IncidentId& into, const Cause& cause) {
  compare(said, {}, {});
  if (said.gone.empty()) {  // after a restart with other rules
    IncidentContent last;
    last.priority = said.row.priority;
    last.status = said.row.status;
    last.first_occurred = event_time(said.row.began_us);
    last.last_occurred = event_time(said.row.ended_us);
    last.pattern = PatternOf{said.row.pattern, {}, {}, Micros{0}, 0};
    said.gone = body_of(last);
  }
  said.body = said.gone;
  said.row.members.clear();
  said.row.said.clear();
  feed_waits_.drop(short_of(said.row.id));
  tell(said, into.empty() ? IncidentState::withdrawn : IncidentState::merged, into, cause);
}

// What was placed otherwise, what time has turned, and what waited for a feed.
std::set<IncidentId> PatternBook::to_look_at(std::int64_t closing) {
  std::set<IncidentId> ids = std::exchange(recalled_, {});
  for (IncidentId& id : lanes_.take_touched()) {
    ids.insert(std::move(id));
  }
  for (IncidentId& id : quiet_.take_touched()) {
    ids.insert(std::move(id));
  }
  while (!ends_.empty() && ends_.begin()->first < closing) {
    ids.insert(ends_.begin()->second);
    ends_.erase(ends_.begin());
  }
  feed_waits_.pass(explain_.heard(),
                   [&](ShortId id) { ids.insert(IncidentId{long_id(id).str()}); });
  return ids;
}

void PatternBook::write(std::int64_t closing, const Cause& cause,
                        std::vector<IncidentRecord>& records) {
  take_notes();
  records_ = &records;
  std::set<IncidentId> ids = to_look_at(closing);
  std::vector<std::pair<IncidentId, IncidentId>> vanished;  // and into which
  Taken taken;
  for (const IncidentId& id : ids) {
    if (!is_live(id) || describe(id)) {
      continue;
    }
    const Said& said = said_.at(id);
    const IncidentId into = heir_of(said);
    vanished.emplace_back(id, into);
    if (!into.empty()) {
      auto& all = taken[into];
      all.push_back(id);
      all.insert(all.end(), said.row.supersedes.begin(), said.row.supersedes.end());
    }
  }
  for (const auto& [into, all] : taken) {
    ids.insert(into);
  }
  for (const IncidentId& id : ids) {
    look_at(id, taken, closing, cause);
  }
  for (const auto& [id, into] : vanished) {
    tell_gone(said_.at(id), into, cause);
  }
  for (const IncidentId& id : ids) {  // the bus may not have the last words of these
    const auto said = said_.find(id);
    if (said != said_.end() && said->second.again && over(said->second.row.state)) {
      compare(said->second, said->second.row.members, {});
      said->second.body = said->second.row.last_words;
      tell(said->second, said->second.row.state, said->second.row.merged_into, cause);
    }
  }
}

bool PatternBook::holds(const Node& node, std::int64_t closing) const {
  bool held = quiet_.waits_for(node, closing, score_.config().complete_after.count());
  quiet_.each_at(node, [&](const Silence& silence) {
    const auto said = said_.find(silence.id);
    held = held || (said != said_.end() && said->second.row.state < IncidentState::closed);
  });
  lanes_.each_place(node, [&](const Lane& lane, const LaneTime& time) {
    held = held || time.first + lanes_.within(lane) >= closing;
    lanes_.each_run_at(lane, time.first, [&](const Run& run) {
      const auto said = said_.find(run.id);
      held = held || (said != said_.end() && said->second.row.state < IncidentState::closed);
    });
  });
  return held;
}

void PatternBook::drop(const Node& node, std::vector<IncidentId>& gone) {
  std::erase(noted_, &node);
  std::vector<IncidentId> dropped;
  lanes_.drop(node, dropped);
  quiet_.drop(node, dropped);
  for (const IncidentId& id : dropped) {
    feed_waits_.drop(short_of(id));
    if (said_.erase(id) > 0) {
      gone.push_back(id);
    }
  }
}

void PatternBook::forget(std::int64_t closing, std::vector<IncidentId>& gone) {
  std::erase_if(said_, [&](const auto& one) {
    const ToldIncident& row = one.second.row;
    const bool old = over(row.state) && !one.second.again && row.ended_us + kRememberOver < closing;
    if (old) {
      gone.push_back(one.first);
    }
    return old;
  });
}

void PatternBook::live(std::vector<IncidentContent>& contents) {
  for (const auto& [id, said] : said_) {
    if (is_live(id) && describe(id)) {
      content_.state = said.row.state;
      contents.push_back(content_);
    }
  }
}

}  // namespace fusiond::fusion
