// Outcomes beside what was said: one sample for each incident of which officers found out whether
// it was so, as it stood before they did.
// Journey: calibrate/past.cc -> here -> calibrate/estimate.cc
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/calibrate/finding.h"
#include "daemon/calibrate/past.h"

namespace fusiond::calibrate {

struct Sample {
  bool founded = false;
  EventTime when;                    // when the incident began
  const Picture* then = nullptr;     // as it stood before the outcome
  const Picture* opening = nullptr;  // as it was told first
};

// What became of every outcome that could be read; they add up.
struct Fates {
  std::size_t read = 0;
  std::size_t used = 0;           // decided what an incident was
  std::size_t undecided = 0;      // unconfirmed or unknown
  std::size_t duplicates = 0;     // says that another report's number stands for it
  std::size_t repeats = 0;        // said before of the same id
  std::size_t replaced = 0;       // a later one of the same id says otherwise
  std::size_t contradictory = 0;  // of one id and one time, and they differ
  std::size_t unknown_id = 0;
  std::size_t ambiguous_id = 0;  // two agencies or sources have that number
  std::size_t too_early = 0;     // before anything was told of it
  std::size_t withdrawn = 0;     // the incident had been withdrawn by then
  std::size_t in_part = 0;       // a large incident, which lists only part of its reports
  std::size_t knowing = 0;  // without a time, and the incident says that a report was called off
  std::vector<std::string> lost;  // of the first of these: file:line and why
};

// How incidents ended, by what officers found: never one "accuracy".
struct Endings {
  std::size_t founded = 0, unfounded = 0, unconfirmed = 0, none = 0;
  [[nodiscard]] std::size_t all() const { return founded + unfounded + unconfirmed + none; }
  [[nodiscard]] std::size_t with_outcome() const { return all() - none; }
};

struct Samples {
  std::vector<Sample> all;  // by (when, first event)
  Fates fates;
  std::size_t agreeing = 0, disagreeing = 0;  // incidents of which several outcomes were told
  std::map<std::string, Endings> by_family;   // every incident that stands
  std::map<WitnessKind, Endings> by_teller;   // of its first report
};

// Of several outcomes of one incident founded counts before unfounded before unconfirmed. `past`
// outlives the samples.
[[nodiscard]] Samples samples_of(const Past& past, std::vector<Outcome> outcomes);

}  // namespace fusiond::calibrate
