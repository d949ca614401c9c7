// Keeps what a parse emitted, for tests and fuzzers.
#pragma once

#include <string>
#include <vector>

#include "plugins/sdk/source.hpp"

namespace fusiond::sdk {

class Collected final : public Emitter {
 public:
  struct Made {
    v1::Event event;
    std::string original;
    std::string position;
  };
  struct Rejected {
    std::string reason;
    std::string detail;
    std::string original;
    std::string position;
  };
  void event(const v1::Event& event, std::string_view original,
             std::string_view position) override {
    events.push_back({event, std::string(original), std::string(position)});
  }
  void reject(std::string_view reason, std::string_view detail, std::string_view original,
              std::string_view position) override {
    rejects.push_back(
        {std::string(reason), std::string(detail), std::string(original), std::string(position)});
  }
  void skip(std::string_view reason) override { skips.emplace_back(reason); }

  std::vector<Made> events;
  std::vector<Rejected> rejects;
  std::vector<std::string> skips;
};

}  // namespace fusiond::sdk
