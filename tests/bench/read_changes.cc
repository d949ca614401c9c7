// Reads what stands on the incident changes topic and prints how much that is and its digest, to
// hold against what engine_bench printed.
//   read_changes --config FILE
#include "daemon/bus/make_bus.h"
#include "daemon/bus/topics.h"
#include "daemon/ops/prometheus.h"
#include "tests/bench/measured.h"

namespace fusiond::bench {
namespace {

constexpr std::chrono::milliseconds kWait{500};
constexpr std::size_t kBatch = 2'000;
constexpr int kEmptyReads = 60;  // in a row; then the log does not give what it says it holds

Result<void> read_all(const config::Config& config) {
  const std::string topic = bus::topic_names(config.bus.prefix).incident_changes;
  ops::PrometheusMetrics metrics;
  auto bus = bus::make_bus(config.bus, metrics);
  if (!bus) {
    return fail(bus.error());
  }
  const auto extent = (*bus)->extent(topic, 0);
  if (!extent) {
    return fail(extent.error());
  }
  auto reader = (*bus)->open_reader(topic, {{0, ports::StartAt::From::begin, 0}});
  if (!reader) {
    return fail(reader.error());
  }
  ChangesDigest digest;
  std::vector<ports::BusRecord> records;
  int empty = 0;
  for (std::uint64_t next = extent->begin; next < extent->end;) {
    records.clear();
    if (auto read = (*reader)->read(records, kBatch, kWait); !read) {
      return fail(read.error());
    }
    empty = records.empty() ? empty + 1 : 0;
    if (empty == kEmptyReads) {
      return fail(Fault::unavailable, "the log gives nothing at offset " + std::to_string(next));
    }
    for (const auto& record : records) {
      if (!digest.add(record.value.value_or(""))) {
        return fail(Fault::corrupt, "no incident at offset " + std::to_string(record.offset));
      }
      next = record.offset + 1;
    }
  }
  digest.print();
  std::printf("\n");
  return {};
}

}  // namespace
}  // namespace fusiond::bench

int main(int count, char** words) {
  using namespace fusiond::bench;
  const auto flags = flags_of(count, words, {{"config", ""}});
  const auto loaded = flags ? load_config(flags->at("config")) : std::nullopt;
  if (!loaded) {
    return 2;
  }
  if (const auto done = read_all(loaded->config()); !done) {
    std::fprintf(stderr, "read_changes: %s\n", done.error().message.c_str());
    return 1;
  }
  return 0;
}
