// What is to be looked at when the closing clock has passed a time: a heap of (time, root). A root
// that is no more, or whose times have changed, is found out when its entry comes up.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/fusion/short_id.h"

namespace fusiond::fusion {

class Endings {
 public:
  struct Entry {
    std::int64_t time = 0;
    ShortId id;
  };
  void add(std::int64_t time, ShortId id) {
    heap_.push_back({time, id});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  [[nodiscard]] bool empty() const { return heap_.empty(); }
  // Requires: not empty.
  [[nodiscard]] const Entry& first() const { return heap_.front(); }
  void drop_first() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.pop_back();
  }
  // Takes out the first entry when its time is before `now`.
  std::optional<Entry> pop_before(std::int64_t now) {
    if (empty() || first().time >= now) {
      return std::nullopt;
    }
    const Entry entry = first();
    drop_first();
    return entry;
  }

 private:
  static bool later(const Entry& a, const Entry& b) { return a.time > b.time; }
  std::vector<Entry> heap_;
};

}  // namespace fusiond::fusion
