#include "tests/support/reference_fold.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "daemon/fusion/log_table.h"
#include "tests/support/reference_rules.h"
#include "tests/support/reference_world.h"

namespace fusiond::support {
namespace {

using Ids = std::vector<EventId>;

bool on_time(const Event& e) {
  return e.received.time_since_epoch() - e.occurred.time_since_epoch() <= e.lateness;
}

// design/0005, 1: each content counts once, at its least record (on time before late); then the
// newest on time groups, the newest of all is shown.
using Contents = std::map<EventId, std::map<std::uint64_t, Event>>;  // by id and content
Contents contents_of(const std::vector<Event>& records) {
  Contents contents;
  const auto standing = [](const Event& e) {
    return std::tuple(!on_time(e), e.revision, e.received, e.occurred, e.lateness);
  };
  for (const Event& record : records) {
    const auto [at, is_new] = contents[record.id].emplace(record.content_hash, record);
    if (!is_new && standing(record) < standing(at->second)) {
      at->second = record;
    }
  }
  return contents;
}

bool is_newer(const Event& a, const Event& b) {
  return std::tuple(b.revision, a.received, a.content_hash) <
         std::tuple(a.revision, b.received, b.content_hash);
}

std::map<EventId, Report> newest(const Contents& contents) {
  std::map<EventId, Report> reports;
  for (const auto& [id, by_hash] : contents) {
    std::vector<Event> all;
    for (const auto& [hash, event] : by_hash) {
      all.push_back(event);
    }
    std::sort(all.begin(), all.end(), is_newer);
    const auto deciding = std::find_if(all.begin(), all.end(), on_time);
    if (deciding != all.end() && deciding->lifecycle == Lifecycle::retract) {
      continue;
    }
    Report report;
    report.heard = all.front().received;
    for (const Event& event : all) {
      report.heard = std::min(report.heard, event.received);
    }
    report.late = deciding == all.end();
    report.decides = report.late ? all.front() : *deciding;
    report.shows = all.front();
    report.deciding_revision = report.late ? 0 : deciding->revision;
    reports[id] = report;
  }
  return reports;
}

// Every event's root, its own id when it is no copy. A ring's root is its smallest id.
std::map<EventId, EventId> copy_roots(const std::map<EventId, Report>& reports) {
  const auto next = [&](const EventId& id) -> std::optional<EventId> {
    const auto& of = reports.at(id).decides.copy_of;
    if (!of || *of == id || !reports.contains(*of)) {
      return std::nullopt;
    }
    return reports.at(*of).decides.status == reports.at(id).decides.status ? of : std::nullopt;
  };
  std::map<EventId, EventId> roots;
  for (const auto& [id, report] : reports) {
    Ids way{id};
    EventId root = id;
    for (auto further = next(id); further; further = next(*further)) {
      const auto seen = std::find(way.begin(), way.end(), *further);
      root = *further;
      if (seen != way.end()) {
        root = *std::min_element(seen, way.end());
        break;
      }
      way.push_back(*further);
    }
    roots[id] = root;
  }
  return roots;
}

}  // namespace

// Would uniting the incidents of these two put together what people put apart?
bool World::kept_apart(std::size_t i, std::size_t j) const {
  return std::any_of(people.apart.begin(), people.apart.end(), [&](const auto& pair) {
    const auto x = index_of(pair.first);
    const auto y = index_of(pair.second);
    return x && y && std::minmax(first[*x], first[*y]) == std::minmax(first[i], first[j]);
  });
}

std::optional<std::size_t> World::index_of(const std::optional<EventId>& id) const {
  for (std::size_t i = 0; id && i < all.size(); ++i) {
    if (all[i].decides.id == *id) {
      return i;
    }
  }
  return std::nullopt;
}

void World::unite(std::size_t i, std::size_t j) {
  const auto [to, from] = std::minmax({first[i], first[j]});
  std::replace(first.begin(), first.end(), from, to);
}

void World::group_by_people() {
  for (std::size_t i = 0; i < all.size(); ++i) {
    first.push_back(i);
  }
  for (const auto& [event, group] : people.groups) {
    const auto i = index_of(event);
    const auto j = index_of(group);
    if (i && j) {
      unite(*i, *j);
    }
  }
}

namespace {

template <class Any>
void keep_latest(std::vector<Any>& list, std::size_t most) {
  if (list.size() > most) {
    list.erase(list.begin(), list.end() - static_cast<std::ptrdiff_t>(most));
  }
}

// CAD numbers and duplicate-of meet each other.
std::set<std::string> key_names(const Report& report) {
  const Keys& keys = report.decides.keys;
  std::set<std::string> names;
  for (const auto& [kind, value] : {std::pair{"n", keys.cad_number},
                                    {"n", keys.duplicate_of},
                                    {"p", keys.plate},
                                    {"c", keys.caller},
                                    {"d", keys.device}}) {
    if (!value.empty()) {
      names.insert(kind + value);
    }
  }
  return names;
}

}  // namespace

std::vector<std::size_t> World::looks_at(std::size_t e) const {
  std::vector<std::size_t> list;
  const auto sight = std::max(config.background_reach_m, config.reach_m);
  for (std::size_t x = 0; x < e && all[e].at; ++x) {
    if (counts(x) && all[x].at && all[e].time - all[x].time <= config.window.count() &&
        within(*all[x].at, *all[e].at, sight)) {
      list.push_back(x);
    }
  }
  keep_latest(list, config.crowd_events);
  return list;
}

Reports World::key_holders(std::size_t e) const {
  Reports holders;
  for (const std::string& name : key_names(all[e])) {
    Reports of_name;
    for (std::size_t x = 0; x < e; ++x) {
      if (counts(x) && key_names(all[x]).contains(name)) {
        of_name.push_back(&all[x]);
      }
    }
    keep_latest(of_name, config.crowd_events);
    holders.insert(holders.end(), of_name.begin(), of_name.end());
  }
  return holders;
}

void World::count_background(std::size_t e) {
  for (const std::size_t x : looks_at(e)) {
    all[e].background += within(*all[x].at, *all[e].at, config.background_reach_m) ? 1 : 0;
  }
}

bool World::reaches(std::size_t anchor, std::size_t e) const {
  const auto seen = looks_at(e);
  return std::any_of(seen.begin(), seen.end(), [&](std::size_t m) {
    return all[m].anchor == anchor && pair_gates(all[m], all[e], config);
  });
}

// The anchors with somebody in reach of `e`, or in its sight themselves; the latest of them.
std::vector<std::size_t> World::candidates(std::size_t e) const {
  std::vector<std::size_t> list;
  const auto seen = looks_at(e);
  for (std::size_t a = 0; a < e; ++a) {
    if (!is_anchor(a) || !all[a].at || !all[e].at || ejected(a) || ejected(e)) {
      continue;
    }
    const bool in_sight = std::find(seen.begin(), seen.end(), a) != seen.end() &&
                          within(*all[a].at, *all[e].at, config.reach_m);
    if (in_sight || reaches(a, e)) {
      list.push_back(a);
    }
  }
  keep_latest(list, config.crowd_anchors);
  return list;
}

void World::fold() {
  for (std::size_t e = 0; e < all.size(); ++e) {
    count_background(e);
    std::vector<std::pair<std::size_t, Candidate>> heard;
    for (const std::size_t a : candidates(e)) {
      heard.emplace_back(a, hear(a, e));
    }
    std::stable_sort(heard.begin(), heard.end(), [](const auto& a, const auto& b) {
      return a.second.terms.total_mn > b.second.terms.total_mn;
    });
    auto joined = std::find_if(heard.begin(), heard.end(),
                               [](const auto& one) { return one.second.missed == Gate::none; });
    if (!counts(e)) {
      joined = heard.end();
    }
    all[e].anchor = joined == heard.end() ? e : joined->first;
    all[e].reason.anchor = all[all[e].anchor].decides.id;
    if (joined != heard.end()) {
      all[e].reason.terms = joined->second.terms;
    }
    for (auto one = heard.begin(); one != heard.end(); ++one) {
      if (one == joined) {
        continue;
      }
      if (!all[e].reason.runner_up) {
        all[e].reason.runner_up = one->second;
      }
      const std::int64_t short_by = one->second.terms.need_mn - one->second.terms.total_mn;
      const bool would_join = one->second.missed == Gate::none && !counts(e);
      const auto permille =
          would_join ? config.maybe.late_permille : maybe_permille(one->first, e, short_by);
      if (joined == heard.end() && one->second.missed != Gate::person && permille > 0) {
        all[e].near.emplace_back(one->first, short_by, permille);
      }
    }
    if (joined == heard.end()) {
      continue;
    }
    unite(joined->first, e);
    Reports prior = members_before(joined->first, e);
    if (prior.size() > 8) {
      prior.erase(prior.begin(), prior.end() - 8);
    }
    for (const Report* one : prior) {
      all[e].reason.prior_members.push_back(one->decides.id);
    }
  }
}

Candidate World::hear(std::size_t anchor, std::size_t e) const {
  const Report& a = all[anchor];
  const Report& b = all[e];
  const bool reached = reaches(anchor, e);
  const bool time = b.time - a.time <= config.window.count();
  const bool distance = within(*a.at, *b.at, config.reach_m);
  bool in_spread = false;
  const Reports keyed = key_holders(e);
  Candidate candidate{a.decides.id,
                      episode_score(members_before(anchor, e), b, config, in_spread, &keyed),
                      Gate::none};
  Report alone = b;  // the episode's own reports are no background
  alone.background -=
      std::min(b.background, static_cast<std::uint32_t>(members_before(anchor, e).size()));
  candidate.terms.need_mn = need_mn(alone, 0, config);
  candidate.terms.background_n = alone.background;
  if (candidate.terms.total_mn < candidate.terms.need_mn) {
    candidate.missed = Gate::score;
  }
  if (!in_spread && candidate.terms.keys_mn <= 0) {
    candidate.missed = Gate::spread;
  }
  if (!reached) {
    candidate.missed = Gate::pair;
  }
  if (!distance) {
    candidate.missed = Gate::distance;
  }
  if (!time) {
    candidate.missed = Gate::time;
  }
  if (kept_apart(anchor, e)) {
    candidate.missed = Gate::person;
  }
  return candidate;
}

void World::link_cases() {
  for (std::size_t b = 0; b < all.size(); ++b) {
    if (!is_anchor(b)) {
      continue;
    }
    ReferenceCase found;
    found.parent = found.root = b;
    if (!ejected(b)) {
      const bool by_key = link_by_key(b, found);
      link_by_evidence(b, by_key, found);
    }
    if (found.parent != b) {
      found.root = cases.at(found.parent).root;
      unite(found.parent, b);
    }
    cases[b] = found;
  }
}

bool World::link_by_key(std::size_t b, ReferenceCase& found) const {
  const auto shared = [](const std::string& x, const std::string& y) {
    return !x.empty() && x == y;
  };
  std::optional<std::tuple<std::int64_t, std::size_t, std::size_t, std::size_t>>
      best;  // gap, episode, member, other
  for (std::size_t e = b; e < all.size(); ++e) {
    if (!counts(e) || all[e].anchor != b) {
      continue;
    }
    for (std::size_t m = 0; m < all.size(); ++m) {
      if (!counts(m) || all[m].anchor >= b || ejected(m) || kept_apart(m, b)) {
        continue;
      }
      const Keys& p = all[e].decides.keys;
      const Keys& q = all[m].decides.keys;
      const bool cad = shared(p.cad_number, q.cad_number);
      const bool crossed = shared(p.duplicate_of, q.cad_number) ||
                           shared(q.duplicate_of, p.cad_number) ||
                           shared(p.duplicate_of, q.duplicate_of);
      if (!cad && !crossed && !shared(p.plate, q.plate)) {
        continue;
      }
      const std::int64_t gap = std::abs(all[e].time - all[m].time);
      if (gap > config.keys.case_window.count()) {
        continue;
      }
      std::uint32_t metres = 0;
      if (all[e].at && all[m].at) {
        const std::int64_t reach =
            std::int64_t{16} * config.keys.case_reach_m +
            std::int64_t{16} * config.keys.case_speed_m_per_s * gap / 1000000;
        const std::int64_t square = distance2(*all[e].at, *all[m].at);
        if (square > reach * reach) {
          continue;
        }
        metres = static_cast<std::uint32_t>(fusion::root(static_cast<std::uint64_t>(square)) / 16);
      }
      const std::tuple candidate(gap, all[m].anchor, e, m);
      if (best && *best <= candidate) {
        continue;
      }
      best = candidate;
      const std::string key = cad ? "cad" : crossed ? "duplicate_of" : "plate";
      found.parent = all[m].anchor;
      found.link = {all[b].decides.id, all[found.parent].decides.id,
                    LinkBasis::key,    all[e].decides.id,
                    all[m].decides.id, key,
                    Micros{gap},       metres,
                    std::nullopt};
    }
  }
  return best.has_value();
}

void World::link_by_evidence(std::size_t b, bool taken, ReferenceCase& found) const {
  if (!all[b].at) {
    return;
  }
  const std::int64_t need = need_mn(all[b], config.case_margin_mn, config);
  std::map<std::size_t, std::pair<ScoreTerms, std::size_t>> best;  // by episode: its strongest pair
  for (const std::size_t m : looks_at(b)) {
    if (ejected(m) || kept_apart(m, b) || !pair_gates(all[m], all[b], config)) {
      continue;
    }
    const Report& root = all[cases.at(all[m].anchor).root];
    if (all[b].time - root.time > config.case_window.count()) {
      continue;
    }
    if (root.at && !within(*root.at, *all[b].at, config.case_reach_m)) {
      continue;
    }
    ScoreTerms terms = pair_score(all[m], all[b], config);
    terms.need_mn = need;
    terms.background_n = all[b].background;
    const auto at = best.find(all[m].anchor);
    if (at == best.end() || at->second.first.total_mn < terms.total_mn) {
      best[all[m].anchor] = {terms, m};
    }
  }
  std::optional<std::size_t> strongest;
  for (const auto& [a, pair] : best) {
    const std::int64_t short_by = need - pair.first.total_mn;
    if (const auto permille = maybe_permille(a, b, short_by); short_by > 0 && permille > 0) {
      found.near.emplace_back(a, short_by, permille);
    }
    if (short_by <= 0 && (!strongest || best.at(*strongest).first.total_mn < pair.first.total_mn)) {
      strongest = a;
    }
  }
  if (taken || !strongest) {
    return;
  }
  const auto& [terms, m] = best.at(*strongest);
  found.parent = *strongest;
  found.link = {all[b].decides.id, all[*strongest].decides.id, LinkBasis::evidence,
                all[b].decides.id, all[m].decides.id,          terms.key,
                terms.gap,         terms.distance_m,           terms};
}

namespace {

// Of each feed when its reports were first heard, copies and those taken back among them.
std::map<std::string, std::vector<FirstHeard>> first_heard(const Contents& said) {
  std::map<std::string, std::vector<FirstHeard>> feeds;
  for (const auto& [id, by_hash] : said) {
    const Event* shown = &by_hash.begin()->second;
    WallTime first = shown->received;
    for (const auto& [hash, event] : by_hash) {
      first = std::min(first, event.received);
      shown = is_newer(event, *shown) ? &event : shown;
    }
    feeds[shown->source.str()].push_back({first, id, shown->source_kind});
  }
  return feeds;
}

// When the last report came that a pattern counts.
std::int64_t last_counted(const IncidentContent& content) {
  std::int64_t last = micros_of(content.first_occurred);
  for (const Member& member : content.members) {
    if (member.role == MemberRole::anchor) {
      last = std::max(last, micros_of(member.occurred));
    }
  }
  return last;
}

// design/0005, 5: open, then quiet, then closed, as the closing clock passes.
void settle_states(std::vector<IncidentContent>& contents, const std::vector<SourceClock>& clocks,
                   const AssociationConfig& config) {
  std::optional<std::int64_t> closing;
  for (const SourceClock& clock : clocks) {
    if (!clock.up) {
      continue;
    }
    const std::int64_t reached =
        micros_of(clock.ingest_time) - clock.lateness.count() - config.skew.count();
    closing = closing ? std::min(*closing, reached) : reached;
  }
  for (IncidentContent& content : contents) {
    if (!closing || content.state != IncidentState::open) {
      continue;
    }
    std::int64_t last_anchor = 0;
    for (const Member& member : content.members) {
      if (member.reason.anchor == member.event_id) {
        last_anchor = std::max(last_anchor, micros_of(member.occurred));
      }
    }
    std::int64_t quiet = micros_of(content.last_occurred) + config.window.count();
    std::int64_t closed = last_anchor + config.window.count() + config.complete_after.count();
    if (content.pattern) {
      quiet = last_counted(content) + content.pattern->within.count();
      closed = quiet + config.complete_after.count();
    }
    if (*closing > quiet) {
      content.state = *closing > closed ? IncidentState::closed : IncidentState::quiet;
    }
  }
}

// README of daemon/fusion, large incidents: of many members the first half and the last half.
void shorten(IncidentContent& content, std::size_t most) {
  content.members_total = static_cast<std::uint32_t>(content.members.size());
  content.links_total = static_cast<std::uint32_t>(content.links.size());
  while (content.members.size() > most) {
    const auto middle = content.members.begin() + static_cast<std::ptrdiff_t>(most - most / 2);
    content.members_left_out.push_back(middle->event_id);
    content.members.erase(middle);
  }
  while (content.links.size() > most) {
    content.links.erase(content.links.begin() + static_cast<std::ptrdiff_t>(most - most / 2));
  }
}

}  // namespace

std::vector<IncidentContent> reference_fold(const std::vector<Event>& records,
                                            const std::vector<Word>& words,
                                            const std::vector<SourceClock>& clocks,
                                            const AssociationConfig& config,
                                            const rules::PriorityTable& priorities,
                                            const rules::Bundle& bundle) {
  const Contents said = contents_of(records);
  std::map<EventId, Report> reports = newest(said);
  const std::map<EventId, EventId> roots = copy_roots(reports);
  const People people = judge(words, reports, roots);
  for (const auto& [id, root] : roots) {
    if (id != root) {
      ++reports.at(root).copies;
      reports.erase(id);
    }
  }
  std::map<Status, std::vector<Report>> by_status;
  for (auto& [id, report] : reports) {
    fill_in(report, config);
    by_status[report.decides.status].push_back(report);
  }
  std::vector<IncidentContent> contents;
  for (auto& [status, ones] : by_status) {
    std::sort(ones.begin(), ones.end(), [](const Report& a, const Report& b) {
      return std::tie(a.time, a.decides.id) < std::tie(b.time, b.decides.id);
    });
    World world{config, priorities, bundle, clocks, people, std::move(ones)};
    world.group_by_people();
    world.fold();
    world.link_cases();
    for (IncidentContent& content : world.contents()) {
      contents.push_back(std::move(content));
    }
    for (IncidentContent& content : world.pattern_contents()) {
      contents.push_back(std::move(content));
    }
  }
  settle_states(contents, clocks, config);
  for (IncidentContent& content : reference_quiet(bundle, first_heard(said), clocks, config)) {
    contents.push_back(std::move(content));
  }
  for (IncidentContent& content : contents) {
    shorten(content, config.members_listed);
  }
  std::sort(contents.begin(), contents.end(),
            [](const IncidentContent& a, const IncidentContent& b) { return a.id < b.id; });
  return contents;
}

}  // namespace fusiond::support
