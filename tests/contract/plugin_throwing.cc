// A plugin by a careless author, for the contract suite: everything in it throws.
#include <stdexcept>

#include "plugins/sdk/source.hpp"

namespace {

class Throwing final : public fusiond::sdk::Source {
 public:
  static std::expected<std::unique_ptr<Throwing>, std::string> make(
      std::string_view settings_json) {
    if (settings_json == "throw") {
      throw std::runtime_error("no luck");
    }
    if (settings_json == "throw a number") {
      throw 7;  // NOLINT: what careless authors do
    }
    return std::make_unique<Throwing>();
  }
  void parse(const fusiond::sdk::Delivery& delivery, fusiond::sdk::Emitter& out) override {
    out.skip("seen");
    if (delivery.body == "throw") {
      throw std::runtime_error("no luck");
    }
    throw 7;  // NOLINT: what careless authors do
  }
};

}  // namespace

FUSIOND_PLUGIN("throwing", "1.0.0", Throwing)
