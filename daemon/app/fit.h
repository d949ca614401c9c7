// `fusiond fit`: an association estimated from a city's history, with a page that shows the fit.
// Journey: main.cc -> here -> fit/history.cc
#pragma once

#include <cstdint>
#include <string>

#include "daemon/base/result.h"
#include "daemon/config/yaml_section.h"

namespace fusiond::app {

struct FitOptions {
  std::string events;             // "-" = standard input; lines as for `fusiond fuse`
  std::string types;              // table of types laid over the association
  std::string links;              // groups of events that people linked
  std::string association;        // empty = the shipped one
  std::string out;                // the fitted association
  std::string page;               // the page
  std::string json;               // the same for programs
  std::int64_t prior_pairs = 20;  // what the given constants count for
};

struct FitOutcome {
  std::uint64_t lines = 0;
  std::uint64_t rejected = 0;
  std::string version;  // of what was written
  std::string words;    // what was estimated, in a few lines for a terminal
};

// Errors: bad_config (files that cannot be read or written; `faults` holds those of YAML files),
// never for a line of events: a bad one is told on standard error and counted.
Result<FitOutcome> fit(const FitOptions& options, config::Faults& faults);

}  // namespace fusiond::app
