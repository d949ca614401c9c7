// What intake counts of one source. Every part of a delivery is counted exactly once: parts =
// admitted + quarantined + skipped.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "daemon/base/metrics.h"
#include "daemon/ingest/intake.h"

namespace fusiond::ingest {

struct SourceCounts {
  std::uint64_t deliveries = 0;
  std::uint64_t parts = 0;
  std::uint64_t admitted = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t skipped = 0;
};

// Threads: add from the source's thread, counts from any.
class SourceCounters {
 public:
  SourceCounters(Metrics& metrics, std::string source);
  // Called once the take's records are safe.
  void add(const Take& take);
  [[nodiscard]] SourceCounts counts() const;

 private:
  Counter& named(const std::string& name, const std::string& help, const std::string& label,
                 const std::string& value);

  Metrics& metrics_;
  std::string source_;
  Counter& deliveries_;
  Counter& parts_;
  Counter& admitted_;
  std::map<std::pair<std::string, std::string>, Counter*> named_;
  std::atomic<std::uint64_t> deliveries_count_ = 0;
  std::atomic<std::uint64_t> admitted_count_ = 0;
  std::atomic<std::uint64_t> quarantined_count_ = 0;
  std::atomic<std::uint64_t> skipped_count_ = 0;
};

}  // namespace fusiond::ingest
