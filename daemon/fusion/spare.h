// Elements that wait to be used again: a list that shrinks and grows keeps the room that its
// elements hold.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace fusiond::fusion {

template <class T>
class Spare {
 public:
  // Makes `list` hold `size` elements. Those that come hold whatever they once held.
  void fit(std::vector<T>& list, std::size_t size) {
    while (list.size() > size) {
      spare_.push_back(std::move(list.back()));
      list.pop_back();
    }
    while (list.size() < size && !spare_.empty()) {
      list.push_back(std::move(spare_.back()));
      spare_.pop_back();
    }
    list.resize(size);
  }

 private:
  std::vector<T> spare_;
};

}  // namespace fusiond::fusion
