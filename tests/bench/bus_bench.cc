// How fast a back end of the bus is: the time from append to read at a steady rate, then records
// per second flat out.
//   bus_bench [--kind memory|embedded|kafka] [--broker HOST:PORT] [--sync yes|no] [--rate 2000]
//   [--seconds 5] [--records 500000] [--bytes 500]
// Prints one line per figure, key=value. The log lies in a folder that is gone afterwards; on Kafka
// it is a topic of its own.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <future>
#include <map>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/bus/make_bus.h"
#include "tests/support/fake_metrics.h"
#include "tests/support/temp_folder.h"

namespace fusiond::bench {
namespace {

using Nanos = std::chrono::nanoseconds;
using Steady = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kWait{100};
constexpr std::chrono::minutes kPatience{5};

using Flags = std::map<std::string, std::string>;

struct Bench {
  ports::Bus& bus;
  std::string topic;
  std::size_t bytes;
};

// Of this process, all threads, user and system: what a busy machine does not change much.
double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double seconds_since(Steady::time_point began) {
  return std::chrono::duration<double>(Steady::now() - began).count();
}

ports::OutRecord record(const Bench& bench, std::size_t number) {
  std::string value(std::max(bench.bytes, sizeof(std::int64_t)), 'x');
  const std::int64_t now = Steady::now().time_since_epoch().count();
  std::memcpy(value.data(), &now, sizeof now);
  return {.topic = bench.topic,
          .key = "key-" + std::to_string(number % 1'000),
          .value = std::move(value),
          .headers = {},
          .partition = {}};
}

Nanos age_of(const ports::BusRecord& read) {
  std::int64_t then = 0;
  std::memcpy(&then, read.value->data(), sizeof then);
  return Nanos{Steady::now().time_since_epoch().count() - then};
}

void print(const char* name, std::vector<Nanos>& times) {
  if (times.empty()) {
    return;
  }
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    const auto index = static_cast<std::size_t>(share * static_cast<double>(times.size() - 1));
    return std::chrono::duration<double, std::milli>(times[index]).count();
  };
  std::printf("%s records=%zu p50_ms=%.2f p99_ms=%.2f max_ms=%.2f\n", name, times.size(), at(0.5),
              at(0.99), at(1));
}

// Reads `count` records; hands each to `take`.
template <class Take>
void read_count(ports::BusReader& reader, std::size_t count, const Take& take) {
  std::vector<ports::BusRecord> batch;
  const auto until = Steady::now() + kPatience;
  for (std::size_t seen = 0; seen < count && Steady::now() < until;) {
    batch.clear();
    if (!reader.read(batch, 2'000, kWait)) {
      return;
    }
    for (const auto& read : batch) {
      take(read);
    }
    seen += batch.size();
  }
}

bool measure_latency(const Bench& bench, double rate, double seconds) {
  const SystemClock clock;
  const auto count = static_cast<std::size_t>(rate * seconds);
  auto reader = bench.bus.open_reader(
      bench.topic, {{.partition = 0, .from = ports::StartAt::From::end, .offset = 0}});
  if (!reader) {
    std::fprintf(stderr, "bus_bench: %s\n", reader.error().message.c_str());
    return false;
  }
  std::vector<Nanos> to_read;
  auto reading = std::async(std::launch::async, [&] {
    read_count(**reader, count, [&](const auto& read) { to_read.push_back(age_of(read)); });
  });
  std::vector<Nanos> to_done(count);
  const auto began = Steady::now();
  for (std::size_t i = 0; i < count; ++i) {
    const auto due = began + std::chrono::duration_cast<Nanos>(
                                 std::chrono::duration<double>(static_cast<double>(i) / rate));
    while (Steady::now() < due) {
      clock.pause(std::chrono::milliseconds{1});
    }
    const auto sent = Steady::now();
    if (!bench.bus.append(record(bench, i), [&to_done, i, sent](const auto&) {
          to_done[i] = Steady::now() - sent;
        })) {
      std::fprintf(stderr, "bus_bench: an append was refused at the steady rate\n");
      return false;
    }
  }
  const bool flushed = bench.bus.flush(std::chrono::minutes{1}).has_value();
  reading.get();
  const bool complete = to_read.size() == count;
  // The first fifth warms up: files, connections, the broker's Java.
  const auto warm = static_cast<std::ptrdiff_t>(count / 5);
  to_read.erase(to_read.begin(),
                to_read.begin() +
                    std::min<std::ptrdiff_t>(warm, static_cast<std::ptrdiff_t>(to_read.size())));
  to_done.erase(to_done.begin(), to_done.begin() + warm);
  print("append_to_read", to_read);
  print("append_to_done", to_done);
  return complete && flushed;
}

bool measure_throughput(const Bench& bench, std::size_t count) {
  const SystemClock clock;
  const auto start = bench.bus.extent(bench.topic, 0);
  std::atomic<std::size_t> failed = 0;
  const double cpu_began = cpu_seconds();
  const auto began = Steady::now();
  for (std::size_t i = 0; i < count;) {
    const auto appended =
        bench.bus.append(record(bench, i), [&](const auto& result) { failed += result ? 0 : 1; });
    if (appended) {
      ++i;
    } else {
      clock.pause(std::chrono::milliseconds{1});
    }
  }
  const bool flushed = bench.bus.flush(kPatience).has_value();
  const double append_s = seconds_since(began);
  const double append_cpu_s = cpu_seconds() - cpu_began;
  if (!start || !flushed || failed > 0) {
    std::fprintf(stderr, "bus_bench: appending failed\n");
    return false;
  }
  auto reader = bench.bus.open_reader(
      bench.topic, {{.partition = 0, .from = ports::StartAt::From::offset, .offset = start->end}});
  if (!reader) {
    return false;
  }
  const double read_cpu_began = cpu_seconds();
  const auto reading = Steady::now();
  std::size_t read = 0;
  read_count(**reader, count, [&](const auto&) { ++read; });
  const double read_s = seconds_since(reading);
  const double read_cpu_s = cpu_seconds() - read_cpu_began;
  const auto per_second = [&](double s) { return static_cast<double>(count) / s; };
  std::printf("append records=%zu per_second=%.0f per_cpu_second=%.0f\n", count,
              per_second(append_s), per_second(append_cpu_s));
  std::printf("read records=%zu per_second=%.0f per_cpu_second=%.0f\n", read, per_second(read_s),
              per_second(read_cpu_s));
  return read == count;
}

int run(const Flags& flags) {
  set_log(LogLevel::error, LogFormat::text);
  const test::TempFolder folder;
  test::FakeMetrics metrics;
  bus::BusConfig config;
  const std::string& kind = flags.at("kind");
  config.kind = kind == "kafka"    ? bus::BusKind::kafka
                : kind == "memory" ? bus::BusKind::memory
                                   : bus::BusKind::embedded;
  config.embedded.dir = folder.path() + "/log";
  config.embedded.sync = flags.at("sync") == "yes";
  config.kafka.bootstrap_servers = flags.at("broker");
  auto made = bus::make_bus(config, metrics);
  if (!made) {
    std::fprintf(stderr, "bus_bench: %s\n", made.error().message.c_str());
    return 1;
  }
  const Bench bench{**made, "bench." + std::to_string(::getpid()), std::stoul(flags.at("bytes"))};
  if (const auto ensured = bench.bus.ensure_topics({{.name = bench.topic, .partitions = 1}});
      !ensured) {
    std::fprintf(stderr, "bus_bench: %s\n", ensured.error().message.c_str());
    return 1;
  }
  std::printf("kind=%s sync=%s bytes=%zu rate=%s\n", kind.c_str(), flags.at("sync").c_str(),
              bench.bytes, flags.at("rate").c_str());
  const bool good =
      measure_latency(bench, std::stod(flags.at("rate")), std::stod(flags.at("seconds"))) &&
      measure_throughput(bench, std::stoul(flags.at("records")));
  return good ? 0 : 1;
}

}  // namespace
}  // namespace fusiond::bench

int main(int argc, char** argv) {
  fusiond::bench::Flags flags{
      {"kind", "embedded"}, {"broker", "127.0.0.1:29092"}, {"sync", "yes"}, {"rate", "2000"},
      {"seconds", "5"},     {"records", "500000"},         {"bytes", "500"}};
  for (int i = 1; i < argc; i += 2) {
    const std::string name =
        std::string(argv[i]).substr(std::min<std::size_t>(2, std::strlen(argv[i])));
    if (i + 1 >= argc || !flags.contains(name)) {
      std::fprintf(stderr, "bus_bench: unknown argument, or one without its value: %s\n", argv[i]);
      return 2;
    }
    flags[name] = argv[i + 1];
  }
  return fusiond::bench::run(flags);
}
