#include "tests/support/recompute.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>

#include "daemon/fusion/log_table.h"
#include "tests/support/reference_score.h"
#include "tests/support/reference_world.h"

namespace fusiond::support {
namespace {

using fusion::AssociationConfig;

// The report that grouping used, made of what the record says of it.
Report report_of(const Member& member, const AssociationConfig& config) {
  Report report;
  report.decides.id = member.event_id;
  report.decides.source_kind = member.deciding ? member.deciding->source_kind : member.source_kind;
  report.decides.kind = member.deciding ? member.deciding->kind : member.kind;
  report.decides.place = member.deciding ? member.deciding->place : member.place;
  report.decides.occurred = member.occurred;
  report.decides.keys = member.keys;
  report.late = member.deciding_revision == 0;
  fill_in(report, config);
  return report;
}

std::string terms_text(const ScoreTerms& t) {
  std::string text;
  for (const std::int64_t value :
       {t.place_mn, t.delay_mn, t.kind_mn, t.keys_mn, t.recent_mn, t.total_mn, t.need_mn,
        std::int64_t{t.distance_m}, std::int64_t{t.sigma_m}, t.gap.count(),
        std::int64_t{t.background_n}}) {
    text += std::to_string(value) + " ";
  }
  return text + t.key;
}

class Recompute {
 public:
  Recompute(const IncidentContent& content, const AssociationConfig& config,
            const rules::PriorityTable& priorities)
      : content_(content), config_(config), priorities_(priorities) {
    for (const Member& member : content.members) {
      index_.emplace(member.event_id, reports_.size());
      reports_.push_back(report_of(member, config));
    }
  }

  Recomputed run() {
    order();
    for (std::size_t i = 0; i < reports_.size(); ++i) {
      member(i);
    }
    links();
    chances();
    people();
    if (!is_part()) {  // these follow from all members
      identity();
      words();
      confidence();
      place();
    }
    return std::move(result_);
  }

 private:
  void expect(bool holds, const std::string& what) {
    if (!holds) {
      result_.faults.push_back(content_.id.str() + ": " + what);
    }
  }
  void same(const ScoreTerms& said, const ScoreTerms& follows, const std::string& what) {
    ++result_.scores;
    expect(said == follows,
           what + ": says " + terms_text(said) + ", follows " + terms_text(follows));
  }
  // Some of its members are not listed.
  [[nodiscard]] bool is_part() const { return !content_.members_left_out.empty(); }
  // All that came before `end` in the group of `anchor` is listed.
  [[nodiscard]] bool has_group(std::optional<std::size_t> anchor, std::size_t end) const {
    const std::size_t listed = content_.members.size();
    const std::size_t gap = listed - listed / 2;  // the first of the last half
    return !is_part() || end < gap || (anchor && *anchor >= gap);
  }
  [[nodiscard]] const Member& at(std::size_t i) const { return content_.members[i]; }
  [[nodiscard]] std::optional<std::size_t> find(const EventId& id) const {
    const auto found = index_.find(id);
    return found == index_.end() ? std::nullopt : std::optional(found->second);
  }
  [[nodiscard]] bool is_anchor(std::size_t i) const {
    return at(i).reason.anchor == at(i).event_id;
  }
  // The members of the group before `end`, in order.
  [[nodiscard]] std::vector<std::size_t> group_before(const EventId& anchor,
                                                      std::size_t end) const {
    std::vector<std::size_t> group;
    for (std::size_t i = 0; i < end; ++i) {
      if (at(i).reason.anchor == anchor && !reports_[i].late) {
        group.push_back(i);
      }
    }
    return group;
  }
  [[nodiscard]] Reports reports(const std::vector<std::size_t>& group) const {
    Reports list;
    for (const std::size_t i : group) {
      list.push_back(&reports_[i]);
    }
    return list;
  }

  void order();
  void member(std::size_t i);
  void joined(std::size_t i);
  void runner_up(std::size_t i);
  [[nodiscard]] ScoreTerms score(std::size_t i, const std::vector<std::size_t>& group,
                                 std::uint32_t background, bool& in_spread);
  void links();
  void key_link(const CaseLink& link, std::size_t event, std::size_t other);
  void evidence_link(const CaseLink& link, std::size_t event, std::size_t other);
  void identity();
  void chances();
  void people();
  void words();
  void factors();
  void confidence();
  void place();

  const IncidentContent& content_;
  const AssociationConfig& config_;
  const rules::PriorityTable& priorities_;
  std::vector<Report> reports_;
  std::map<EventId, std::size_t> index_;
  Recomputed result_;
};

void Recompute::order() {
  for (std::size_t i = 1; i < reports_.size(); ++i) {
    expect(std::tuple(at(i - 1).occurred, at(i - 1).event_id) <
               std::tuple(at(i).occurred, at(i).event_id),
           "members are in (time, id) order");
  }
  expect(content_.first_occurred == at(0).occurred, "first_occurred is that of the first member");
  expect(content_.last_occurred == content_.members.back().occurred,
         "last_occurred is that of the last member");
}

void Recompute::member(std::size_t i) {
  const Member& m = at(i);
  if (is_anchor(i)) {
    expect(!m.reason.terms && m.reason.prior_members.empty(), "an anchor has no score of its own");
    expect(m.role == MemberRole::anchor || m.role == MemberRole::retracted, "an anchor's role");
  } else {
    expect(m.reason.terms.has_value(), "a member that joined says its score");
    expect(m.role == MemberRole::supports || m.role == MemberRole::retracted, "a member's role");
    joined(i);
  }
  if (m.reason.runner_up) {
    runner_up(i);
  }
  if (reports_[i].late) {
    expect(m.lateness.count() > 0 &&
               m.received.time_since_epoch() - m.occurred.time_since_epoch() > m.lateness,
           "a late member says the allowance that it missed");
  }
}

ScoreTerms Recompute::score(std::size_t i, const std::vector<std::size_t>& group,
                            std::uint32_t background, bool& in_spread) {
  Report& e = reports_[i];
  e.background = background;
  ScoreTerms terms = episode_score(reports(group), e, config_, in_spread);
  terms.need_mn = need_mn(e, 0, config_);
  terms.background_n = background;
  return terms;
}

// Its place in the group follows from the members before it and from background_n.
void Recompute::joined(std::size_t i) {
  const Member& m = at(i);
  const auto group = group_before(m.reason.anchor, i);
  const auto anchor = find(m.reason.anchor);
  if (!has_group(anchor, i)) {
    ++result_.left_out;
    return;
  }
  if (!anchor || group.empty()) {
    expect(false, "the group of " + m.event_id.str() + " is listed before it");
    return;
  }
  expect(is_anchor(*anchor) && group.front() == *anchor, "a group begins with its anchor");
  std::vector<EventId> last;
  for (std::size_t k = group.size() > 8 ? group.size() - 8 : 0; k < group.size(); ++k) {
    last.push_back(at(group[k]).event_id);
  }
  expect(m.reason.prior_members == last, "prior_members are the last of the group before it");
  if (!m.reason.terms) {
    return;
  }
  const ScoreTerms& said = *m.reason.terms;
  bool in_spread = false;
  same(said, score(i, group, said.background_n, in_spread), "score of " + m.event_id.str());
  const Report& e = reports_[i];
  const Report& a = reports_[*anchor];
  expect(e.time - a.time <= config_.window.count(), "its anchor is within T");
  expect(within(*a.at, *e.at, config_.reach_m), "its anchor is within rho");
  const Reports members = reports(group);
  expect(std::any_of(members.begin(), members.end(),
                     [&](const Report* one) { return pair_gates(*one, e, config_); }),
         "some member is in pair reach");
  expect(in_spread || said.keys_mn > 0, "within the spread, or a key is shared");
  expect(said.total_mn >= said.need_mn, "the score meets the need");
}

// The other group must have lost: by the score, or by the limit that is named.
void Recompute::runner_up(std::size_t i) {
  ++result_.runners_up;
  const Member& m = at(i);
  const Candidate& rival = *m.reason.runner_up;
  const ScoreTerms& terms = rival.terms;
  expect(terms.total_mn ==
             terms.place_mn + terms.delay_mn + terms.kind_mn + terms.keys_mn + terms.recent_mn,
         "a runner-up's terms add up");
  reports_[i].background = terms.background_n;
  expect(terms.need_mn == need_mn(reports_[i], 0, config_), "a runner-up's need");
  expect(rival.anchor != m.reason.anchor, "a runner-up is another group");
  const auto other = find(rival.anchor);
  if (rival.missed == Gate::score) {
    expect(terms.total_mn < terms.need_mn, "what missed the score is below the need");
  }
  if (rival.missed == Gate::none && !reports_[i].late) {
    expect(m.reason.terms.has_value(), "what met every limit is joined, unless another is better");
    if (m.reason.terms) {
      const std::int64_t behind = m.reason.terms->total_mn - terms.total_mn;
      const auto anchor = find(m.reason.anchor);
      expect(behind > 0 || (behind == 0 && (!other || !anchor || *anchor < *other)),
             "the best is joined, ties to the earlier anchor");
    }
  }
  if (!other || !is_anchor(*other) || !has_group(other, i)) {
    return;  // of another incident: its members are not here
  }
  const auto group = group_before(rival.anchor, i);
  bool in_spread = false;
  same(terms, score(i, group, terms.background_n, in_spread), "runner-up of " + m.event_id.str());
}

void Recompute::links() {
  std::map<EventId, EventId> leads;  // group → group it hangs on
  for (const Member& m : content_.members) {
    leads.emplace(m.reason.anchor, m.reason.anchor);
  }
  const auto lead = [&](EventId id) {
    while (leads.at(id) != id) {
      id = leads.at(id);
    }
    return id;
  };
  for (const CaseLink& link : content_.links) {
    const auto event = find(link.event_id);
    const auto other = find(link.other_event_id);
    if (is_part() && (!event || !other)) {
      ++result_.left_out;
      continue;
    }
    if (!event || !other || !leads.contains(link.anchor) || !leads.contains(link.parent_anchor)) {
      expect(false, "a link is between members");
      continue;
    }
    expect(
        at(*event).reason.anchor == link.anchor && at(*other).reason.anchor == link.parent_anchor,
        "a link's pair is of its groups");
    expect(link.gap.count() == std::abs(reports_[*event].time - reports_[*other].time),
           "a link's gap");
    if (link.basis == LinkBasis::key) {
      key_link(link, *event, *other);
    } else if (link.basis == LinkBasis::evidence) {
      evidence_link(link, *event, *other);
    } else {
      expect(std::any_of(content_.words.begin(), content_.words.end(),
                         [&](const WordNote& note) {
                           return note.word.id == link.word && note.effect == WordEffect::holds;
                         }) ||
                 content_.words.size() < content_.words_total,
             "a person's link names a word that holds");
    }
    leads[lead(link.anchor)] = lead(link.parent_anchor);
  }
  std::set<EventId> roots;
  for (const auto& [id, on] : leads) {
    roots.insert(lead(id));
  }
  expect(roots.size() == 1 || is_part(), "links join all groups to one incident");
}

void Recompute::key_link(const CaseLink& link, std::size_t event, std::size_t other) {
  ++result_.links;
  const Keys& p = at(event).keys;
  const Keys& q = at(other).keys;
  const auto shared = [](const std::string& a, const std::string& b) {
    return !a.empty() && a == b;
  };
  const bool cad = shared(p.cad_number, q.cad_number);
  const bool crossed = shared(p.duplicate_of, q.cad_number) ||
                       shared(q.duplicate_of, p.cad_number) ||
                       shared(p.duplicate_of, q.duplicate_of);
  const std::string key = cad                        ? "cad"
                          : crossed                  ? "duplicate_of"
                          : shared(p.plate, q.plate) ? "plate"
                                                     : "";
  expect(!key.empty() && link.key == key, "a link by key shares the key that it names");
  expect(link.gap <= config_.keys.case_window, "a link by key is within its window");
  const Report& a = reports_[event];
  const Report& b = reports_[other];
  std::uint32_t metres = 0;
  if (a.at && b.at) {
    const std::int64_t square = distance2(*a.at, *b.at);
    const std::int64_t reach =
        std::int64_t{16} * config_.keys.case_reach_m +
        std::int64_t{16} * config_.keys.case_speed_m_per_s * link.gap.count() / 1000000;
    expect(square <= reach * reach, "a link by key is within its reach");
    metres = static_cast<std::uint32_t>(fusion::root(static_cast<std::uint64_t>(square)) / 16);
  }
  expect(link.distance_m == metres, "a link's distance");
}

void Recompute::evidence_link(const CaseLink& link, std::size_t event, std::size_t other) {
  ++result_.links;
  expect(link.event_id == link.anchor, "evidence is weighed for the anchor");
  expect(pair_gates(reports_[other], reports_[event], config_), "the pair is within the gates");
  if (!link.terms) {
    expect(false, "a link by evidence says its score");
    return;
  }
  Report& b = reports_[event];
  b.background = link.terms->background_n;
  ScoreTerms follows = pair_score(reports_[other], b, config_);
  follows.need_mn = need_mn(b, config_.case_margin_mn, config_);
  follows.background_n = link.terms->background_n;
  same(*link.terms, follows, "link of " + link.anchor.str());
  expect(link.terms->total_mn >= link.terms->need_mn, "a link's evidence meets its need");
}

void Recompute::identity() {
  const auto heard = [](const Member& a, const Member& b) {
    return std::tie(a.first_received, a.event_id) < std::tie(b.first_received, b.event_id);
  };
  const auto first = std::min_element(content_.members.begin(), content_.members.end(), heard);
  expect(incident_id_of(first->event_id) == content_.id, "the id is that of the first heard");
}

void Recompute::chances() {
  const auto& tables = config_.maybe;
  const bool late = std::any_of(reports_.begin(), reports_.end(),
                                [](const Report& report) { return report.late; });
  for (const MaybeSame& maybe : content_.maybe_same_as) {
    const auto row =
        static_cast<std::size_t>(maybe.short_by_mn < 0 ? 0 : maybe.short_by_mn / 1000 + 1);
    const auto says = [&](const std::vector<std::uint32_t>& table) {
      return row < table.size() && maybe.probability_permille == table[row];
    };
    expect(says(tables.calls_permille) || says(tables.others_permille) ||
               (late && maybe.probability_permille == tables.late_permille),
           "the chance of maybe_same_as");
  }
}

// What people put apart is not together, whom they ejected stands alone but for people's links.
void Recompute::people() {
  for (const WordNote& note : content_.words) {
    const auto event = find(note.word.event);
    if (note.effect != WordEffect::holds || !event) {
      continue;
    }
    if (note.word.kind == WordKind::apart) {
      expect(!find(note.word.other), "what people put apart is not in one incident");
    }
    if (note.word.kind == WordKind::eject) {
      const EventId& id = at(*event).event_id;
      expect(is_anchor(*event) && group_before(id, reports_.size()).size() <= 1,
             "an ejected event is a group of its own");
      expect(std::none_of(content_.links.begin(), content_.links.end(),
                          [&](const CaseLink& link) {
                            return link.basis != LinkBasis::person &&
                                   (link.anchor == id || link.parent_anchor == id);
                          }),
             "nothing but a person links an ejected event");
    }
  }
}

// Family, title and priority follow from the reports that stand.
void Recompute::words() {
  std::vector<std::vector<std::uint32_t>> rows;
  std::vector<std::vector<std::uint32_t>> all;
  std::uint8_t stated = 0;
  std::uint8_t all_stated = 0;
  for (const Member& m : content_.members) {
    all.push_back(kind_row(config_, m.kind));
    all_stated = std::max(all_stated, m.stated_priority.value_or(0));
    if (m.role != MemberRole::retracted) {
      rows.push_back(all.back());
      stated = std::max(stated, m.stated_priority.value_or(0));
    }
  }
  if (content_.state == IncidentState::withdrawn) {
    return;  // its last page says what it was
  }
  const std::string family = leading_family(rows.empty() ? all : rows, config_);
  expect(content_.family == family, "family " + content_.family + ", follows " + family);
  const auto row = priorities_.families.find(family);
  const auto& entry = row == priorities_.families.end() ? priorities_.unclassified : row->second;
  expect(content_.type == entry.type && content_.title == entry.title, "type and title");
  expect(content_.priority == std::max(entry.priority, rows.empty() ? all_stated : stated),
         "priority");
}

// Every factor follows from the members, but what a report nearly joined: that is another
// incident's.
void Recompute::factors() {
  std::vector<Report> shown;
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < reports_.size(); ++i) {
    const Member& m = at(i);
    Report report;
    report.decides.id = report.shows.id = m.event_id;
    report.shows.source_kind = m.source_kind;
    report.shows.kind = m.kind;
    report.shows.place = m.place;
    report.shows.lifecycle = m.lifecycle;
    report.shows.confidence_permille = m.confidence_permille;
    report.shows.provenance = std::to_string(m.witness);
    report.copies = m.copies;
    shown.push_back(report);
    indices.push_back(i);
  }
  const People nobody;
  const rules::Bundle no_rules;
  const std::vector<SourceClock> no_clocks;
  const World world{config_, priorities_, no_rules, no_clocks, nobody, std::move(shown)};
  IncidentContent follows;
  follows.members = content_.members;
  world.weigh(follows, indices, 0);
  const auto own = [](std::vector<Factor> factors) {
    std::erase_if(factors, [](const Factor& one) {
      return one.factor == FactorKind::fits || one.factor == FactorKind::limit;
    });
    return factors;
  };
  expect(own(content_.factors) == own(follows.factors), "the factors follow from the members");
  for (std::size_t i = 0; i < reports_.size(); ++i) {
    expect(at(i).witness == follows.members[i].witness, "witnesses are numbered by first member");
  }
}

// The factors add up to the odds, within their limit, and the odds are the probability.
void Recompute::confidence() {
  if (content_.state != IncidentState::withdrawn) {
    factors();
  }
  std::int64_t sum = 0;
  for (const Factor& factor : content_.factors) {
    sum += factor.total_mn;
  }
  const std::int64_t e = fusion::exp_q30(1000 * std::abs(sum));
  const std::int64_t low = fusion::divided<std::int64_t>(1000 * e, (std::int64_t{1} << 30) + e);
  expect(content_.odds_mn == sum && std::abs(sum) <= config_.confidence.limit_mn,
         "the factors add up to the odds");
  expect(content_.confidence_permille == static_cast<std::uint32_t>(sum < 0 ? low : 1000 - low),
         "the odds are the probability");
  std::set<std::uint32_t> standing;
  std::set<std::uint32_t> all;
  for (const Member& m : content_.members) {
    all.insert(m.witness);
    if (m.lifecycle != Lifecycle::retract && m.lifecycle != Lifecycle::cancel) {
      standing.insert(m.witness);
    }
  }
  expect(content_.state == IncidentState::withdrawn ||
             content_.witnesses == (standing.empty() ? all : standing).size(),
         "the witnesses are those of the members that stand");
}

// The first group that has a place: its members weighted by 1 / variance, the 95 % circle.
void Recompute::place() {
  std::vector<std::size_t> group;
  for (std::size_t i = 0; i < reports_.size() && group.empty(); ++i) {
    if (is_anchor(i) && reports_[i].at) {
      group = reports_[i].late ? std::vector<std::size_t>{i}
                               : group_before(at(i).event_id, reports_.size());
    }
  }
  if (content_.state == IncidentState::withdrawn) {
    return;
  }
  expect(content_.place.has_value() == !group.empty(), "it has a place when a report has one");
  if (group.empty() || !content_.place) {
    return;
  }
  auto standing = group;
  std::erase_if(standing, [&](std::size_t i) { return at(i).role == MemberRole::retracted; });
  if (!standing.empty()) {
    group = standing;
  }
  std::vector<std::pair<std::string, const Report*>> named;
  for (const std::size_t i : group) {
    named.emplace_back(std::to_string(at(i).witness), &reports_[i]);
  }
  const Estimate follows = place_of(named, config_.place_trust);
  expect(*content_.place == follows, "the place");
}

}  // namespace

Recomputed recompute(const IncidentContent& content, const AssociationConfig& config,
                     const rules::PriorityTable& priorities) {
  if (content.members.empty()) {
    return {};  // merged: what it held is told by the incident that took it
  }
  return Recompute(content, config, priorities).run();
}

}  // namespace fusiond::support
