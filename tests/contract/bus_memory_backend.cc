#include "daemon/base/clock.h"
#include "daemon/bus/memory/memory_bus.h"
#include "tests/contract/bus_backend.h"

namespace fusiond::test {
namespace {

class MemoryBackend final : public BusBackend {
 public:
  explicit MemoryBackend(const bus::BusConfig& config) : bus_(config, clock_, metrics_) {}
  ports::Bus& bus() override { return bus_; }
  FakeMetrics& metrics() override { return metrics_; }
  std::string topic_name() override { return "topic"; }
  [[nodiscard]] bool durable() const override { return false; }
  void reopen() override {}
  void stall(const std::string&) override { bus_.hold(true); }
  void resume() override { bus_.hold(false); }
  void compact(const std::string& topic) override { bus_.compact(topic); }

 private:
  SystemClock clock_;
  FakeMetrics metrics_;
  bus::MemoryBus bus_;
};

}  // namespace

std::unique_ptr<BusBackend> open_backend(bus::BusConfig config) {
  return std::make_unique<MemoryBackend>(config);
}

}  // namespace fusiond::test
