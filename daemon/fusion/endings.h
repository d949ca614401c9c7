// What is to be looked at when the closing clock has passed a time: (time, root), earliest first. A
// root that is no more, or whose times have changed, is found out when its entry comes up. Times
// mostly rise, so entries stand in slices of time, each a small heap: one heap for all of a large
// city is a way through cold memory with every entry.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
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
    std::vector<Entry>& heap = slices_[time >> kSliceBits];
    heap.push_back({time, id});
    std::push_heap(heap.begin(), heap.end(), later);
  }
  [[nodiscard]] bool empty() const { return slices_.empty(); }
  // Requires: not empty.
  [[nodiscard]] const Entry& first() const { return slices_.begin()->second.front(); }
  void drop_first() {
    const auto slice = slices_.begin();
    std::vector<Entry>& heap = slice->second;
    std::pop_heap(heap.begin(), heap.end(), later);
    heap.pop_back();
    if (heap.empty()) {
      slices_.erase(slice);
    }
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
  static constexpr int kSliceBits = 22;  // 4 s
  static bool later(const Entry& a, const Entry& b) { return a.time > b.time; }
  std::map<std::int64_t, std::vector<Entry>> slices_;  // by time; none is empty
};

}  // namespace fusiond::fusion
