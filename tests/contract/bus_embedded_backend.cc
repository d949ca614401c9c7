#include <utility>

#include <catch2/catch.hpp>

#include "daemon/base/clock.h"
#include "daemon/bus/embedded/embedded_bus.h"
#include "tests/contract/bus_backend.h"
#include "tests/support/temp_folder.h"

namespace fusiond::test {
namespace {

class EmbeddedBackend final : public BusBackend {
 public:
  explicit EmbeddedBackend(bus::BusConfig config) : config_(std::move(config)) {
    config_.embedded.dir = folder_.path() + "/log";
    config_.embedded.maintain_every = std::chrono::milliseconds{10};
    open();
  }
  ports::Bus& bus() override { return *bus_; }
  FakeMetrics& metrics() override { return metrics_; }
  std::string topic_name() override { return "topic"; }
  [[nodiscard]] bool durable() const override { return true; }
  void reopen() override {
    bus_.reset();
    open();
  }
  void stall(const std::string& topic) override { blocking_.block(*bus_, topic); }
  void resume() override { blocking_.release(); }
  void compact(const std::string&) override {
    config_.embedded.compact_after = std::chrono::seconds{0};
    reopen();
  }

 private:
  void open() {
    auto opened = bus::EmbeddedBus::open(config_, clock_, metrics_);
    REQUIRE(opened);
    bus_ = std::move(*opened);
  }
  TempFolder folder_;
  SystemClock clock_;
  FakeMetrics metrics_;
  bus::BusConfig config_;
  BlockingDone blocking_;
  std::unique_ptr<bus::EmbeddedBus> bus_;
};

}  // namespace

std::unique_ptr<BusBackend> open_backend(bus::BusConfig config) {
  return std::make_unique<EmbeddedBackend>(std::move(config));
}

}  // namespace fusiond::test
