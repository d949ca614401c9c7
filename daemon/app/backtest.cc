#include "daemon/app/backtest.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include "daemon/app/fuse.h"
#include "daemon/app/text_files.h"
#include "daemon/backtest/page.h"
#include "daemon/backtest/report.h"
#include "daemon/bus/make_bus.h"
#include "daemon/bus/topics.h"
#include "daemon/calibrate/outcome_lines.h"
#include "daemon/config/load.h"
#include "daemon/fuse/event_lines.h"
#include "daemon/fuse/fusing.h"
#include "daemon/ops/prometheus.h"
#include "daemon/pipeline/step.h"
#include "daemon/wire/disposition_wire.h"
#include "daemon/wire/event_wire.h"
#include "daemon/wire/incident_wire.h"
#include "daemon/wire/records.h"

namespace fusiond::app {
namespace {

using std::chrono_literals::operator""ms;

constexpr std::uint64_t kTold = 20;  // rejects on standard error
constexpr std::size_t kBatch = 1000;

void tell(const std::string& text) {
  std::fprintf(stderr, "fusiond: %s\n", text.c_str());
}

// A bundle that may be compared: without faults, whatever its tests and dates say.
Result<rules::Bundle> bundle_of(const std::string& folder, const RuleBase& base,
                                config::Faults& faults) {
  if (folder == kNoRules || folder == kLogRules) {
    return rules::Bundle{};
  }
  const auto files = read_rule_files(folder);
  if (!files) {
    return fail(files.error());
  }
  const config::RuleWorld world{kinds_of(base.association), std::nullopt, WallTime{}};
  const std::size_t before = faults.size();
  config::LoadedBundle loaded = config::load_bundle(folder, *files, world, faults);
  if (faults.size() > before) {
    return fail(Fault::bad_config, "the rules have faults: " + folder);
  }
  return std::move(loaded.bundle);
}

// What one bundle says, and what is known besides.
class Backtest {
 public:
  explicit Backtest(const BacktestOptions& options) : options_(options) {}

  Result<void> open(config::Faults& faults) {
    if (options_.base) {
      base_ = *options_.base;
    } else {
      auto association = association_of(options_.association, options_.types, faults);
      base_.priorities = config::load_rules("", faults);
      if (!association) {
        return fail(association.error());
      }
      base_.association = std::move(*association);
    }
    for (const auto& [folder, bundle] : {std::pair{&options_.before, &before_bundle_},
                                         std::pair{&options_.after, &after_bundle_}}) {
      auto made = bundle_of(*folder, base_, faults);
      if (!made) {
        return fail(made.error());
      }
      *bundle = std::move(*made);
    }
    for (const auto step :
         {&Backtest::read_codes, &Backtest::read_outcomes, &Backtest::read_pairs}) {
      if (auto good = (this->*step)(); !good) {
        return good;
      }
    }
    return {};
  }

  Result<void> file();
  Result<void> open_log();
  // Reads what the log holds up to its end as it is now.
  Result<void> log();
  Result<BacktestOutcome> report();

 private:
  struct Partition {
    std::unique_ptr<pipeline::Step> before, after;
    std::unique_ptr<ports::BusReader> reader;
    std::uint64_t next = 0;
  };

  Result<void> read_codes();
  Result<void> read_outcomes();
  Result<void> read_pairs();
  [[nodiscard]] fusion::EngineConfig engine(const rules::Bundle& bundle) const;
  [[nodiscard]] pipeline::StepConfig step(const rules::Bundle& bundle, bool by_log,
                                          std::uint32_t partition) const;
  void take(const fuse::EventLines& lines);
  void hear(const std::vector<fuse::Fusing::Answer>& answers, backtest::Account& account);
  void hear(const pipeline::StepOutput& output, backtest::Account& account);
  void note_time(WallTime time);
  void note_disposition(const std::string& event, const std::string& code);
  Result<void> take_batch(std::uint32_t number, const std::vector<ports::BusRecord>& records);
  void reject(const std::string& place, const std::string& why);

  const BacktestOptions& options_;
  RuleBase base_;
  rules::Bundle before_bundle_, after_bundle_;
  backtest::Account before_, after_;
  calibrate::Codes codes_;
  backtest::Outcomes outcomes_;
  backtest::SilverPairs pairs_;
  std::optional<WallTime> first_, last_;
  std::size_t events_ = 0;
  std::uint64_t rejected_ = 0;
  ops::PrometheusMetrics metrics_;
  std::unique_ptr<ports::Bus> bus_;
  std::string topic_;
  std::vector<Partition> partitions_;
};

Result<void> Backtest::read_codes() {
  if (options_.codes.empty()) {
    return {};
  }
  calibrate::CodeLines lines;
  return each_line(
      options_.codes, [&](const std::string& line, std::uint64_t number) -> Result<void> {
        if (auto good = lines.read(line, codes_); !good) {
          return fail(Fault::bad_config,
                      options_.codes + ":" + std::to_string(number) + ": " + good.error().message);
        }
        return {};
      });
}

Result<void> Backtest::read_outcomes() {
  if (options_.outcomes.empty()) {
    return {};
  }
  calibrate::OutcomeLines lines(codes_);
  return each_line(
      options_.outcomes, [&](const std::string& line, std::uint64_t number) -> Result<void> {
        const auto read = lines.read(line);
        if (!read && read.error().fault == Fault::bad_config) {
          return fail(read.error());
        }
        if (!read) {
          reject(options_.outcomes + ":" + std::to_string(number), read.error().message);
        } else if (*read) {
          outcomes_[(*read)->id] = (*read)->finding;
        }
        return {};
      });
}

Result<void> Backtest::read_pairs() {
  if (options_.pairs.empty()) {
    return {};
  }
  return each_line(options_.pairs,
                   [&](const std::string& line, std::uint64_t number) -> Result<void> {
                     const auto read = pairs_.read(line);
                     if (!read && read.error().fault == Fault::bad_config) {
                       return fail(read.error().within(options_.pairs));
                     }
                     if (!read) {
                       reject(options_.pairs + ":" + std::to_string(number), read.error().message);
                     }
                     return {};
                   });
}

fusion::EngineConfig Backtest::engine(const rules::Bundle& bundle) const {
  fusion::EngineConfig engine;
  engine.association = base_.association;
  engine.priorities = base_.priorities;
  engine.bundle = bundle;
  return engine;
}

void Backtest::note_time(WallTime time) {
  first_ = first_ ? std::min(*first_, time) : time;
  last_ = last_ ? std::max(*last_, time) : time;
}

void Backtest::note_disposition(const std::string& event, const std::string& code) {
  if (const auto finding = code.empty() ? std::nullopt : codes_.read(code)) {
    outcomes_[event] = *finding;
  }
}

void Backtest::reject(const std::string& place, const std::string& why) {
  if (++rejected_ <= kTold) {
    tell(place + ": " + why);
  }
}

void Backtest::hear(const std::vector<fuse::Fusing::Answer>& answers, backtest::Account& account) {
  for (const auto& answer : answers) {
    for (const IncidentRevision& revision : answer) {
      account.take(revision);
    }
  }
}

// Both at once, so that the file is read once.
Result<void> Backtest::file() {
  fuse::EventLines lines({std::chrono::seconds{options_.lateness_s}, base_.association.skew});
  fuse::Fusing before({engine(before_bundle_)});
  fuse::Fusing after({engine(after_bundle_)});
  const auto read = each_line(
      options_.events, [&](const std::string& line, std::uint64_t number) -> Result<void> {
        const auto said = lines.read(line);
        if (!said) {
          reject(options_.events + ":" + std::to_string(number), said.error().message);
        } else if (said->word) {
          hear(before.take(*said->word, number - 1), before_);
          hear(after.take(*said->word, number - 1), after_);
        } else {
          ++events_;
          note_time(said->event->received);
          note_disposition(said->event->id.str(), said->disposition);
          hear(before.take(said->event, number - 1).answers, before_);
          hear(after.take(said->event, number - 1).answers, after_);
        }
        return {};
      });
  if (!read) {
    return read;
  }
  hear({before.finish()}, before_);
  hear({after.finish()}, after_);
  return {};
}

pipeline::StepConfig Backtest::step(const rules::Bundle& bundle, bool by_log,
                                    std::uint32_t partition) const {
  pipeline::StepConfig config;
  config.partition = partition;
  config.engine = engine(bundle);
  if (by_log) {
    config.compile = rules_compiler(base_.association);
  }
  return config;
}

Result<void> Backtest::open_log() {
  auto bus = bus::make_bus(options_.bus, metrics_);
  if (!bus) {
    return fail(bus.error());
  }
  bus_ = std::move(*bus);
  topic_ = bus::topic_names(options_.bus.prefix).events;
  const auto count = bus_->partitions(topic_);
  if (!count) {
    return fail(count.error().within("reading " + topic_));
  }
  for (std::uint32_t number = 0; number < *count; ++number) {
    Partition partition;
    partition.before =
        std::make_unique<pipeline::Step>(step(before_bundle_, options_.before == kLogRules, number),
                                         pipeline::Restored{}, 1, metrics_);
    partition.after = std::make_unique<pipeline::Step>(step(after_bundle_, false, number),
                                                       pipeline::Restored{}, 1, metrics_);
    auto reader = bus_->open_reader(topic_, {{number, ports::StartAt::From::begin, 0}});
    if (!reader) {
      return fail(reader.error());
    }
    partition.reader = std::move(*reader);
    partitions_.push_back(std::move(partition));
  }
  return {};
}

Result<void> Backtest::log() {
  std::vector<ports::BusRecord> records;
  for (std::uint32_t number = 0; number < partitions_.size(); ++number) {
    const auto extent = bus_->extent(topic_, number);
    if (!extent) {
      return fail(extent.error());
    }
    Partition& partition = partitions_[number];
    partition.next = std::max(partition.next, extent->begin);
    while (partition.next < extent->end) {
      records.clear();
      if (const auto got = partition.reader->read(records, kBatch, 200ms); !got) {
        return fail(got.error());
      }
      if (records.empty()) {
        continue;
      }
      if (auto good = take_batch(number, records); !good) {
        return good;
      }
      partition.next = records.back().offset + 1;
    }
  }
  return {};
}

Result<void> Backtest::take_batch(std::uint32_t number,
                                  const std::vector<ports::BusRecord>& records) {
  for (const ports::BusRecord& record : records) {
    if (!record.value || wire::header_of(record.headers, "ce_type") != wire::kEventType) {
      continue;
    }
    const auto said = wire::disposition_of(*record.value);
    if (!said) {
      reject(topic_ + "/" + std::to_string(number) + "@" + std::to_string(record.offset),
             said.error().message);
      continue;
    }
    ++events_;
    note_time(said->received);
    note_disposition(said->event.str(), said->code);
  }
  Partition& partition = partitions_[number];
  hear(partition.before->run(records), before_);
  hear(partition.after->run(records), after_);
  return {};
}

void Backtest::hear(const pipeline::StepOutput& output, backtest::Account& account) {
  for (const ports::Row& row : output.batch->items) {
    if (row.kind != ports::RowKind::revision) {
      continue;
    }
    if (const auto revision = wire::decode_incident(output.batch->bytes_of(row))) {
      account.take(*revision);
    }
  }
}

Result<BacktestOutcome> Backtest::report() {
  const WallTime now = first_.value_or(WallTime{});
  backtest::Comparison comparison = backtest::compare(
      {before_, after_, outcomes_, pairs_, options_.from.value_or(now),
       options_.to.value_or(last_.value_or(now)), static_cast<std::size_t>(options_.operators)});
  comparison.events = events_;
  comparison.before.name = options_.before;
  comparison.after.name = options_.after;
  comparison.before.version = partitions_.empty() || options_.before != kLogRules
                                  ? before_bundle_.version
                                  : partitions_.front().before->rules_version();
  comparison.after.version = after_bundle_.version;
  for (const auto& [path, content] : {std::pair{&options_.page, &backtest::page_of},
                                      std::pair{&options_.json, &backtest::json_of}}) {
    if (path->empty()) {
      continue;
    }
    if (auto good = write_whole(*path, content(comparison)); !good) {
      return fail(good.error());
    }
  }
  return BacktestOutcome{backtest::text_of(comparison, static_cast<std::size_t>(options_.examples)),
                         rejected_};
}

}  // namespace

Result<BacktestOutcome> backtest(const BacktestOptions& options, config::Faults& faults) {
  Backtest run(options);
  if (auto good = run.open(faults); !good) {
    return fail(good.error());
  }
  if (!options.events.empty()) {
    if (options.before == kLogRules) {
      return fail(Fault::bad_config,
                  "a file of events puts no rules into force: name a folder, or "
                  "none, instead of log");
    }
    if (auto good = run.file(); !good) {
      return fail(good.error());
    }
    return run.report();
  }
  if (auto good = run.open_log(); !good) {
    return fail(good.error());
  }
  if (auto good = run.log(); !good) {
    return fail(good.error());
  }
  return run.report();
}

Result<void> shadow(const BacktestOptions& options, int every_s,
                    const std::function<bool(std::chrono::seconds)>& stopped,
                    const std::function<void(const std::string&)>& say, config::Faults& faults) {
  Backtest run(options);
  if (auto good = run.open(faults); !good) {
    return good;
  }
  if (auto good = run.open_log(); !good) {
    return good;
  }
  bool ends = false;
  do {
    if (auto good = run.log(); !good && good.error().fault != Fault::unavailable) {
      return good;  // a log that is away comes back
    }
    const auto report = run.report();
    if (!report) {
      return fail(report.error());
    }
    say(report->text);
    ends = stopped(std::chrono::seconds{every_s});
  } while (!ends);
  return {};
}

}  // namespace fusiond::app
