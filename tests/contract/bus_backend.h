// One back end of the bus under the contract suite. Each back end links its own open_backend().
#pragma once

#include <memory>
#include <string>

#include "daemon/bus/bus_config.h"
#include "daemon/ports/bus.h"
#include "tests/support/fake_metrics.h"

namespace fusiond::test {

class BusBackend {
 public:
  virtual ~BusBackend() = default;
  virtual ports::Bus& bus() = 0;
  virtual FakeMetrics& metrics() = 0;
  // A topic name that no other test uses.
  virtual std::string topic_name() = 0;
  // Whether records outlive the bus; reopen() closes it and opens it again.
  [[nodiscard]] virtual bool durable() const = 0;
  virtual void reopen() = 0;
  // From now on nothing becomes durable or is reported, until resume(). `topic` is one that exists.
  virtual void stall(const std::string& topic) = 0;
  virtual void resume() = 0;
  // Makes the back end compact `topic` soon: each key's older records go.
  virtual void compact(const std::string& topic) = 0;
};

std::unique_ptr<BusBackend> open_backend(bus::BusConfig config = {});

// Stalls a back end that reports on a thread of its own: blocks that thread in a `done`.
class BlockingDone {
 public:
  void block(ports::Bus& bus, const std::string& topic);
  void release();

 private:
  struct Gate;
  std::shared_ptr<Gate> gate_;
};

}  // namespace fusiond::test
