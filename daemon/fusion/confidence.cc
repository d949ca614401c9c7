#include "daemon/fusion/confidence.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/fusion/log_table.h"

namespace fusiond::fusion {
namespace {

constexpr std::int64_t kOne = 1000;

// `events` are those that a factor is about, or the first of them.
template <class Events>
void name_events(const Events& events, std::size_t count, Factor& factor) {
  factor.event_ids.resize(std::min(count, kFactorEvents));
  for (std::size_t i = 0; i < factor.event_ids.size(); ++i) {
    factor.event_ids[i] = events[i]->id;
  }
}

void name_event(const Event& event, Factor& factor) {
  name_events(std::array{&event}, 1, factor);
}

// Some events: how many there are, and the first of them.
struct Count {
  std::uint32_t all = 0;
  std::uint32_t named = 0;
  std::array<const Event*, kFactorEvents> first;
  void name(const Event& event) {
    if (named < first.size()) {
      first[named++] = &event;
    }
  }
};

}  // namespace

WitnessName witness_name(const Event& event) {
  using Space = WitnessName::Space;
  if (!event.provenance.empty()) {
    return {Space::provenance, event.provenance};
  }
  if (!event.keys.caller.empty()) {
    return {Space::caller, event.keys.caller};
  }
  if (!event.keys.device.empty()) {
    return {Space::device, event.keys.device};
  }
  if (event.source_kind == SourceKind::acoustic) {
    return {Space::source, event.source.str()};  // one array of sensors
  }
  if (witness_kind(event) == WitnessKind::unit && !event.keys.cad_number.empty()) {
    return {Space::cad, event.keys.cad_number};  // the units on one call
  }
  return {Space::event, event.id.bytes()};
}

std::uint32_t permille_of(std::int64_t odds_mn) {
  const std::int64_t one = exp_q30(0);
  const std::int64_t less = exp_q30(std::abs(odds_mn) * 1000);
  const std::int64_t smaller = divided<std::int64_t>(kOne * less, one + less);
  return static_cast<std::uint32_t>(odds_mn < 0 ? smaller : kOne - smaller);
}

std::int64_t Confidence::own_mn(const Event& event) const {
  const auto& row = entry(witness_kind(event));
  if (!event.confidence_permille || row.own_slope_mn == 0) {
    return 0;
  }
  const std::int64_t above = std::int64_t{*event.confidence_permille} - kOne / 2;
  return std::clamp(divided<std::int64_t>(row.own_slope_mn * above, kOne), -row.own_bound_mn,
                    row.own_bound_mn);
}

std::int64_t Confidence::kind_mn(const Event& event) const {
  const auto found = config_.kinds_mn.find(event.kind);
  return found == config_.kinds_mn.end() ? 0 : found->second;
}

Confidence::Fate Confidence::fate_of(const Event& event) {
  if (event.lifecycle == Lifecycle::retract) {
    return Fate::retracted;
  }
  return event.lifecycle == Lifecycle::cancel ? Fate::cancelled : Fate::stands;
}

Confidence::Voice Confidence::voice_of(const Testimony& one) const {
  Voice voice;
  voice.best = &one;
  voice.kind = witness_kind(*one.event);
  voice.kind_mn = kind_mn(*one.event);
  voice.own_mn = own_mn(*one.event);
  voice.alone_mn = entry(voice.kind).prior_mn + voice.kind_mn + voice.own_mn;
  voice.fate = fate_of(*one.event);
  return voice;
}

std::int64_t Confidence::effective_milli(std::size_t witnesses) const {
  const auto n = static_cast<std::int64_t>(witnesses);
  return n == 0 ? 0
                : divided<std::int64_t>(n * kOne * kOne,
                                        kOne + (n - 1) * std::int64_t{config_.share_permille});
}

// Numbers the witnesses by their first members.
void Confidence::number(const std::vector<Testimony>& members,
                        std::vector<std::uint32_t>& numbers) {
  numbers.assign(members.size(), 1);
  if (members.size() == 1) {
    return;
  }
  names_.clear();
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    names_.emplace_back(witness_name(*members[i].event), i);
  }
  std::sort(names_.begin(), names_.end());
  first_.resize(members.size());
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const bool same = i > 0 && names_[i].first == names_[i - 1].first;
    first_[names_[i].second] = same ? first_[names_[i - 1].second] : names_[i].second;
  }
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    numbers[i] = first_[i] == i ? ++count : numbers[first_[i]];
  }
}

// Hears the strongest report of each witness, and who of them speaks.
void Confidence::listen(const std::vector<Testimony>& members,
                        const std::vector<std::uint32_t>& numbers) {
  voices_.clear();
  counted_.clear();
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Voice voice = voice_of(members[i]);
    if (numbers[i] > voices_.size()) {
      voices_.push_back(voice);
    } else if (Voice& best = voices_[numbers[i] - 1];
               voice.fate > best.fate ||
               (voice.fate == best.fate && voice.alone_mn > best.alone_mn)) {
      best = voice;
    }
    if (voice.fate == Fate::stands) {
      counted_.push_back(&members[i]);
    }
  }
  speaking_.clear();
  strongest_ = nullptr;
  for (const Voice& voice : voices_) {
    if (voice.fate == Fate::stands || counted_.empty()) {
      speaking_.push_back(&voice);
      if (strongest_ == nullptr || voice.alone_mn > strongest_->alone_mn) {
        strongest_ = &voice;
      }
    }
  }
  if (counted_.empty()) {
    for (const Testimony& one : members) {
      counted_.push_back(&one);
    }
  }
}

void Confidence::weigh(const std::vector<Testimony>& members, Belief& belief) {
  FUSIOND_CHECK(!members.empty(), "an incident has members");
  number(members, belief.numbers);
  listen(members, belief.numbers);
  belief.witnesses = static_cast<std::uint32_t>(speaking_.size());
  belief.odds_mn = 0;
  factors_ = 0;
  add_prior(belief);
  add_witnesses(belief);
  if (!add_alone(belief)) {
    add_fits(belief);
  }
  add_against(belief);
  limit(belief);
  spare_.fit(belief.factors, factors_);
}

// One more factor, as most are: of one report, counted once, about no kind, with no event named.
Factor& Confidence::add(FactorKind kind, WitnessKind witness, std::int64_t total_mn,
                        Belief& belief) {
  if (belief.factors.size() == factors_) {
    spare_.fit(belief.factors, factors_ + 1);
  }
  Factor& factor = belief.factors[factors_++];
  factor.factor = kind;
  factor.witness = witness;
  factor.about.clear();
  factor.count = 1;
  factor.effective_milli = kOne;
  factor.each_mn = total_mn;
  factor.total_mn = total_mn;
  factor.event_ids.clear();
  belief.odds_mn += total_mn;
  return factor;
}

// The strongest report alone: its kind of witness, what it says, how sure its source is.
void Confidence::add_prior(Belief& belief) {
  const Voice& voice = *strongest_;
  const Event& event = *voice.best->event;
  Factor& prior = add(FactorKind::prior, voice.kind, entry(voice.kind).prior_mn, belief);
  prior.about = event.kind;
  name_event(event, prior);
  if (voice.kind_mn != 0) {
    Factor& kind = add(FactorKind::kind, voice.kind, voice.kind_mn, belief);
    kind.about = event.kind;
    name_event(event, kind);
  }
  if (voice.own_mn != 0) {
    Factor& own = add(FactorKind::own, voice.kind, voice.own_mn, belief);
    own.effective_milli = std::int64_t{*event.confidence_permille} - kOne / 2;
    own.each_mn = entry(voice.kind).own_slope_mn;
    name_event(event, own);
  }
}

// The others, kind by kind; of the strongest one's kind what they add to it.
void Confidence::add_witnesses(Belief& belief) {
  if (speaking_.size() == 1) {
    return;  // nobody else
  }
  std::array<Count, kWitnessKinds> counts;
  for (const Voice* voice : speaking_) {
    Count& count = counts[static_cast<std::size_t>(voice->kind)];
    ++count.all;
    if (voice != strongest_) {
      count.name(*voice->best->event);
    }
  }
  for (std::size_t k = 0; k < kWitnessKinds; ++k) {
    const auto kind = static_cast<WitnessKind>(k);
    const std::int64_t effective =
        effective_milli(counts[k].all) - (kind == strongest_->kind ? kOne : 0);
    const std::int64_t each = entry(kind).likelier_mn;
    const auto total = divided<std::int64_t>(each * effective, kOne);
    if (effective > 0 && total != 0) {
      Factor& factor = add(FactorKind::witnesses, kind, total, belief);
      factor.count = counts[k].all;
      factor.effective_milli = effective;
      factor.each_mn = each;
      name_events(counts[k].first, counts[k].named, factor);
    }
  }
}

void Confidence::add_fits(Belief& belief) {
  if (!entry(strongest_->kind).fits) {
    return;
  }
  const Testimony* best = nullptr;
  for (const Testimony* one : counted_) {
    const bool counts = one->fits_mn && entry(witness_kind(*one->event)).fits;
    if (counts && (best == nullptr || *one->fits_mn > *best->fits_mn)) {
      best = one;
    }
  }
  if (best == nullptr || *best->fits_mn <= 0) {
    return;
  }
  const std::int64_t counted = std::min(*best->fits_mn, config_.fits_most_mn);
  Factor& factor = add(FactorKind::fits, witness_kind(*best->event), counted, belief);
  factor.effective_milli = counted;
  factor.each_mn = kOne;
  name_event(*best->event, factor);
}

// One voice that never stops; whether it is so.
bool Confidence::add_alone(Belief& belief) {
  if (speaking_.size() != 1 || !entry(strongest_->kind).repeats) {
    return false;
  }
  std::uint32_t said = 0;
  for (const Testimony* one : counted_) {
    said += 1 + one->copies;
  }
  if (said <= config_.alone_after) {
    return false;
  }
  Factor& factor = add(FactorKind::alone, strongest_->kind, -config_.alone_mn, belief);
  factor.count = said;
  name_event(*strongest_->best->event, factor);
  return true;
}

void Confidence::add_against(Belief& belief) {
  const auto against = [&](Fate fate, FactorKind kind, std::int64_t each_mn) {
    Count count;
    for (const Voice& voice : voices_) {
      if (voice.fate == fate) {
        ++count.all;
        count.name(*voice.best->event);
      }
    }
    const std::int64_t effective = effective_milli(count.all);
    const auto total = divided<std::int64_t>(-each_mn * effective, kOne);
    if (total != 0) {
      Factor& factor = add(kind, WitnessKind::unspecified, total, belief);
      factor.count = count.all;
      factor.effective_milli = effective;
      factor.each_mn = -each_mn;
      name_events(count.first, count.named, factor);
    }
  };
  against(Fate::retracted, FactorKind::retracted, config_.retracted_mn);
  against(Fate::cancelled, FactorKind::cancelled, config_.cancelled_mn);
}

void Confidence::limit(Belief& belief) {
  const std::int64_t most = config_.limit_mn;
  const std::int64_t off = std::clamp(belief.odds_mn, -most, most) - belief.odds_mn;
  if (off != 0) {
    add(FactorKind::limit, WitnessKind::unspecified, off, belief).count = 0;
  }
  belief.permille = permille_of(belief.odds_mn);
}

}  // namespace fusiond::fusion
