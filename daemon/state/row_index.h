// Where the newest row of each id stands: a flat table, 32 bytes a place, at most three quarters
// full. Cost: one cache miss per look-up; now and then all is moved when it doubles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "daemon/base/uuid.h"

namespace fusiond::state {

// A row's bytes: the step's sequence and the offset in its frame.
struct Place {
  std::uint64_t step = 0;  // 0 = nowhere
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
  [[nodiscard]] explicit operator bool() const { return step != 0; }
  friend bool operator==(const Place&, const Place&) = default;
};

class RowIndex {
 public:
  RowIndex();
  // Nowhere when the id is not there.
  [[nodiscard]] Place find(const Uuid& id) const;
  // Returns where it was before.
  Place put(const Uuid& id, Place place);
  Place erase(const Uuid& id);
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t memory_bytes() const { return slots_.size() * sizeof(Slot); }

 private:
  struct Slot {
    Uuid id;
    Place place;  // nowhere: free
  };
  [[nodiscard]] std::size_t slot_of(const Uuid& id) const;
  [[nodiscard]] std::size_t home_of(const Uuid& id) const;
  void grow();

  std::vector<Slot> slots_;  // their number is a power of two
  std::size_t size_ = 0;
};

}  // namespace fusiond::state
