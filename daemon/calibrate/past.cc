#include "daemon/calibrate/past.h"

#include <algorithm>
#include <tuple>

#include "daemon/base/check.h"

namespace fusiond::calibrate {
namespace {

constexpr int kLongestChain = 1000;  // of incidents merged into each other

template <class Lists>
void grow(Lists& lists, std::uint32_t size) {
  if (lists.size() < size) {
    lists.resize(size);
  }
}

bool stands(const Picture& picture) {
  return picture.state != IncidentState::merged && picture.state != IncidentState::withdrawn;
}

bool holds(const Picture& picture, std::uint32_t event) {
  return std::any_of(picture.reports.begin(), picture.reports.end(),
                     [&](const Report& report) { return report.event == event; }) ||
         std::find(picture.left_out.begin(), picture.left_out.end(), event) !=
             picture.left_out.end();
}

}  // namespace

std::uint32_t Names::of(const std::string& word) {
  const auto [at, fresh] = numbers_.try_emplace(word, size());
  if (fresh) {
    words_.push_back(word);
  }
  return at->second;
}

std::optional<std::uint32_t> Names::find(const std::string& word) const {
  const auto found = numbers_.find(word);
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

void Past::name(NamedEvents& in, const std::string& word, const Named& one) {
  if (word.empty()) {
    return;
  }
  const auto [at, fresh] = in.try_emplace(word, one);
  Named& known = at->second;
  known.several = known.several || known.whole != one.whole;
  if (!fresh && std::tie(one.heard, one.event) < std::tie(known.heard, known.event)) {
    known.event = one.event;
    known.heard = one.heard;
  }
}

void Past::note(const Member& member, std::uint32_t event) {
  const WallTime heard = member.first_received;
  name(by_source_id_, member.source_event_id, {event, heard, member.source.str()});
  const std::string& cad = member.keys.cad_number;
  name(by_cad_, cad, {event, heard, cad});
  if (const auto slash = cad.rfind('/'); slash != std::string::npos) {
    name(by_cad_, cad.substr(slash + 1), {event, heard, cad});
  }
}

void Past::take(const IncidentRevision& revision) {
  const IncidentContent& content = revision.content;
  const std::uint32_t incident = incidents_.of(content.id.str());
  Picture picture;
  picture.epoch = revision.epoch;
  picture.revision = revision.revision;
  picture.told = revision.updated;
  picture.first = content.first_occurred;
  picture.state = content.state;
  picture.odds_mn = content.odds_mn;
  picture.family = families_.of(content.family);
  picture.association = associations_.of(revision.versions.association);
  if (content.state == IncidentState::merged) {
    picture.merged_into = incidents_.of(content.merged_into.str());
  }
  grow(pictures_, incidents_.size());
  const auto home = [&](const EventId& id) {
    const std::uint32_t event = events_.of(id.str());
    grow(homes_, events_.size());
    auto& homes = homes_[event];
    if (std::find(homes.begin(), homes.end(), incident) == homes.end()) {
      homes.push_back(incident);
    }
    return event;
  };
  for (const Member& member : content.members) {
    Report report;
    report.event = home(member.event_id);
    report.witness = member.witness;
    report.kind = kinds_.of(member.kind);
    report.copies = member.copies;
    report.teller = witness_kind(member.source_kind,
                                 member.place ? member.place->method : LocationMethod::unspecified);
    report.lifecycle = member.lifecycle;
    report.sure_permille = member.confidence_permille;
    grow(tellers_, kinds_.size());
    ++tellers_[report.kind][static_cast<std::size_t>(report.teller)];
    note(member, report.event);
    picture.reports.push_back(report);
  }
  for (const EventId& id : content.members_left_out) {
    picture.left_out.push_back(home(id));
  }
  for (const Factor& factor : content.factors) {
    if (factor.factor == FactorKind::fits && !factor.event_ids.empty()) {
      const std::uint32_t event = events_.of(factor.event_ids.front().str());
      grow(homes_, events_.size());
      picture.fits = {event, factor.effective_milli};
    }
  }
  pictures_[incident].push_back(std::move(picture));
}

void Past::settle() {
  grow(pictures_, incidents_.size());
  for (auto& pictures : pictures_) {
    const auto order = [](const Picture& one) { return std::pair(one.epoch, one.revision); };
    std::stable_sort(pictures.begin(), pictures.end(),
                     [&](const Picture& a, const Picture& b) { return order(a) < order(b); });
    const auto repeats =
        std::unique(pictures.begin(), pictures.end(),
                    [&](const Picture& a, const Picture& b) { return order(a) == order(b); });
    pictures.erase(repeats, pictures.end());
  }
}

const Picture* Past::before(std::uint32_t incident, std::optional<WallTime> time) const {
  const auto& pictures = pictures_[incident];
  for (auto at = pictures.rbegin(); at != pictures.rend(); ++at) {
    if (!time || at->told < *time) {
      return &*at;
    }
  }
  return nullptr;
}

Found Past::of_incident(std::uint32_t incident, std::optional<WallTime> time) const {
  for (int i = 0; i < kLongestChain; ++i) {
    const Picture* picture = before(incident, time);
    if (picture == nullptr) {
      return {Lost::too_early, incident, nullptr};
    }
    if (picture->state != IncidentState::merged) {
      const bool gone = picture->state == IncidentState::withdrawn;
      return {gone ? Lost::withdrawn : Lost::no, incident, picture};
    }
    incident = picture->merged_into;
  }
  return {Lost::unknown, incident, nullptr};
}

Found Past::of_event(std::uint32_t event, std::optional<WallTime> time) const {
  Found found{Lost::too_early, 0, nullptr};
  for (const std::uint32_t incident : homes_[event]) {
    const Picture* picture = before(incident, time);
    if (picture == nullptr || !holds(*picture, event)) {
      continue;
    }
    if (!stands(*picture)) {
      found.lost = found.picture == nullptr ? Lost::withdrawn : found.lost;
    } else if (found.picture == nullptr || found.picture->told < picture->told) {
      found = {Lost::no, incident, picture};
    }
  }
  return found;
}

Found Past::look(const std::string& id, std::optional<WallTime> time) const {
  if (const auto incident = incidents_.find(id)) {
    return of_incident(*incident, time);
  }
  if (const auto event = events_.find(id)) {
    return of_event(*event, time);
  }
  for (const NamedEvents* names : {&by_source_id_, &by_cad_}) {
    if (const auto named = names->find(id); named != names->end()) {
      return named->second.several ? Found{Lost::ambiguous, 0, nullptr}
                                   : of_event(named->second.event, time);
    }
  }
  return {Lost::unknown, 0, nullptr};
}

Found Past::at_last(std::uint32_t incident) const {
  return of_incident(incident, std::nullopt);
}

const Picture& Past::first_of(std::uint32_t incident) const {
  FUSIOND_CHECK(!pictures_[incident].empty(), "an incident that was found has a picture");
  return pictures_[incident].front();
}

std::vector<std::uint32_t> Past::standing() const {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < pictures_.size(); ++i) {
    if (!pictures_[i].empty() && stands(pictures_[i].back())) {
      found.push_back(i);
    }
  }
  return found;
}

WitnessKind Past::teller_of(std::uint32_t kind) const {
  const auto& row = tellers_[kind];
  return static_cast<WitnessKind>(std::max_element(row.begin(), row.end()) - row.begin());
}

std::size_t Past::pictures() const {
  std::size_t count = 0;
  for (const auto& pictures : pictures_) {
    count += pictures.size();
  }
  return count;
}

}  // namespace fusiond::calibrate
