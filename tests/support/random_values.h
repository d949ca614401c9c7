// Random numbers, words, ids and places, the same for the same seed: what random_model.h is made
// of.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "daemon/model/event.h"

namespace fusiond::test {

class RandomValues {
 public:
  explicit RandomValues(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
  bool often() { return below(4) != 0; }
  std::int64_t number(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low + 1)));
  }
  template <class Enum>
  Enum word(Enum last) {
    return static_cast<Enum>(number(1, static_cast<std::int64_t>(last)));
  }
  std::string text() {
    static const std::vector<std::string> words = {"shots", "Ünter", "12th & Broadway", "交通",
                                                   "",      "a\nb",  "\"x\"",           "415SS"};
    return words[below(words.size())];
  }
  EventId event_id() {
    return event_id_of(SourceId{"cad/" + std::to_string(below(5))}, std::to_string(below(1000)));
  }
  IncidentId incident_id() { return incident_id_of(event_id()); }
  template <class Id, class Make>
  std::vector<Id> several(Make make) {
    std::vector<Id> out(below(4));
    std::generate(out.begin(), out.end(), make);
    return out;
  }

  Place place() {
    return {static_cast<std::int32_t>(number(-899'999'999, 899'999'999)),
            static_cast<std::int32_t>(number(-1'800'000'000, 1'800'000'000)),
            static_cast<std::uint32_t>(below(2'000'000'000)),
            static_cast<std::uint16_t>(number(1, 999)), word(LocationMethod::text)};
  }

 protected:
  std::mt19937_64 engine_;
};

}  // namespace fusiond::test
