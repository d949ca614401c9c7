// A bounded queue on disk between accepting a delivery and the log having it: what was accepted
// survives a crash and an absent broker.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/ports/bus.h"

namespace fusiond::ports {

struct SpoolEntry {
  std::uint64_t sequence = 0;
  OutRecord record;
};

// Threads: any for push; one at a time for peek and drop.
class Spool {
 public:
  virtual ~Spool() = default;
  // All or none, durable against a crash of the process when it returns. Errors: overloaded when
  // the bound would be passed (nothing was taken).
  virtual Result<void> push(const std::vector<OutRecord>& records) = 0;
  // Up to `max` entries with a sequence at or after `from`, oldest first.
  virtual Result<std::vector<SpoolEntry>> peek(std::uint64_t from, std::size_t max) const = 0;
  // Drops entries up to and including `sequence`.
  virtual Result<void> drop(std::uint64_t sequence) = 0;
  [[nodiscard]] virtual std::uint64_t bytes() const = 0;
  [[nodiscard]] virtual std::uint64_t entries() const = 0;
};

}  // namespace fusiond::ports
