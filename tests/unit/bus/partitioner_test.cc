#include "daemon/bus/partitioner.h"

#include <string>

#include <catch2/catch.hpp>
#include <librdkafka/rdkafka.h>

namespace fusiond::bus {

TEST_CASE("murmur2 gives what Kafka's Java client gives", "[bus][partitioner]") {
  // The values of the Java client's own test of Utils.murmur2.
  CHECK(static_cast<std::int32_t>(murmur2("21")) == -973932308);
  CHECK(static_cast<std::int32_t>(murmur2("foobar")) == -790332482);
  CHECK(static_cast<std::int32_t>(murmur2("a-little-bit-long-string")) == -985981536);
  CHECK(static_cast<std::int32_t>(murmur2("a-little-bit-longer-string")) == -1486304829);
  CHECK(static_cast<std::int32_t>(murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8")) ==
        -58897971);
  CHECK(static_cast<std::int32_t>(murmur2("abc")) == 479470107);
}

TEST_CASE("keys of every length go where librdkafka sends them", "[bus][partitioner]") {
  std::string key;
  for (int size = 0; size < 200; ++size) {
    for (const std::uint32_t partitions : {1U, 2U, 3U, 64U, 1'000U}) {
      const auto theirs = rd_kafka_msg_partitioner_murmur2(
          nullptr, key.data(), key.size(), static_cast<std::int32_t>(partitions), nullptr, nullptr);
      CHECK(partition_of(key, partitions) == static_cast<std::uint32_t>(theirs));
    }
    key.push_back(static_cast<char>(size * 37 + 129));
  }
}

}  // namespace fusiond::bus
