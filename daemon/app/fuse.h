// `fusiond fuse`: both steps over a file of events, without a daemon, in the order of the file.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/base/result.h"
#include "daemon/config/yaml_section.h"
#include "daemon/fusion/association_config.h"

namespace fusiond::app {

struct FuseOptions {
  std::string events;              // "-" = standard input
  std::string types;               // table of types laid over the association
  std::string association;         // empty = the shipped one
  std::string rules;               // empty = the shipped ones
  std::string grouping;            // out: the final grouping; "-" = standard output
  std::string log;                 // out: one line per emission
  std::string rejects;             // out: lines that could not be used, with the reason
  std::int64_t lateness_s = 3600;  // of lines that do not say theirs
  std::int64_t tick_every_s = 10;
  bool content = false;  // the log with the whole record in each line
  bool stats = false;    // figures on standard error, as one line of JSON
};

// The association in a file (empty: the shipped one) with a table of types laid over it (empty:
// none). Errors: bad_config; `faults` holds those of the YAML file.
Result<fusion::AssociationConfig> association_of(const std::string& file, const std::string& types,
                                                 config::Faults& faults);

struct FuseOutcome {
  std::uint64_t lines = 0;
  std::uint64_t rejected = 0;
};

// Errors: bad_config (files that cannot be read or written; `faults` holds those of YAML files),
// never for a line: a bad one is told on standard error, counted and kept aside.
Result<FuseOutcome> fuse(const FuseOptions& options, config::Faults& faults);

}  // namespace fusiond::app
