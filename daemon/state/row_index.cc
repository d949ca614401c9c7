#include "daemon/state/row_index.h"

#include <utility>

namespace fusiond::state {
namespace {

constexpr std::size_t kFirst = 64;

}  // namespace

RowIndex::RowIndex() : slots_(kFirst) {}

// Ids are hashes already, but not all of their bits: version and variant are fixed.
std::size_t RowIndex::home_of(const Uuid& id) const {
  const std::uint64_t mixed = (id.low ^ id.high >> 17U) * 0x9e3779b97f4a7c15ULL;
  return static_cast<std::size_t>(mixed >> 16U) & (slots_.size() - 1);
}

// Of the id, or the free one where it would stand.
std::size_t RowIndex::slot_of(const Uuid& id) const {
  std::size_t at = home_of(id);
  while (slots_[at].place && slots_[at].id != id) {
    at = (at + 1) & (slots_.size() - 1);
  }
  return at;
}

Place RowIndex::find(const Uuid& id) const {
  return slots_[slot_of(id)].place;
}

Place RowIndex::put(const Uuid& id, Place place) {
  Slot& slot = slots_[slot_of(id)];
  const Place before = std::exchange(slot.place, place);
  if (!before) {
    slot.id = id;
    ++size_;
    if (size_ * 4 > slots_.size() * 3) {
      grow();
    }
  }
  return before;
}

// What stands behind moves up, so that no look-up meets a hole.
Place RowIndex::erase(const Uuid& id) {
  std::size_t hole = slot_of(id);
  const Place before = std::exchange(slots_[hole].place, Place{});
  if (!before) {
    return before;
  }
  --size_;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = (hole + 1) & mask; slots_[at].place; at = (at + 1) & mask) {
    const std::size_t from_home = (at - home_of(slots_[at].id)) & mask;
    if (from_home >= ((at - hole) & mask)) {
      slots_[hole] = slots_[at];
      slots_[at].place = Place{};
      hole = at;
    }
  }
  return before;
}

void RowIndex::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  std::swap(old, slots_);
  for (const Slot& slot : old) {
    if (slot.place) {
      slots_[slot_of(slot.id)] = slot;
    }
  }
}

}  // namespace fusiond::state
