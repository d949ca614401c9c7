// `fusiond tail`: follows the incidents of a log or of a running console, by the consumer's rule.
#pragma once

#include <string>

#include "daemon/base/result.h"
#include "daemon/bus/bus_config.h"

namespace fusiond::app {

struct TailOptions {
  std::string console;  // http://host:port of a running fusiond; empty = read the log below
  bus::BusConfig bus;
  bool json = false;
  bool until_end = false;  // stop at what the log holds now
  bool state = false;      // at the end only: "<id> <epoch> <revision> <value as hex>" per incident
  bool records = false;    // every record as it stands, repeats too, in the form of `state`
  bool canonical = false;  // at the end only: "<id> <JSON without what depends on arrival>"
};

// Writes to standard output until it ends or SIGINT / SIGTERM. Errors: bad_config, unavailable.
Result<void> tail(const TailOptions& options);

}  // namespace fusiond::app
