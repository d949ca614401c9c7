// A place in the changes topic: of each partition the next offset to read. "0:1234" or "0:12,1:7";
// a partition that is not named has not been read. It belongs to the log, not to a daemon, so a
// reader may come back with it after a restart or to another daemon on the same log.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "daemon/base/result.h"

namespace fusiond::console {

class Cursor {
 public:
  // Errors: bad_input.
  static Result<Cursor> parse(std::string_view text);
  [[nodiscard]] std::string str() const;

  [[nodiscard]] std::uint64_t next(std::uint32_t partition) const;
  void set(std::uint32_t partition, std::uint64_t next) { next_[partition] = next; }
  [[nodiscard]] const std::map<std::uint32_t, std::uint64_t>& all() const { return next_; }
  friend bool operator==(const Cursor&, const Cursor&) = default;

 private:
  std::map<std::uint32_t, std::uint64_t> next_;
};

}  // namespace fusiond::console
