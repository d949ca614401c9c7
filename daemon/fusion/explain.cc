#include "daemon/fusion/explain.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/fusion/cases.h"
#include "daemon/fusion/place_estimate.h"
#include "daemon/fusion/reason.h"

namespace fusiond::fusion {
namespace {

// Of several reports the ones that still stand; all of them when none does.
std::vector<Node*> standing(const std::vector<Node*>& members) {
  std::vector<Node*> left;
  std::copy_if(members.begin(), members.end(), std::back_inserter(left),
               [](const Node* node) { return !node->is_retracted(); });
  return left.empty() ? members : left;
}

// Chance that a link short by this much is right all the same: the logistic function, in permille.
std::uint32_t chance_permille(std::int64_t short_by_mn) {
  const std::int64_t one = exp_q30(0);
  const std::int64_t odds = exp_q30(std::abs(short_by_mn) * 1000);
  const std::int64_t smaller = divided<std::int64_t>(1000 * odds, one + odds);
  return static_cast<std::uint32_t>(short_by_mn >= 0 ? smaller : 1000 - smaller);
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

Member Explain::member_of(const Node& node) const {
  const Event& shown = node.state.newest();
  Member member;
  member.event_id = node.id;
  member.source = shown.source;
  member.source_event_id = shown.source_event_id;
  member.source_kind = shown.source_kind;
  member.revision = shown.revision;
  member.deciding_revision = node.state.deciding ? node.state.deciding->revision : 0;
  member.kind = shown.kind;
  member.family = score_.family_name(score_.family_of_kind(score_.kind_of(shown.kind)));
  member.headline = shown.headline;
  member.address_text = shown.address_text;
  member.occurred = event_time(node.facts.time);
  member.received = shown.received;
  member.place = shown.place;
  const bool anchor = node.role == Role::late || node.is_anchor();
  member.role = anchor ? MemberRole::anchor : MemberRole::supports;
  if (node.is_retracted()) {
    member.role = MemberRole::retracted;
  }
  member.reason = reason_of(node, kPriorMembers);
  member.copies = static_cast<std::uint32_t>(node.copies.size());
  member.flags = shown.flags;
  member.lifecycle = shown.lifecycle;
  if (node.state.shown) {
    member.deciding = deciding_of(node.deciding(), shown);
  }
  member.keys = node.deciding().keys;
  member.lateness = node.role == Role::late ? shown.lateness : Micros{0};
  member.stated_priority = shown.priority;
  member.confidence_permille = shown.confidence_permille;
  return member;
}

void Explain::describe(IncidentContent& content, const std::vector<Node*>& members) const {
  std::vector<std::uint32_t> kinds;
  std::optional<std::uint8_t> stated;
  bool actual = false;
  for (const Node* node : standing(members)) {
    const Event& shown = node->state.newest();
    kinds.push_back(score_.kind_of(shown.kind));
    if (shown.priority) {
      stated = std::max(stated.value_or(0), *shown.priority);
    }
    actual = actual || shown.status == Status::actual;
  }
  for (const Node* node : members) {
    if (content.address_text.empty()) {
      content.address_text = node->state.newest().address_text;
    }
  }
  content.family = score_.family_name(score_.family_of(kinds));
  const auto row = priorities_.families.find(content.family);
  const rules::FamilyEntry& entry =
      row == priorities_.families.end() ? priorities_.unclassified : row->second;
  content.type = entry.type;
  content.title = entry.title;
  content.priority = std::max(entry.priority, stated.value_or(0));
  content.status = actual ? Status::actual : members.front()->state.newest().status;
}

// Of the first episode that has a place; later ones may be where it has moved since.
std::optional<Estimate> Explain::estimate(const std::vector<Node*>& episodes) const {
  const auto placed = std::find_if(episodes.begin(), episodes.end(),
                                   [](const Node* anchor) { return anchor->facts.place.known; });
  if (placed == episodes.end()) {
    return std::nullopt;
  }
  std::vector<Fix> fixes;
  for (const Node* node :
       standing((*placed)->role == Role::late ? std::vector<Node*>{*placed} : (*placed)->members)) {
    fixes.push_back({witness_name(node->state.newest()), node->deciding().place.value_or(Place{}),
                     node->facts.place, node->facts.variance_m2});
  }
  return estimate_place(std::move(fixes), score_.config().place_trust);
}

std::vector<MaybeSame> Explain::maybe_same(Node& root, const std::vector<Node*>& episodes) const {
  std::map<IncidentId, std::int64_t> short_by;
  const auto note = [&](const NearMiss& miss) {
    Node* missed = nodes_.find(miss.anchor);
    Node* other = missed == nullptr ? nullptr : Cases::root_of(*missed);
    if (other == nullptr || other == &root) {
      return;
    }
    const auto [at, is_new] = short_by.emplace(other->named_by->incident_id(), miss.short_by_mn);
    if (!is_new) {
      at->second = std::min(at->second, miss.short_by_mn);
    }
  };
  for (const Node* episode : episodes) {
    for (const NearMiss& miss : episode->decision.near) {
      note(miss);
    }
    for (const NearMiss& miss : episode->near_cases) {
      note(miss);
    }
  }
  std::vector<MaybeSame> list;
  list.reserve(short_by.size());
  for (const auto& [id, missed] : short_by) {
    list.push_back({id, chance_permille(missed), missed});
  }
  std::stable_sort(list.begin(), list.end(), [](const MaybeSame& a, const MaybeSame& b) {
    return a.short_by_mn < b.short_by_mn;
  });
  if (list.size() > kMaybeSame) {
    list.resize(kMaybeSame);
  }
  return list;
}

IncidentContent Explain::content_of(Node& root) const {
  FUSIOND_CHECK(root.is_root() && root.named_by != nullptr, "only named roots have an incident");
  std::vector<Node*> episodes;
  std::vector<Node*> members;
  IncidentContent content;
  content.id = root.named_by->incident_id();
  content.late = true;
  each_episode(root, [&](Node& episode) { episodes.push_back(&episode); });
  std::sort(episodes.begin(), episodes.end(), Before{});
  for (Node* episode : episodes) {
    each_member(*episode, [&](Node& member) { members.push_back(&member); });
    content.late = content.late && episode->role == Role::late;
    if (auto link = link_of(*episode)) {
      content.links.push_back(std::move(*link));
    }
  }
  if (episodes.size() > 1) {
    std::sort(members.begin(), members.end(), Before{});
  }
  content.members.reserve(members.size());
  bool spoken_of = false;
  for (const Node* node : members) {
    content.members.push_back(member_of(*node));
    spoken_of = spoken_of || node->spoken_of;
  }
  if (spoken_of) {
    people_.show(root, content);
  }
  describe(content, members);
  weigh(content, members, root);
  content.place = estimate(episodes);
  content.maybe_same_as = maybe_same(root, episodes);
  content.first_occurred = event_time(members.front()->facts.time);
  content.last_occurred = event_time(members.back()->facts.time);
  const bool gone = std::all_of(members.begin(), members.end(),
                                [](const Node* node) { return node->is_retracted(); });
  content.state = gone ? IncidentState::withdrawn : IncidentState::open;
  return content;
}

void Explain::mark_retracted(IncidentContent& content) const {
  content.state = IncidentState::withdrawn;
  content.related_to.clear();
  content.maybe_same_as.clear();
  for (Member& member : content.members) {
    member.role = MemberRole::retracted;
    member.lifecycle = Lifecycle::retract;
  }
  confidence_.retract(content);
}

// By how much the best episode that `node` did not join beats chance, if a credible witness opened
// it and it is of another incident.
std::optional<std::int64_t> Explain::fits_mn(const Node& node, const Node& root) const {
  const Rival& rival = node.decision.runner_up;
  if (rival.missed == Gate::unspecified ||
      !confidence_.weighs_fits(witness_kind(node.state.newest()))) {
    return std::nullopt;
  }
  Node* anchor = nodes_.find(rival.anchor);
  if (anchor == nullptr || Cases::root_of(*anchor) == &root ||
      !confidence_.credible(anchor->facts.witness)) {
    return std::nullopt;
  }
  return rival.heard.total_mn - score_.config().background_ln_mn;
}

void Explain::weigh(IncidentContent& content, const std::vector<Node*>& members,
                    const Node& root) const {
  std::vector<Testimony> testimonies;
  testimonies.reserve(members.size());
  for (const Node* node : members) {
    testimonies.push_back({&node->state.newest(), static_cast<std::uint32_t>(node->copies.size()),
                           fits_mn(*node, root)});
  }
  Belief belief = confidence_.weigh(testimonies);
  content.witnesses = belief.witnesses;
  content.odds_mn = belief.odds_mn;
  content.confidence_permille = belief.permille;
  content.factors = std::move(belief.factors);
  for (std::size_t i = 0; i < content.members.size(); ++i) {
    content.members[i].witness = belief.numbers[i];
  }
}

Explain::Ends Explain::ends_of(Node& root, const IncidentContent& content) const {
  const auto& config = score_.config();
  std::int64_t last_anchor = root.facts.time;
  each_episode(
      root, [&](const Node& episode) { last_anchor = std::max(last_anchor, episode.facts.time); });
  const std::int64_t quiet = micros_of(content.last_occurred) + config.window.count();
  return {quiet,
          std::max(quiet, last_anchor + config.window.count() + config.complete_after.count())};
}

}  // namespace fusiond::fusion
