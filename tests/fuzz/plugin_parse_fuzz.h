// What holds of whatever a plugin's parse makes of any bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "daemon/base/check.h"
#include "plugins/sdk/source.hpp"

namespace fusiond::fuzz {

// Reads back each event, and checks that rejects say why and where.
class CheckingEmitter final : public sdk::Emitter {
 public:
  explicit CheckingEmitter(std::string_view body) : body_(body) {}

  void event(const v1::Event& event, std::string_view original,
             std::string_view position) override {
    v1::Event again;
    FUSIOND_CHECK(again.ParseFromString(event.SerializeAsString()),
                  "an event is well-formed, its texts are UTF-8");
    FUSIOND_CHECK(!event.source_event_id().empty() && !event.type().empty(),
                  "an event has an identity and a type");
    FUSIOND_CHECK(!event.location().has_point() || is_on_globe(event.location().point()),
                  "a point lies on the globe");
    FUSIOND_CHECK(!position.empty(), "an event has a position");
    check_bytes(original);
  }
  void reject(std::string_view reason, std::string_view detail, std::string_view original,
              std::string_view position) override {
    FUSIOND_CHECK(!reason.empty() && !detail.empty() && !position.empty(),
                  "a reject says why and where");
    check_bytes(original);
  }
  void skip(std::string_view reason) override { FUSIOND_CHECK(!reason.empty(), "a skip says why"); }

 private:
  static bool is_on_globe(const v1::Point& point) {
    return point.lat() >= -90 && point.lat() <= 90 && point.lon() >= -180 && point.lon() <= 180;
  }
  void check_bytes(std::string_view original) const {
    FUSIOND_CHECK(
        original.empty() || (original.data() >= body_.data() &&
                             original.data() + original.size() <= body_.data() + body_.size()),
        "the original bytes are the delivery's");
  }
  std::string_view body_;
};

// The first byte chooses one of `settings`, the rest is the delivery.
template <class Run>
void run(const std::uint8_t* data, std::size_t size, std::span<const std::string_view> settings,
         Run&& parse) {
  if (size == 0) {
    return;
  }
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  CheckingEmitter out(body);
  parse(data[0] % settings.size(), sdk::Delivery{body, "", 1'935'784'800'000'000}, out);
}

}  // namespace fusiond::fuzz
