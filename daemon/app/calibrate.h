// `fusiond calibrate`: factors of confidence from what officers found, with a page that shows how
// right they are.
// Journey: main.cc -> here -> calibrate/past.cc
#pragma once

#include <cstdint>
#include <string>

#include "daemon/app/history.h"
#include "daemon/base/result.h"
#include "daemon/config/yaml_section.h"

namespace fusiond::app {

struct CalibrateOptions {
  std::string events;       // fused here, lines as for `fusiond fuse`, "-" = standard input; or ...
  HistorySource source;     // ... what was said of the incidents; used when `events` is empty
  std::string outcomes;     // a file of outcomes; empty = only the dispositions that events carry
  std::string codes;        // a city's disposition codes
  std::string types;        // table of types laid over the association
  std::string association;  // empty = the shipped one
  std::string out;          // the calibrated association
  std::string page;         // the page
  std::string json;         // the same for programs
  std::int64_t least_outcomes = 30;
  std::int64_t lateness_s = 3600;  // of lines of events that do not say theirs
};

struct CalibrateOutcome {
  std::uint64_t lines = 0;     // of events and outcomes, and dispositions of the events topic
  std::uint64_t rejected = 0;  // of these
  std::string version;         // of what was written
  std::string words;           // for a terminal
};

// Errors: bad_config (files that cannot be read or written; a file of outcomes without a head; a
// fault in the codes; `faults` holds those of YAML files), bad_input (too little to learn from:
// then nothing is written), those of the source. Never for a line: a bad one is told on standard
// error and counted.
Result<CalibrateOutcome> calibrate(const CalibrateOptions& options, config::Faults& faults);

}  // namespace fusiond::app
