// Random findings of rules, and factors, for property tests: valid, full of optional parts,
// replayed by a seed.
#pragma once

#include <string>

#include "daemon/model/incident.h"
#include "tests/support/random_values.h"

namespace fusiond::test {

class RandomFindings : public RandomValues {
 public:
  using RandomValues::RandomValues;

  Factor factor() {
    return {word(FactorKind::limit),
            word(WitnessKind::unit),
            text(),
            static_cast<std::uint32_t>(below(500)),
            number(-5000, 5000),
            number(-9000, 9000),
            number(-9000, 9000),
            several<EventId>([this] { return event_id(); })};
  }

  FindingPart finding_part() {
    FindingPart p;
    p.name = text();
    p.role = word(PartRole::absent);
    p.state = word(PartState::waiting);
    p.count = static_cast<std::uint32_t>(below(99));
    p.wanted = static_cast<std::uint32_t>(below(9));
    p.effective_milli = number(0, 2000);
    p.each_mn = number(-5000, 5000);
    p.total_mn = number(-5000, 5000);
    p.event_ids = several<EventId>([this] { return event_id(); });
    p.misses = several<Miss>(
        [this] { return Miss{event_id(), word(Limit::protected_), number(-9, 1'000'000'000)}; });
    p.missed = static_cast<std::uint32_t>(below(99));
    p.until = Micros{number(0, 1'700'000'000'000'000)};
    return p;
  }

  Finding finding() {
    Finding f;
    f.rule = text();
    f.version = static_cast<std::uint32_t>(below(99));
    f.state = word(FindingState::firm);
    f.type = text();
    f.title = text();
    f.odds_mn = number(-9000, 9000);
    f.probability_permille = static_cast<std::uint32_t>(below(1001));
    f.provisional_mn = number(-9000, 9000);
    f.firm_mn = number(-9000, 9000);
    f.needs = several<std::string>([this] { return text(); });
    f.priority = static_cast<std::uint8_t>(below(11));
    f.priority_steps = several<PriorityStep>(
        [this] { return PriorityStep{static_cast<std::uint8_t>(below(11)), text()}; });
    f.parts = several<FindingPart>([this] { return finding_part(); });
    f.suppressed_by = several<std::string>([this] { return text(); });
    f.verify_before = several<std::string>([this] { return text(); });
    if (often()) {
      f.route = {"dispatch", static_cast<std::uint32_t>(below(99)), text()};
    }
    f.cameras = several<CameraView>(
        [this] { return CameraView{text(), static_cast<std::uint32_t>(below(999))}; });
    f.pins = several<EvidencePin>([this] {
      return EvidencePin{text(), event_time(number(0, 1'700'000'000'000'000)),
                         event_time(number(0, 1'700'000'000'000'000))};
    });
    return f;
  }
};

}  // namespace fusiond::test
