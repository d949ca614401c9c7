// What was found where an incident was said to be: the word of the people who went there, never one
// about them.
// Journey: app/calibrate.cc -> calibrate/outcome_lines.cc -> calibrate/samples.cc -> here
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/time.h"

namespace fusiond::calibrate {

enum class Finding : std::uint8_t {
  none,         // nothing was written down
  unconfirmed,  // they went and can say neither: nobody there, gone on arrival
  unfounded,    // nothing of the kind had happened
  founded,      // something of the kind had happened
  duplicate     // another report's number stands for it; says nothing itself
};

// "founded", "unfounded", "unconfirmed", "unknown" (none), "duplicate"; letters in any case.
[[nodiscard]] std::optional<Finding> finding_of(std::string_view word);
[[nodiscard]] std::string_view word_of(Finding finding);

// Founded and unfounded; nothing else is learned from.
[[nodiscard]] constexpr bool decides(Finding finding) {
  return finding == Finding::founded || finding == Finding::unfounded;
}

// A city's own disposition codes; letters in any case.
class Codes {
 public:
  // False when the code is there already with another finding.
  [[nodiscard]] bool add(std::string_view code, Finding finding);
  // The words of `finding_of`, unless the city uses one of them for something else.
  [[nodiscard]] std::optional<Finding> read(std::string_view word) const;
  [[nodiscard]] const std::map<std::string, Finding>& all() const { return codes_; }

 private:
  std::map<std::string, Finding> codes_;
};

struct Outcome {
  std::string id;  // of an incident, an event (also its source's own), or a CAD number
  Finding finding = Finding::none;
  std::optional<WallTime> at;  // when it was written down
  std::string place;           // file:line
};

}  // namespace fusiond::calibrate
