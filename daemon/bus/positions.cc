#include "daemon/bus/positions.h"

namespace fusiond::bus {

std::string place_name(const std::string& topic, std::uint32_t partition) {
  return topic + "/" + std::to_string(partition);
}

Result<void> check_position(const std::string& topic, std::uint32_t partition, std::uint64_t offset,
                            const ports::Extent& extent) {
  if (offset >= extent.begin && offset <= extent.end) {
    return {};
  }
  return fail(Fault::corrupt, "the log " + place_name(topic, partition) + " holds offsets " +
                                  std::to_string(extent.begin) + " up to " +
                                  std::to_string(extent.end) +
                                  ", not the one to go on at: " + std::to_string(offset));
}

Result<std::uint64_t> start_offset(const std::string& topic, const ports::StartAt& start,
                                   const ports::Extent& extent) {
  switch (start.from) {
    case ports::StartAt::From::begin:
      return extent.begin;
    case ports::StartAt::From::end:
      return extent.end;
    case ports::StartAt::From::offset:
      break;
  }
  if (auto good = check_position(topic, start.partition, start.offset, extent); !good) {
    return fail(good.error());
  }
  return start.offset;
}

Error no_such_topic(const std::string& topic) {
  return {Fault::bad_config, "no such topic in the log: " + topic};
}

Error no_such_partition(const std::string& topic, std::uint32_t partition) {
  return {Fault::bad_config, "no such partition in the log: " + place_name(topic, partition)};
}

Error other_partitions(const std::string& topic, std::uint64_t wanted, std::uint64_t found) {
  return {Fault::bad_config, "topic " + topic + " should have " + std::to_string(wanted) +
                                 " partitions, but it exists with: " + std::to_string(found)};
}

Error other_policy(const std::string& topic, bool wanted_compacted) {
  return {Fault::bad_config, std::string("topic should ") + (wanted_compacted ? "" : "not ") +
                                 "be compacted, but it exists otherwise: " + topic};
}

}  // namespace fusiond::bus
