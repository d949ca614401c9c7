#include <future>

#include <catch2/catch.hpp>

#include "tests/contract/bus_backend.h"

namespace fusiond::test {

struct BlockingDone::Gate {
  std::promise<void> entered;
  std::promise<void> opened;
};

void BlockingDone::block(ports::Bus& bus, const std::string& topic) {
  gate_ = std::make_shared<Gate>();
  const auto appended =
      bus.append({.topic = topic, .key = "stall", .value = "", .headers = {}, .partition = 0},
                 [gate = gate_](const auto&) {
                   gate->entered.set_value();
                   gate->opened.get_future().wait();
                 });
  REQUIRE(appended);
  gate_->entered.get_future().wait();
}

void BlockingDone::release() {
  if (gate_) {
    gate_->opened.set_value();
  }
  gate_.reset();
}

}  // namespace fusiond::test
