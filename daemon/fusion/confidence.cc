#include "daemon/fusion/confidence.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/fusion/log_table.h"

namespace fusiond::fusion {
namespace {

constexpr std::int64_t kOne = 1000;

// What became of a report; of several by one witness the largest counts.
enum class Fate : std::uint8_t { retracted, cancelled, stands };

Fate fate_of(const Event& event) {
  if (event.lifecycle == Lifecycle::retract) {
    return Fate::retracted;
  }
  return event.lifecycle == Lifecycle::cancel ? Fate::cancelled : Fate::stands;
}

void name_event(Factor& factor, const Event& event) {
  if (factor.event_ids.size() < kFactorEvents) {
    factor.event_ids.push_back(event.id);
  }
}

void add(Belief& belief, Factor factor) {
  belief.odds_mn += factor.total_mn;
  belief.factors.push_back(std::move(factor));
}

}  // namespace

// One voice per witness, in the order of their first members.
struct Confidence::Voices {
  struct Voice {
    const Testimony* best = nullptr;  // its strongest report, the first of equals
    std::int64_t alone_mn = 0;
    WitnessKind kind = WitnessKind::unspecified;  // of the strongest
    Fate fate = Fate::retracted;
  };
  std::vector<Voice> all;
  std::vector<const Testimony*> counted;  // what stands; everything when nothing does
  std::vector<const Voice*> speaking;     // whose reports are counted
  const Voice* strongest = nullptr;
};

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
  return {Space::event, event.id.str()};
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

std::int64_t Confidence::alone_mn(const Event& event) const {
  return entry(witness_kind(event)).prior_mn + kind_mn(event) + own_mn(event);
}

std::int64_t Confidence::effective_milli(std::size_t witnesses) const {
  const auto n = static_cast<std::int64_t>(witnesses);
  return n == 0 ? 0
                : divided<std::int64_t>(n * kOne * kOne,
                                        kOne + (n - 1) * std::int64_t{config_.share_permille});
}

Belief Confidence::weigh(const std::vector<Testimony>& members) const {
  FUSIOND_CHECK(!members.empty(), "an incident has members");
  Belief belief;
  std::vector<std::pair<WitnessName, std::uint32_t>> names;
  names.reserve(members.size());
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    names.emplace_back(witness_name(*members[i].event), i);
  }
  std::sort(names.begin(), names.end());
  std::vector<std::uint32_t> first(members.size());  // of each member: its witness's first member
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool same = i > 0 && names[i].first == names[i - 1].first;
    first[names[i].second] = same ? first[names[i - 1].second] : names[i].second;
  }
  Voices voices;
  belief.numbers.resize(members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Testimony& one = members[i];
    if (first[i] == i) {
      voices.all.emplace_back();
    }
    belief.numbers[i] =
        first[i] == i ? static_cast<std::uint32_t>(voices.all.size()) : belief.numbers[first[i]];
    Voices::Voice& voice = voices.all[belief.numbers[i] - 1];
    const Fate fate = fate_of(*one.event);
    const std::int64_t alone = alone_mn(*one.event);
    if (voice.best == nullptr || fate > voice.fate ||
        (fate == voice.fate && alone > voice.alone_mn)) {
      voice = {&one, alone, witness_kind(*one.event), fate};
    }
    if (fate == Fate::stands) {
      voices.counted.push_back(&one);
    }
  }
  for (const Voices::Voice& voice : voices.all) {
    if (voice.fate == Fate::stands || voices.counted.empty()) {
      voices.speaking.push_back(&voice);
      if (voices.strongest == nullptr || voice.alone_mn > voices.strongest->alone_mn) {
        voices.strongest = &voice;
      }
    }
  }
  if (voices.counted.empty()) {
    for (const Testimony& one : members) {
      voices.counted.push_back(&one);
    }
  }
  belief.witnesses = static_cast<std::uint32_t>(voices.speaking.size());
  add_prior(voices, belief);
  add_witnesses(voices, belief);
  if (!add_alone(voices, belief)) {
    add_fits(voices, belief);
  }
  add_against(voices, belief);
  limit(belief);
  return belief;
}

// The strongest report alone: its kind of witness, what it says, how sure its source is.
void Confidence::add_prior(const Voices& voices, Belief& belief) const {
  const Event& event = *voices.strongest->best->event;
  const auto& row = entry(voices.strongest->kind);
  add(belief, {FactorKind::prior,
               voices.strongest->kind,
               event.kind,
               1,
               kOne,
               row.prior_mn,
               row.prior_mn,
               {event.id}});
  if (const std::int64_t kind = kind_mn(event); kind != 0) {
    add(belief,
        {FactorKind::kind, voices.strongest->kind, event.kind, 1, kOne, kind, kind, {event.id}});
  }
  if (const std::int64_t own = own_mn(event); own != 0) {
    const std::int64_t above = std::int64_t{*event.confidence_permille} - kOne / 2;
    add(belief,
        {FactorKind::own, voices.strongest->kind, "", 1, above, row.own_slope_mn, own, {event.id}});
  }
}

// The others, kind by kind; of the strongest one's kind what they add to it.
void Confidence::add_witnesses(const Voices& voices, Belief& belief) const {
  std::array<Factor, kWitnessKinds> factors;
  for (const Voices::Voice* voice : voices.speaking) {
    Factor& factor = factors[static_cast<std::size_t>(voice->kind)];
    ++factor.count;
    if (voice != voices.strongest) {
      name_event(factor, *voice->best->event);
    }
  }
  for (std::size_t k = 0; k < kWitnessKinds; ++k) {
    Factor& factor = factors[k];
    factor.factor = FactorKind::witnesses;
    factor.witness = static_cast<WitnessKind>(k);
    factor.each_mn = entry(factor.witness).likelier_mn;
    factor.effective_milli =
        effective_milli(factor.count) - (factor.witness == voices.strongest->kind ? kOne : 0);
    factor.total_mn = divided<std::int64_t>(factor.each_mn * factor.effective_milli, kOne);
    if (factor.effective_milli > 0 && factor.total_mn != 0) {
      add(belief, std::move(factor));
    }
  }
}

void Confidence::add_fits(const Voices& voices, Belief& belief) const {
  if (!entry(voices.strongest->kind).fits) {
    return;
  }
  const Testimony* best = nullptr;
  for (const Testimony* one : voices.counted) {
    const bool counts = one->fits_mn && entry(witness_kind(*one->event)).fits;
    if (counts && (best == nullptr || *one->fits_mn > *best->fits_mn)) {
      best = one;
    }
  }
  if (best == nullptr || *best->fits_mn <= 0) {
    return;
  }
  const std::int64_t counted = std::min(*best->fits_mn, config_.fits_most_mn);
  add(belief, {FactorKind::fits,
               witness_kind(*best->event),
               "",
               1,
               counted,
               kOne,
               counted,
               {best->event->id}});
}

// One voice that never stops; whether it is so.
bool Confidence::add_alone(const Voices& voices, Belief& belief) const {
  if (voices.speaking.size() != 1 || !entry(voices.strongest->kind).repeats) {
    return false;
  }
  std::uint32_t said = 0;
  for (const Testimony* one : voices.counted) {
    said += 1 + one->copies;
  }
  if (said <= config_.alone_after) {
    return false;
  }
  add(belief, {FactorKind::alone,
               voices.strongest->kind,
               "",
               said,
               kOne,
               -config_.alone_mn,
               -config_.alone_mn,
               {voices.strongest->best->event->id}});
  return true;
}

void Confidence::add_against(const Voices& voices, Belief& belief) const {
  const auto against = [&](Fate fate, FactorKind kind, std::int64_t each_mn) {
    Factor factor{kind, WitnessKind::unspecified, "", 0, 0, -each_mn, 0, {}};
    for (const Voices::Voice& voice : voices.all) {
      if (voice.fate == fate) {
        ++factor.count;
        name_event(factor, *voice.best->event);
      }
    }
    factor.effective_milli = effective_milli(factor.count);
    factor.total_mn = divided<std::int64_t>(factor.each_mn * factor.effective_milli, kOne);
    if (factor.total_mn != 0) {
      add(belief, std::move(factor));
    }
  };
  against(Fate::retracted, FactorKind::retracted, config_.retracted_mn);
  against(Fate::cancelled, FactorKind::cancelled, config_.cancelled_mn);
}

void Confidence::limit(Belief& belief) const {
  const std::int64_t most = config_.limit_mn;
  const std::int64_t off = std::clamp(belief.odds_mn, -most, most) - belief.odds_mn;
  if (off != 0) {
    add(belief, {FactorKind::limit, WitnessKind::unspecified, "", 0, kOne, off, off, {}});
  }
  belief.permille = permille_of(belief.odds_mn);
}

}  // namespace fusiond::fusion
