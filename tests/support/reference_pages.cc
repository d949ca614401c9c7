#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "daemon/fusion/log_table.h"
#include "tests/support/reference_rules.h"
#include "tests/support/reference_world.h"

namespace fusiond::support {

Member World::member(std::size_t i) const {
  const Report& r = all[i];
  Member m;
  m.event_id = r.decides.id;
  m.source = r.shows.source;
  m.source_event_id = r.shows.source_event_id;
  m.source_kind = r.shows.source_kind;
  m.revision = r.shows.revision;
  m.deciding_revision = r.deciding_revision;
  m.kind = r.shows.kind;
  m.family = leading_family({kind_row(config, r.shows.kind)}, config);
  m.headline = r.shows.headline;
  m.address_text = r.shows.address_text;
  m.occurred = r.decides.occurred;
  m.received = r.shows.received;
  m.first_received = r.heard;
  m.place = r.shows.place;
  m.role = r.anchor == i ? MemberRole::anchor : MemberRole::supports;
  if (r.shows.lifecycle == Lifecycle::retract) {
    m.role = MemberRole::retracted;
  }
  m.reason = r.reason;
  m.copies = r.copies;
  m.flags = r.shows.flags;
  m.lifecycle = r.shows.lifecycle;
  const bool same = r.decides.kind == r.shows.kind && r.decides.place == r.shows.place &&
                    r.decides.source_kind == r.shows.source_kind;
  if (!same) {
    m.deciding = DecidingFacts{r.decides.source_kind, r.decides.kind, r.decides.place};
  }
  m.keys = r.decides.keys;
  m.plate_lists = r.shows.plate_lists;
  m.lateness = r.late ? r.shows.lateness : Micros{0};
  m.stated_priority = r.shows.priority;
  m.confidence_permille = r.shows.confidence_permille;
  return m;
}

void World::describe(IncidentContent& content, const std::vector<std::size_t>& members) const {
  std::vector<std::size_t> standing;
  for (const std::size_t i : members) {
    if (all[i].shows.lifecycle != Lifecycle::retract) {
      standing.push_back(i);
    }
    if (content.address_text.empty()) {
      content.address_text = all[i].shows.address_text;
    }
  }
  if (standing.empty()) {
    content.state = IncidentState::withdrawn;
    standing = members;
  }
  std::vector<std::vector<std::uint32_t>> rows;
  content.status = all[members[0]].shows.status;
  for (const std::size_t i : standing) {
    rows.push_back(kind_row(config, all[i].shows.kind));
    content.priority = std::max(content.priority, all[i].shows.priority.value_or(0));
    if (all[i].shows.status == Status::actual) {
      content.status = Status::actual;
    }
  }
  content.family = leading_family(rows, config);
  const bool listed = priorities.families.contains(content.family);
  const auto& entry = listed ? priorities.families.at(content.family) : priorities.unclassified;
  content.type = entry.type;
  content.title = entry.title;
  content.priority = std::max(content.priority, entry.priority);
}

// What rules say; the strongest wins over the table.
void World::find(IncidentContent& content, const std::vector<std::size_t>& members) const {
  std::vector<RuledReport> reports;
  for (std::size_t k = 0; k < members.size(); ++k) {
    reports.push_back({&all[members[k]], content.members[k].witness});
  }
  content.findings = reference_findings(bundle, reports, clocks, config);
  if (!content.findings.empty() && content.findings[0].state >= FindingState::provisional) {
    content.type = content.findings[0].type;
    content.title = content.findings[0].title;
    content.priority = content.findings[0].priority;
  }
}

// How often two such incidents turn out to be one: a row per nat that is missing.
std::uint32_t World::maybe_permille(std::size_t a, std::size_t b, std::int64_t short_by) const {
  const auto is_call = [&](std::size_t i) {
    const Event& e = all[i].decides;
    return e.source_kind == SourceKind::cad &&
           !(e.place && e.place->method == LocationMethod::device_registry);
  };
  const auto& table =
      is_call(a) && is_call(b) ? config.maybe.calls_permille : config.maybe.others_permille;
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (short_by < 1000 * static_cast<std::int64_t>(row)) {
      return table[row] < config.maybe.least_permille ? 0 : table[row];
    }
  }
  return 0;
}

std::vector<MaybeSame> World::maybe(std::size_t root,
                                    const std::vector<std::size_t>& anchors) const {
  std::vector<std::tuple<std::int64_t, std::int64_t, IncidentId>> order;
  const auto note = [&](const NearOnes& near) {
    for (const auto& [anchor, short_by, permille] : near) {
      if (first[anchor] != root) {
        order.emplace_back(-std::int64_t{permille}, short_by, name(first[anchor]));
      }
    }
  };
  for (const std::size_t anchor : anchors) {
    note(all[anchor].near);
    if (!all[anchor].late) {
      note(cases.at(anchor).near);
    }
  }
  std::sort(order.begin(), order.end());
  std::vector<MaybeSame> list;
  for (const auto& [less, short_by, id] : order) {
    const bool named = std::any_of(list.begin(), list.end(),
                                   [&](const MaybeSame& one) { return one.incident_id == id; });
    if (!named && list.size() < 8) {
      list.push_back({id, static_cast<std::uint32_t>(-less), short_by});
    }
  }
  return list;
}

IncidentId World::name(std::size_t root) const {
  std::tuple earliest(all[root].heard, all[root].decides.id);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (first[i] == root) {
      earliest = std::min(earliest, std::tuple(all[i].heard, all[i].decides.id));
    }
  }
  return incident_id_of(std::get<1>(earliest));
}

// Its own link, then those that people made with an earlier episode, the newest word first.
void World::add_links(IncidentContent& content, std::size_t anchor) const {
  if (!all[anchor].late && cases.at(anchor).parent != anchor) {
    content.links.push_back(cases.at(anchor).link);
  }
  for (const Saying& saying : people.sayings) {
    auto later = index_of(saying.event);
    auto earlier = index_of(saying.other);
    if (!saying.unites || !later || !earlier) {
      continue;
    }
    if (all[*later].anchor < all[*earlier].anchor) {
      std::swap(later, earlier);
    }
    const Report& x = all[*later];
    const Report& y = all[*earlier];
    if (x.anchor != anchor || y.anchor == anchor) {
      continue;
    }
    CaseLink link{all[x.anchor].decides.id,
                  all[y.anchor].decides.id,
                  LinkBasis::person,
                  x.decides.id,
                  y.decides.id,
                  "",
                  Micros{std::abs(x.time - y.time)},
                  0,
                  std::nullopt};
    if (x.at && y.at) {
      const auto square = static_cast<std::uint64_t>(distance2(*x.at, *y.at));
      link.distance_m = static_cast<std::uint32_t>(fusion::root(square) / 16);
    }
    link.word = saying.word.id;
    content.links.push_back(link);
  }
}

// What was said of a member: the newest 64, the oldest of them first.
void World::add_words(IncidentContent& content) const {
  const auto is_member = [&](const std::optional<EventId>& id) {
    return std::any_of(content.members.begin(), content.members.end(),
                       [&](const Member& member) { return member.event_id == id; });
  };
  for (const Saying& saying : people.sayings) {
    if (!is_member(saying.event) && !is_member(saying.other)) {
      continue;
    }
    ++content.words_total;
    if (content.words.size() < 64) {
      content.words.push_back({saying.word, saying.effect});
    }
  }
  std::reverse(content.words.begin(), content.words.end());
}

IncidentContent World::content(std::size_t root) const {
  IncidentContent content;
  content.id = name(root);
  content.state = IncidentState::open;
  content.late = true;
  std::vector<std::size_t> anchors;
  std::vector<std::size_t> members;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (first[i] != root) {
      continue;
    }
    if (is_episode(i)) {
      anchors.push_back(i);
      add_links(content, i);
    }
    members.push_back(i);
    content.members.push_back(member(i));
    content.late = content.late && all[i].late;
  }
  add_words(content);
  describe(content, members);
  weigh(content, members, root);
  find(content, members);
  content.place = estimate(anchors);
  content.maybe_same_as = maybe(root, anchors);
  content.first_occurred = event_time(all[members.front()].time);
  content.last_occurred = event_time(all[members.back()].time);
  return content;
}

std::vector<IncidentContent> World::contents() const {
  std::vector<std::pair<std::size_t, IncidentContent>> list;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (first[i] == i) {
      list.emplace_back(i, content(i));
    }
  }
  // related_to: the eight before it in time of the same family, within 10 min and 3 km.
  std::vector<IncidentContent> contents;
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto [root, content] = list[i];
    const Report& own = all[root];
    for (std::size_t j = i; j-- > 0 && content.related_to.size() < 8;) {
      const auto& [other_root, other] = list[j];
      if (content.late || !own.at || content.family.empty() || other.late ||
          other.family != content.family || !all[other_root].at) {
        continue;
      }
      if (own.time - all[other_root].time > config.related_window.count()) {
        continue;
      }
      if (within(*all[other_root].at, *own.at, config.related_reach_m)) {
        content.related_to.push_back(other.id);
      }
    }
    std::sort(content.related_to.begin(), content.related_to.end());
    contents.push_back(std::move(content));
  }
  return contents;
}

}  // namespace fusiond::support
