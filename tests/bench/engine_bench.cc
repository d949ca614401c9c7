// The engine alone: decode, route, fuse, explain, encode, and the journal on disk, in one thread
// and without a bus.
//   engine_bench --config FILE --csv FILE [--events 0 = all] [--journal on|off] [--digest on|off]
// The records are made between the batches with the clocks stopped. What goes to the outbox counts
// as published at once. Prints one line, key=value. cpu_s: all threads of the process.
#include <cstdlib>
#include <memory>
#include <vector>

#include "daemon/app/app.h"
#include "daemon/bus/topics.h"
#include "daemon/ops/prometheus.h"
#include "daemon/pipeline/step.h"
#include "daemon/state/rocks_store.h"
#include "tests/bench/city_stream.h"
#include "tests/bench/measured.h"
#include "tests/support/temp_folder.h"

namespace fusiond::bench {
namespace {

constexpr std::uint64_t kAll = UINT64_MAX;

// As daemon/app/assemble.cc does it.
pipeline::StepConfig step_config(const config::Config& config) {
  const auto names = bus::topic_names(config.bus.prefix);
  pipeline::StepConfig step;
  step.topics = {names.events, names.incidents, names.incident_changes, names.dead_letters};
  step.router = config.route;
  step.engine.association = config.association;
  step.engine.priorities = config.rules;
  step.engine.versions = {config.association.version, config.rules.version, app::kVersion};
  step.limits = config.shard.limits;
  return step;
}

struct Spent {
  double wall = 0;
  double cpu = 0;  // of the benchmark's thread
};

// Runs `work` and adds what it took.
template <class Work>
auto timed(Spent& spent, const Work& work) {
  const double wall = seconds_on(CLOCK_MONOTONIC);
  const double cpu = seconds_on(CLOCK_THREAD_CPUTIME_ID);
  auto result = work();
  spent.cpu += seconds_on(CLOCK_THREAD_CPUTIME_ID) - cpu;
  spent.wall += seconds_on(CLOCK_MONOTONIC) - wall;
  return result;
}

class EngineBench {
 public:
  EngineBench(const config::Config& config, const Flags& flags)
      : config_(config),
        names_(bus::topic_names(config.bus.prefix)),
        stream_(flags.at("csv"), names_.events,
                std::strtoull(flags.at("events").c_str(), nullptr, 10)),
        journal_(flags.at("journal") == "on"),
        digest_on_(flags.at("digest") == "on"),
        step_(step_config(config), {}, 1, metrics_) {}

  Result<void> run() {
    state::StateConfig state = config_.state;
    state.dir = folder_.path();
    auto store = state::RocksStore::open(state);
    if (!store) {
      return fail(store.error());
    }
    store_ = std::move(*store);
    const double cpu = seconds_on(CLOCK_PROCESS_CPUTIME_ID);
    while (true) {
      auto filled = timed(making_, [&] { return fill(); });
      if (!filled || records_.empty()) {
        cpu_ = seconds_on(CLOCK_PROCESS_CPUTIME_ID) - cpu - making_.cpu;
        return filled;
      }
      if (auto done = take_batch(); !done) {
        return done;
      }
    }
  }

  void print() const {
    const auto events = static_cast<double>(stream_.events());
    const double wall = stepping_.wall + committing_.wall;
    std::printf(
        "events=%.0f ticks=%llu seconds=%.3f per_second=%.0f cpu_s=%.3f per_cpu_second=%.0f "
        "step_s=%.3f commit_s=%.3f commit_cpu_s=%.3f row_bytes_per_event=%.0f peak_mib=%.0f "
        "dead_letters=%llu open=%zu revisions=%llu ",
        events, static_cast<unsigned long long>(stream_.ticks()), wall, events / wall, cpu_,
        events / cpu_, stepping_.wall, committing_.wall, committing_.cpu,
        static_cast<double>(bytes_) / events, peak_mib(),
        static_cast<unsigned long long>(dead_letters_), step_.open_incidents(),
        static_cast<unsigned long long>(revisions_));
    digest_.print();
    std::printf("\n");
  }

 private:
  Result<void> fill() {
    records_.clear();
    while (records_.size() < config_.shard.batch_records) {
      auto next = stream_.next();
      if (!next) {
        return fail(next.error());
      }
      if (!*next) {
        break;
      }
      ports::OutRecord& record = **next;
      records_.push_back({.topic = std::move(record.topic),
                          .partition = 0,
                          .offset = offset_++,
                          .appended = {},
                          .key = std::move(record.key),
                          .value = std::move(record.value),
                          .headers = std::move(record.headers)});
    }
    return {};
  }

  Result<void> take_batch() {
    const auto output = timed(stepping_, [&] { return step_.run(records_); });
    revisions_ += output.revisions;
    if (journal_) {
      auto done = timed(committing_, [&]() -> Result<void> {
        if (auto written = store_->commit(output.batch); !written) {
          return written;
        }
        return store_->published(kAll);
      });
      if (!done) {
        return done;
      }
    }
    return timed(making_, [&] { return look_at(*output.batch); });
  }

  Result<void> look_at(const ports::StateBatch& batch) {
    bytes_ += batch.bytes.size();
    for (const ports::Row& item : batch.items) {
      dead_letters_ += item.kind == ports::RowKind::record ? 1 : 0;
      if (digest_on_ && item.kind == ports::RowKind::revision &&
          !digest_.add(batch.bytes_of(item))) {
        return fail(Fault::corrupt, "the outbox holds what is no incident: " + text_of(item.id));
      }
    }
    return {};
  }

  const config::Config& config_;
  bus::TopicNames names_;
  test::TempFolder folder_;
  CityStream stream_;
  bool journal_;
  bool digest_on_;
  ops::PrometheusMetrics metrics_;
  pipeline::Step step_;
  std::unique_ptr<state::RocksStore> store_;
  std::vector<ports::BusRecord> records_;
  std::uint64_t offset_ = 0;
  Spent making_;
  Spent stepping_;
  Spent committing_;
  double cpu_ = 0;
  std::uint64_t revisions_ = 0;
  std::uint64_t dead_letters_ = 0;
  std::uint64_t bytes_ = 0;  // of rows, without their heads
  ChangesDigest digest_;
};

}  // namespace
}  // namespace fusiond::bench

int main(int count, char** words) {
  using namespace fusiond::bench;
  const auto flags =
      flags_of(count, words,
               {{"config", ""}, {"csv", ""}, {"events", "0"}, {"journal", "on"}, {"digest", "on"}});
  const auto loaded = flags ? load_config(flags->at("config")) : std::nullopt;
  if (!loaded) {
    return 2;
  }
  EngineBench bench(loaded->config(), *flags);
  if (const auto done = bench.run(); !done) {
    std::fprintf(stderr, "engine_bench: %s\n", done.error().message.c_str());
    return 1;
  }
  bench.print();
  return 0;
}
