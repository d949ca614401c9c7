// What one part asks of a report, and the first limit that a report misses.
// Journey: case_rule.cc -> here
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/rules/bundle.h"
#include "daemon/rules/case_rule.h"
#include "daemon/rules/words.h"

namespace fusiond::rules {

struct Missed {
  Limit limit = Limit::unspecified;
  std::int64_t by = 0;
};

// What the report says in a field; empty when it says nothing. Points into the report.
[[nodiscard]] std::string_view field_of(const Report& report, Field field);

class PartLimits {
 public:
  PartLimits(const Bundle& bundle, const Part& part,
             const std::function<std::uint32_t(const std::string&)>& kind_of);

  [[nodiscard]] const Part& part() const { return *part_; }
  // Of the right kind, from the right kind of source, and not taken back.
  [[nodiscard]] bool takes(const Report& report) const;
  // `first`: of each part the first report that counts, none when it is not found; empty for the
  // anchor.
  [[nodiscard]] std::optional<Missed> missed(const Report& report,
                                             std::span<const Report* const> first,
                                             bool threat_to_life) const;

 private:
  using Answer = std::optional<Missed>;
  [[nodiscard]] Answer missing() const;
  [[nodiscard]] Answer in_words(const Report& report) const;
  [[nodiscard]] Answer in_lists(const Report& report) const;
  [[nodiscard]] Answer in_time(const Report& report, const Report* of) const;
  [[nodiscard]] Answer in_place(const Report& report, const Report* of) const;
  [[nodiscard]] Answer is_same(const Report& report, const Report* of) const;
  [[nodiscard]] Answer is_protected(const Report& report) const;

  const Bundle* bundle_;
  const Part* part_;
  std::vector<bool> kinds_;         // by number; empty = any
  std::unique_ptr<WordSet> words_;  // of the part, if it asks for words
};

}  // namespace fusiond::rules
