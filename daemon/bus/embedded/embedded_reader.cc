#include "daemon/bus/embedded/embedded_reader.h"

#include <algorithm>
#include <utility>

#include "daemon/bus/positions.h"

namespace fusiond::bus {

EmbeddedReader::EmbeddedReader(EmbeddedBus& bus, const StoredTopic& topic,
                               const std::map<std::uint32_t, std::uint64_t>& next)
    : bus_(bus),
      topic_(topic.spec.name),
      number_(topic.number),
      compacted_(topic.spec.compacted),
      read_(bus.metrics_.of(topic_).read) {
  for (const auto& [partition, offset] : next) {
    positions_.push_back({partition, offset, {}});
  }
}

// Takes note of how far the log reaches; true when there is something to read, or to complain
// about.
bool EmbeddedReader::look() {
  bool some = false;
  const auto& partitions = bus_.topics_.at(number_).partitions;
  for (auto& position : positions_) {
    position.extent = partitions[position.partition].extent;
    some = some || position.next != position.extent.end;
  }
  return some;
}

Result<std::size_t> EmbeddedReader::read(std::vector<ports::BusRecord>& out, std::size_t max,
                                         std::chrono::milliseconds wait) {
  {
    const MutexLock lock(bus_.mutex_);
    bus_.appended_.wait_for(bus_.mutex_, wait, [this]() REQUIRES(bus_.mutex_) { return look(); });
  }
  const std::size_t before = out.size();
  std::size_t taken = 0;
  ++turn_;
  for (std::size_t i = 0; i < positions_.size() && taken < max; ++i) {
    auto got = read_partition(positions_[(turn_ + i) % positions_.size()], max - taken, out);
    if (!got) {
      // What was read of other partitions is given out now; the fault shows at the next call.
      if (taken > 0) {
        break;
      }
      out.resize(before);
      return got;
    }
    taken += *got;
  }
  if (taken > 0) {
    read_.add(static_cast<double>(taken));
  }
  return taken;
}

Result<std::size_t> EmbeddedReader::read_partition(Position& position, std::size_t max,
                                                   std::vector<ports::BusRecord>& out) {
  if (auto good = check_position(topic_, position.partition, position.next, position.extent);
      !good) {
    return fail(good.error());
  }
  if (position.next == position.extent.end) {
    return 0;
  }
  auto got = bus_.store_->read(topic_, {number_, position.partition},
                               {position.next, position.extent.end}, max, out);
  if (!got) {
    return got;
  }
  // Without compaction there are no gaps: retention went past this reader while it read.
  if (!compacted_ && (*got == 0 || out[out.size() - *got].offset != position.next)) {
    out.resize(out.size() - *got);
    return fail(Fault::corrupt,
                "the log " + place_name(topic_, position.partition) +
                    " no longer holds the offset to go on at: " + std::to_string(position.next));
  }
  // Fewer than asked for: the rest up to the end are gaps of compaction.
  position.next = *got == max ? out.back().offset + 1 : position.extent.end;
  return got;
}

Result<void> EmbeddedReader::seek(std::uint32_t partition, std::uint64_t offset) {
  const auto found = std::find_if(positions_.begin(), positions_.end(),
                                  [&](const Position& p) { return p.partition == partition; });
  if (found == positions_.end()) {
    return fail(no_such_partition(topic_, partition));
  }
  const auto extent = bus_.extent(topic_, partition);
  if (!extent) {
    return fail(extent.error());
  }
  if (auto good = check_position(topic_, partition, offset, *extent); !good) {
    return good;
  }
  found->next = offset;
  return {};
}

}  // namespace fusiond::bus
