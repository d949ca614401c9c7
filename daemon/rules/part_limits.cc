#include "daemon/rules/part_limits.h"

#include <algorithm>
#include <cstdlib>

namespace fusiond::rules {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kUnitsPerMetre = 16;

// The largest r with r * r <= n.
std::int64_t root(Wide n) {
  Wide low = 0;
  Wide high = Wide{1} << 40;
  while (low < high) {
    const Wide middle = (low + high + 1) / 2;
    if (middle * middle <= n) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return static_cast<std::int64_t>(low);
}

// The least whole number of centimetres that reaches from a to b.
std::int64_t distance_cm(const Point& a, const Point& b) {
  const auto square = [](std::int64_t d) { return Wide{d} * d; };
  const Wide units2 = square(a.x - b.x) + square(a.y - b.y) + square(a.z - b.z);
  constexpr Wide kUnits2 = Wide{kUnitsPerMetre} * kUnitsPerMetre;
  constexpr Wide kCentimetres2 = Wide{100} * 100;
  const std::int64_t cm = root(units2 * kCentimetres2 / kUnits2);
  return Wide{cm} * cm * kUnits2 < units2 * kCentimetres2 ? cm + 1 : cm;
}

}  // namespace

std::string_view field_of(const Report& report, Field field) {
  const Event& event = *report.deciding;
  switch (field) {
    case Field::caller:
      return event.keys.caller;
    case Field::device:
      return event.keys.device;
    case Field::plate:
      return event.keys.plate;
    case Field::cad_number:
      return event.keys.cad_number;
    case Field::source:
      return event.source.str();
    case Field::author:
      return event.provenance;
    case Field::report:
      return event.id.str();
    case Field::witness:
      break;
  }
  return {};
}

PartLimits::PartLimits(const Bundle& bundle, const Part& part,
                       const std::function<std::uint32_t(const std::string&)>& kind_of)
    : bundle_(&bundle), part_(&part) {
  for (const std::string& name : part.match.kinds) {
    const std::uint32_t kind = kind_of(name);
    if (kinds_.size() <= kind) {
      kinds_.resize(kind + 1);
    }
    kinds_[kind] = true;
  }
  if (!part.match.words.empty()) {
    words_ = std::make_unique<WordSet>(bundle.word_lists.at(part.match.words).words);
  }
}

bool PartLimits::takes(const Report& report) const {
  const bool of_kind = kinds_.empty() || (report.kind < kinds_.size() && kinds_[report.kind]);
  return of_kind && report.shown->lifecycle != Lifecycle::retract &&
         part_->from.has(witness_kind(*report.shown));
}

PartLimits::Answer PartLimits::missing() const {
  return part_->missing_fits ? Answer{} : Missed{Limit::missing, 0};
}

PartLimits::Answer PartLimits::in_words(const Report& report) const {
  const Match& match = part_->match;
  const Event& shown = *report.shown;
  if (match.least_confidence_permille) {
    if (!shown.confidence_permille) {
      if (const auto missed = missing()) {
        return missed;
      }
    } else if (*shown.confidence_permille < *match.least_confidence_permille) {
      return Missed{Limit::confidence,
                    *match.least_confidence_permille - *shown.confidence_permille};
    }
  }
  if (match.least_priority) {
    if (!shown.priority) {
      if (const auto missed = missing()) {
        return missed;
      }
    } else if (*shown.priority < *match.least_priority) {
      return Missed{Limit::priority, *match.least_priority - *shown.priority};
    }
  }
  const bool cancelled = shown.lifecycle == Lifecycle::cancel;
  if (cancelled ? !match.cancelled : !match.standing) {
    return Missed{Limit::state, 0};
  }
  if (const auto missed = in_lists(report)) {
    return missed;
  }
  return words_ && !words_->in(shown.headline) ? Missed{Limit::words, 0} : Answer{};
}

// On one of the lists, and of those on one that was new enough.
PartLimits::Answer PartLimits::in_lists(const Report& report) const {
  const Match& match = part_->match;
  if (match.plate_lists.empty()) {
    return {};
  }
  Answer missed = Missed{Limit::list, 0};
  for (const std::string& list : match.plate_lists) {
    const auto& of_report = report.shown->plate_lists;
    if (std::find(of_report.begin(), of_report.end(), list) == of_report.end()) {
      continue;
    }
    const Micros age = report.deciding->occurred - bundle_->plate_lists.at(list).as_of;
    if (!match.list_age || age <= *match.list_age) {
      return {};
    }
    const std::int64_t by = (age - *match.list_age).count();
    if (missed->limit == Limit::list || by < missed->by) {
      missed = Missed{Limit::list_age, by};
    }
  }
  return missed;
}

PartLimits::Answer PartLimits::in_time(const Report& report, const Report* of) const {
  if (of == nullptr) {
    return Missed{Limit::reference, 0};
  }
  const Micros after = report.deciding->occurred - of->deciding->occurred;
  if (after < part_->time->from) {
    return Missed{Limit::time, (part_->time->from - after).count()};
  }
  return after > part_->time->to ? Missed{Limit::time, (after - part_->time->to).count()}
                                 : Answer{};
}

PartLimits::Answer PartLimits::in_place(const Report& report, const Report* of) const {
  const Near& near = *part_->near;
  if (of == nullptr) {
    return Missed{Limit::reference, 0};
  }
  if (!report.at || !of->at) {
    return missing();
  }
  std::int64_t away = distance_cm(*report.at, *of->at);
  if (near.use_error) {
    away -= std::int64_t{report.deciding->place->radius_cm} + of->deciding->place->radius_cm;
    away = std::max<std::int64_t>(away, 0);
  }
  if (near.within_cm && away > *near.within_cm) {
    return Missed{Limit::near, away - *near.within_cm};
  }
  if (near.beyond_cm && away < *near.beyond_cm) {
    return Missed{Limit::near, *near.beyond_cm - away};
  }
  if (near.speed_mm_per_s) {
    const std::int64_t us = std::abs((report.deciding->occurred - of->deciding->occurred).count());
    // away mm / us s; within no time only what is at one place.
    const Wide way = Wide{away} * 10 * 1'000'000;
    const Wide can = Wide{*near.speed_mm_per_s} * us;
    if (way > can) {
      const std::int64_t speed = us == 0 ? 0 : static_cast<std::int64_t>(way / us);
      return Missed{Limit::speed, us == 0 ? 0 : speed - *near.speed_mm_per_s};
    }
  }
  return {};
}

PartLimits::Answer PartLimits::is_same(const Report& report, const Report* of) const {
  if (of == nullptr) {
    return Missed{Limit::reference, 0};
  }
  const std::string_view own = field_of(report, part_->same->field);
  const std::string_view other = field_of(*of, part_->same->field);
  if (own.empty() || other.empty()) {
    return missing();
  }
  return own == other ? Answer{} : Missed{Limit::same, 0};
}

PartLimits::Answer PartLimits::is_protected(const Report& report) const {
  const WitnessKind kind = witness_kind(*report.shown);
  const auto& place = report.deciding->place;
  if ((kind != WitnessKind::social && kind != WitnessKind::plate) || !place) {
    return {};
  }
  for (const auto& [name, event] : bundle_->protected_events) {
    if (has(event.when, report.deciding->occurred) &&
        bundle_->zones.inside(event.inside, {place->lat_e7, place->lon_e7})) {
      return Missed{Limit::protected_, 0};
    }
  }
  return {};
}

std::optional<Missed> PartLimits::missed(const Report& report, std::span<const Report* const> first,
                                         bool threat_to_life) const {
  if (!threat_to_life) {
    if (const auto missed = is_protected(report)) {
      return missed;
    }
  }
  if (const auto missed = in_words(report)) {
    return missed;
  }
  if (part_->time) {
    if (const auto missed = in_time(report, first[part_->time->of])) {
      return missed;
    }
  }
  if (part_->near) {
    if (const auto missed = in_place(report, first[part_->near->of])) {
      return missed;
    }
  }
  if (part_->same) {
    if (const auto missed = is_same(report, first[part_->same->of])) {
      return missed;
    }
  }
  if (!part_->inside.empty()) {
    const auto& place = report.deciding->place;
    if (!place) {
      return missing();
    }
    if (!bundle_->zones.inside(part_->inside, {place->lat_e7, place->lon_e7})) {
      return Missed{Limit::inside, 0};
    }
  }
  return std::nullopt;
}

}  // namespace fusiond::rules
