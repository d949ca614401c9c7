#include "daemon/fusion/quiet_feeds.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace fusiond::fusion {

void QuietFeeds::erase(const Place& place) {
  const auto at = by_place_.find(place);
  if (at != by_place_.end()) {
    touched_.insert(at->second);
    silences_.erase(at->second);
    by_place_.erase(at);
  }
}

// Whether this rule speaks of the time after `last`.
void QuietFeeds::judge(std::uint32_t number, Feed& feed, Reports::iterator last) {
  const rules::Rule& asks = rule(number);
  const Place place{number, feed.name, last->first};
  const std::int64_t too_long = last->first.first + asks.pattern->quiet_for->count();
  const auto next = std::next(last);
  std::optional<HeardAt> back;
  if (next != feed.reports.end()) {
    back = next->first;
  }
  const bool open = !back && now_ > too_long && !ended_.contains(feed.name);
  const EventTime begins = event_time(too_long);
  const bool speaks = last->second.known && asks.anchor().from.has(last->second.kind) &&
                      (back ? back->first > too_long : open) && begins < asks.expires &&
                      (asks.hours.empty() || has(asks.hours, begins));
  if (!speaks) {
    erase(place);
    return;
  }
  const auto known = by_place_.find(place);
  if (known != by_place_.end()) {
    Silence& silence = silences_.at(known->second);
    if (silence.back != back) {
      silence.back = back;
      touched_.insert(silence.id);
    }
    return;
  }
  const IncidentId id =
      incident_id_of(asks.name, "quiet " + feed.name, long_id(last->first.second));
  silences_.emplace(id, Silence{id, number, feed.name, last->first, back});
  by_place_.emplace(place, id);
  touched_.insert(id);
}

void QuietFeeds::judge(Feed& feed, Reports::iterator last) {
  std::int64_t due = std::numeric_limits<std::int64_t>::max();
  for (const std::uint32_t number : rules_.quiet()) {
    const auto& asked = rule(number).pattern->of;
    if (asked.empty() || std::find(asked.begin(), asked.end(), feed.name) != asked.end()) {
      judge(number, feed, last);
      const std::int64_t too_long = last->first.first + rule(number).pattern->quiet_for->count();
      due = too_long >= now_ ? std::min(due, too_long) : due;
    }
  }
  if (std::next(last) == feed.reports.end()) {
    feed.due = due;
  }
}

void QuietFeeds::judge_before(Feed& feed, Reports::iterator at) {
  if (at != feed.reports.begin()) {
    judge(feed, std::prev(at));
  }
}

void QuietFeeds::place(const Node& node) {
  if (rules_.quiet().empty()) {
    return;
  }
  const HeardAt heard{node.heard, node.number};
  const auto known = where_.find(node.number);
  const auto kind = witness_kind(node.state.newest().source_kind, LocationMethod::unspecified);
  if (known != where_.end()) {
    Feed& feed = *known->second.first;
    if (known->second.second == heard) {
      const auto same = feed.reports.find(heard);
      if (std::exchange(same->second.kind, kind) != kind) {
        judge(feed, same);
      }
      return;
    }
    for (const std::uint32_t number : rules_.quiet()) {
      erase({number, feed.name, known->second.second});
    }
    judge_before(feed, feed.reports.erase(feed.reports.find(known->second.second)));
    where_.erase(known);
  }
  const std::string& name = node.state.newest().source.str();
  Feed& feed = feeds_[name];
  feed.name = name;
  const auto at = feed.reports.emplace(heard, Heard{kind, true}).first;
  where_.emplace(node.number, std::pair(&feed, heard));
  judge_before(feed, at);
  judge(feed, at);
}

void QuietFeeds::pass(const rules::FeedsHeard& clocks) {
  if (rules_.quiet().empty()) {
    return;
  }
  // What the clocks say now and nothing of what they said before: a source that had ended may begin
  // again, and a restart knows the present clocks alone.
  std::int64_t now = std::numeric_limits<std::int64_t>::min();
  for (const SourceClock& clock : clocks) {
    const std::string& source = clock.source.str();
    const bool ended = clock.ingest_time == kEndOfTime;
    now = ended ? now : std::max(now, micros_of(clock.ingest_time));
    if (ended ? ended_.insert(source).second : ended_.erase(source) > 0) {
      if (const auto feed = feeds_.find(source); feed != feeds_.end()) {
        feed->second.due = std::numeric_limits<std::int64_t>::min();
      }
    }
  }
  const bool went_back = now < now_;
  now_ = now;
  for (auto& [name, feed] : feeds_) {
    if ((went_back || feed.due < now_) && !feed.reports.empty()) {
      judge(feed, std::prev(feed.reports.end()));
    }
  }
}

bool QuietFeeds::waits_for(const Node& node, std::int64_t closing,
                           std::int64_t complete_after) const {
  const auto at = where_.find(node.number);
  return at != where_.end() &&
         std::any_of(rules_.quiet().begin(), rules_.quiet().end(), [&](std::uint32_t number) {
           return at->second.second.first + rule(number).pattern->quiet_for->count() +
                      complete_after >=
                  closing;
         });
}

void QuietFeeds::drop(const Node& node, std::vector<IncidentId>& gone) {
  const auto known = where_.find(node.number);
  if (known == where_.end()) {
    return;
  }
  auto& [feed, heard] = known->second;
  std::vector<Place> over;
  each_at(node, [&](const Silence& silence) {
    over.push_back({silence.rule, silence.feed, silence.last});
    gone.push_back(silence.id);
  });
  for (const Place& place : over) {
    const IncidentId id = by_place_.at(place);
    erase(place);
    touched_.erase(id);
  }
  auto& reports = feed->reports;
  reports.at(heard).known = false;
  while (reports.size() > 1 && !reports.begin()->second.known) {
    reports.erase(reports.begin());
  }
  where_.erase(known);
}

void QuietFeeds::clear() {
  feeds_.clear();
  where_.clear();
  silences_.clear();
  by_place_.clear();
  touched_.clear();
}

const Silence* QuietFeeds::find(const IncidentId& id) const {
  const auto at = silences_.find(id);
  return at == silences_.end() ? nullptr : &at->second;
}

std::vector<IncidentId> QuietFeeds::take_touched() {
  std::vector<IncidentId> ids(touched_.begin(), touched_.end());
  touched_.clear();
  return ids;
}

}  // namespace fusiond::fusion
