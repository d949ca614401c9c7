#include "daemon/fusion/explain.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/fusion/cases.h"
#include "daemon/fusion/reason.h"
#include "daemon/model/listing.h"

namespace fusiond::fusion {
namespace {

// Of several reports the ones that still stand; all of them when none does.
void keep_standing(const std::vector<Node*>& members, std::vector<Node*>& left) {
  left.clear();
  std::copy_if(members.begin(), members.end(), std::back_inserter(left),
               [](const Node* node) { return node->complete && !node->is_retracted(); });
  if (left.empty()) {
    std::copy_if(members.begin(), members.end(), std::back_inserter(left),
                 [](const Node* node) { return node->complete; });
  }
}

// Of two near misses the one to name: the likelier one, then the one that lacks less.
bool likelier(const NearMiss& a, const NearMiss& b) {
  return a.permille != b.permille ? a.permille > b.permille : a.short_by_mn < b.short_by_mn;
}

// What the deciding record says, when the shown one says something else.
std::optional<DecidingFacts> deciding_of(const Event& deciding, const Event& shown) {
  DecidingFacts facts{deciding.source_kind, deciding.kind, deciding.place};
  if (facts == DecidingFacts{shown.source_kind, shown.kind, shown.place}) {
    return std::nullopt;
  }
  return facts;
}

}  // namespace

Explain::Explain(const Score& score, const Meaning& meaning, const Nodes& nodes,
                 const People& people)
    : score_(score),
      meaning_(meaning),
      nodes_(nodes),
      people_(people),
      confidence_(score.config().confidence) {
  for (const std::string& family : score_.config().families) {
    const auto row = meaning_.priorities.families.find(family);
    entries_.push_back(row == meaning_.priorities.families.end() ? &meaning_.priorities.unclassified
                                                                 : &row->second);
  }
}

void Explain::gather(Node& root) {
  FUSIOND_CHECK(root.is_root() && root.named_by != nullptr, "only named roots have an incident");
  root_ = &root;
  episodes_.clear();
  members_.clear();
  each_episode(root, [&](Node& episode) { episodes_.push_back(&episode); });
  if (episodes_.size() > 1) {
    std::sort(episodes_.begin(), episodes_.end(), Before{});
  }
  for (Node* episode : episodes_) {
    each_member(*episode, [&](Node& member) {
      if (member.complete) {
        members_.push_back(&member);
      }
    });
  }
  if (episodes_.size() > 1) {
    std::sort(members_.begin(), members_.end(), Before{});
  }
}

void Explain::write_member(const Node& node, Member& member) const {
  const Event& shown = node.state.newest();
  member.event_id = node.id;
  member.source = shown.source;
  member.source_event_id = shown.source_event_id;
  member.source_kind = shown.source_kind;
  member.revision = shown.revision;
  member.deciding_revision = node.state.deciding ? node.state.deciding->revision : 0;
  member.kind = shown.kind;
  member.family = score_.family_name(score_.family_of_kind(kind_of(node)));
  member.headline = shown.headline;
  member.address_text = shown.address_text;
  member.occurred = event_time(node.facts.time);
  member.received = shown.received;
  member.first_received = wall_time(node.heard);
  member.place = shown.place;
  const bool anchor = node.role == Role::late || node.is_anchor();
  member.role = anchor ? MemberRole::anchor : MemberRole::supports;
  if (node.is_retracted()) {
    member.role = MemberRole::retracted;
  }
  write_reason(node, kPriorMembers, member.reason);
  member.copies = copies_of(node);
  member.flags = shown.flags;
  member.lifecycle = shown.lifecycle;
  member.deciding.reset();
  if (node.state.shown) {
    member.deciding = deciding_of(node.deciding(), shown);
  }
  member.keys = node.deciding().keys;
  member.plate_lists = shown.plate_lists;
  member.lateness = node.role == Role::late ? shown.lateness : Micros{0};
  member.stated_priority = shown.priority;
  member.witness = node.witness_number;
  member.confidence_permille = shown.confidence_permille;
}

// By the record shown, which mostly is the one that decides.
std::uint32_t Explain::kind_of(const Node& node) const {
  return node.state.deciding && node.state.shown ? score_.kind_of(node.state.shown->kind)
                                                 : node.facts.kind;
}

void Explain::characterize(IncidentContent& content) {
  kinds_.clear();
  std::uint8_t stated = 0;
  bool actual = false;
  for (const Node* node : standing_) {
    const Event& shown = node->state.newest();
    kinds_.push_back(kind_of(*node));
    stated = std::max(stated, shown.priority.value_or(0));
    actual = actual || shown.status == Status::actual;
  }
  content.address_text.clear();
  for (const Node* node : members_) {
    if (!node->state.newest().address_text.empty()) {
      content.address_text = node->state.newest().address_text;
      break;
    }
  }
  const auto family =
      kinds_.size() == 1 ? score_.family_of_kind(kinds_[0]) : score_.family_of(kinds_);
  family_ = family ? static_cast<int>(*family) : -1;
  const rules::FamilyEntry& entry = family ? *entries_[*family] : meaning_.priorities.unclassified;
  content.family = score_.family_name(family);
  content.type = entry.type;
  content.title = entry.title;
  content.priority = std::max(entry.priority, stated);
  content.status = actual ? Status::actual : members_.front()->state.newest().status;
}

// Of the first episode that has a place; later ones may be where it has moved since.
std::optional<Estimate> Explain::estimate() {
  const auto placed = std::find_if(episodes_.begin(), episodes_.end(), [](const Node* anchor) {
    return anchor->complete && anchor->facts.place.known;
  });
  if (placed == episodes_.end()) {
    return std::nullopt;
  }
  if ((*placed)->role == Role::late) {
    standing_.assign(1, *placed);
  } else if (episodes_.size() > 1) {
    keep_standing((*placed)->members, standing_);
  }
  fixes_.clear();
  for (const Node* node : standing_) {
    fixes_.push_back({witness_name(node->state.newest()), node->deciding().place.value_or(Place{}),
                      node->facts.place, score_.whole_variance_m2(node->facts)});
  }
  return estimate_place(fixes_, score_.config().place_trust);
}

// By how much the best episode that `node` did not join beats chance, if a credible witness opened
// it and it is of another incident.
std::optional<std::int64_t> Explain::fits_mn(const Node& node) const {
  const Rival& rival = node.decision.runner_up;
  if (rival.missed == Gate::unspecified ||
      !confidence_.weighs_fits(witness_kind(node.state.newest()))) {
    return std::nullopt;
  }
  const bool fits = node.own ? rival_fits(node, root_) : node.guest->account()->fits;
  if (!fits) {
    return std::nullopt;
  }
  return rival.heard.total_mn - score_.config().background_ln_mn;
}

bool Explain::rival_fits(const Node& node, const Node* root) const {
  const Rival& rival = node.decision.runner_up;
  Node* anchor = rival.missed == Gate::unspecified ? nullptr : nodes_.find(rival.anchor);
  return anchor != nullptr && Cases::root_of(*anchor) != root &&
         confidence_.credible(anchor->facts.witness);
}

void Explain::weigh(IncidentContent& content) {
  testimonies_.clear();
  for (const Node* node : members_) {
    testimonies_.push_back({&node->state.newest(), copies_of(*node),
                            root_ == nullptr ? std::nullopt : fits_mn(*node)});
  }
  confidence_.weigh(testimonies_, belief_);
  std::swap(content.factors, belief_.factors);  // for room
  content.witnesses = belief_.witnesses;
  content.odds_mn = belief_.odds_mn;
  content.confidence_permille = belief_.permille;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (members_[i]->witness_number != belief_.numbers[i]) {
      members_[i]->witness_number = belief_.numbers[i];
      members_[i]->page_stale = true;
    }
  }
}

rules::FeedsHeard Explain::heard() const {
  return meaning_.clock.sources();
}

rules::Report Explain::report_of(const Node& node) const {
  rules::Report report;
  report.shown = &node.state.newest();
  report.deciding = &node.deciding();
  report.kind = kind_of(node);
  report.witness = node.witness_number;
  if (node.facts.place.known) {
    report.at = rules::Point{node.facts.place->x, node.facts.place->y, node.facts.place->z};
  }
  return report;
}

void Explain::find(IncidentContent& content) {
  content.findings.clear();
  waits_.clear();
  if (meaning_.rules.empty()) {
    return;
  }
  reports_.clear();
  for (const Node* node : members_) {
    reports_.push_back(report_of(*node));
  }
  meaning_.rules.evaluate(reports_, heard(), content.findings, waits_);
  for (Finding& finding : content.findings) {
    finding.probability_permille = permille_of(finding.odds_mn);
    meaning_.tally.open(finding);
  }
  if (!content.findings.empty() && content.findings.front().state > FindingState::unmet) {
    const Finding& strongest = content.findings.front();
    content.type = strongest.type;
    content.title = strongest.title;
    content.priority = strongest.priority;
  }
}

void Explain::weigh_gone(const std::vector<Node*>& members, IncidentContent& content) {
  root_ = nullptr;
  members_ = members;
  weigh(content);
  content.findings.clear();
}

std::optional<MissedIncident> Explain::missed_by(const Node& episode, ShortId anchor) const {
  if (!episode.own) {
    const auto& known = episode.guest->account()->missed;
    const auto found = std::find_if(known.begin(), known.end(), [&](const MissedIncident& one) {
      return one.anchor == anchor;
    });
    return found == known.end() ? std::nullopt : std::optional(*found);
  }
  Node* missed = nodes_.find(anchor);
  const Node* root = missed == nullptr ? nullptr : Cases::root_of(*missed);
  const auto name = root == nullptr ? std::nullopt : incident_name(*missed, *root);
  return name ? std::optional(MissedIncident{anchor, root->number, *name}) : std::nullopt;
}

void Explain::note_miss(const Node& episode, const NearMiss& miss) {
  const auto other = missed_by(episode, miss.anchor);
  if (!other || other->root == root_->number) {
    return;
  }
  const auto known = std::find_if(misses_.begin(), misses_.end(),
                                  [&](const Miss& one) { return one.root == other->root; });
  if (known == misses_.end()) {
    misses_.push_back({other->root, other->name, miss});
  } else if (likelier(miss, known->miss)) {
    known->miss = miss;
  }
}

void Explain::maybe_same(std::vector<MaybeSame>& list) {
  misses_.clear();
  list.clear();
  for (const Node* episode : episodes_) {
    if (!episode->complete) {
      continue;
    }
    for (const NearMiss& miss : episode->decision.near) {
      note_miss(*episode, miss);
    }
    for (const NearMiss& miss : episode->near_cases) {
      note_miss(*episode, miss);
    }
  }
  for (const Miss& one : misses_) {
    const Node* name = nodes_.find(one.name);
    list.push_back({name == nullptr ? incident_id_of(long_id(one.name)) : name->incident_id(),
                    one.miss.permille, one.miss.short_by_mn});
  }
  std::sort(list.begin(), list.end(), [](const MaybeSame& a, const MaybeSame& b) {
    return std::tie(b.probability_permille, a.short_by_mn, a.incident_id) <
           std::tie(a.probability_permille, b.short_by_mn, b.incident_id);
  });
  if (list.size() > kMaybeSame) {
    list.resize(kMaybeSame);
  }
}

void Explain::describe(IncidentContent& content) {
  content.id = root_->named_by->incident_id();
  content.merged_into = IncidentId{};
  content.late = true;
  content.links.clear();
  for (const Node* episode : episodes_) {
    content.late = content.late && episode->role == Role::late;
    if (auto link = link_of(*episode)) {
      content.links.push_back(std::move(*link));
    }
  }
  content.words.clear();
  content.words_total = 0;
  if (std::any_of(members_.begin(), members_.end(),
                  [](const Node* node) { return node->spoken_of; })) {
    people_.show(*root_, content);
  }
  keep_standing(members_, standing_);
  characterize(content);
  weigh(content);
  find(content);
  content.place = estimate();
  maybe_same(content.maybe_same_as);
  shorten(content);
  content.first_occurred = event_time(members_.front()->facts.time);
  content.last_occurred = event_time(members_.back()->facts.time);
}

// Of many links and members the first and the last.
void Explain::shorten(IncidentContent& content) const {
  const std::size_t most = score_.config().members_listed;
  content.links_total = static_cast<std::uint32_t>(content.links.size());
  const Listing links = listing_of(content.links.size(), most);
  content.links.erase(content.links.begin() + static_cast<std::ptrdiff_t>(links.first),
                      content.links.begin() + static_cast<std::ptrdiff_t>(links.last));
  content.members_total = static_cast<std::uint32_t>(members_.size());
  const Listing members = listing_of(members_.size(), most);
  content.members_left_out.clear();
  for (std::size_t i = members.first; i < members.last; ++i) {
    content.members_left_out.push_back(members_[i]->id);
  }
}

int Explain::family_now(Node& root) {
  gather(root);
  keep_standing(members_, standing_);
  characterize(scratch_);
  return family_;
}

const std::vector<Finding>& Explain::findings_now(Node& root) {
  if (meaning_.rules.empty()) {  // as of large incidents it is asked often
    scratch_.findings.clear();
    return scratch_.findings;
  }
  gather(root);
  keep_standing(members_, standing_);
  weigh(scratch_);
  find(scratch_);
  return scratch_.findings;
}

bool Explain::is_withdrawn() const {
  return std::all_of(members_.begin(), members_.end(),
                     [](const Node* node) { return node->is_retracted(); });
}

Explain::Ends Explain::ends() const {
  const auto& config = score_.config();
  const std::int64_t last_anchor = episodes_.back()->facts.time;
  const std::int64_t quiet = members_.back()->facts.time + config.window.count();
  return {quiet,
          std::max(quiet, last_anchor + config.window.count() + config.complete_after.count())};
}

}  // namespace fusiond::fusion
