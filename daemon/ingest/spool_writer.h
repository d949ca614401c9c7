// The way into the spool: what it took is accepted. One for all sources of a lane.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/base/metrics.h"
#include "daemon/ports/spool.h"

namespace fusiond::ingest {

// Threads: any.
class SpoolWriter {
 public:
  // `wake` tells the forwarder that there is something new.
  SpoolWriter(ports::Spool& spool, Metrics& metrics, std::string_view lane,
              std::function<void()> wake)
      : spool_(spool),
        full_(metrics.counter("fusiond_spool_full_total",
                              "Times the spool took nothing because it was full",
                              {{"lane", std::string(lane)}})),
        wake_(std::move(wake)) {}

  // All or none. Errors: overloaded when the spool is full: hold the source back and try again.
  Result<void> push(const std::vector<ports::OutRecord>& records) {
    if (records.empty()) {
      return {};
    }
    auto pushed = spool_.push(records);
    if (pushed) {
      wake_();
    } else if (pushed.error().fault == Fault::overloaded) {
      full_.add();
    }
    return pushed;
  }

 private:
  ports::Spool& spool_;
  Counter& full_;
  std::function<void()> wake_;
};

}  // namespace fusiond::ingest
