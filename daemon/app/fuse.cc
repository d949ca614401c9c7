#include "daemon/app/fuse.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <sys/resource.h>
#include <utility>
#include <vector>

#include "daemon/app/text_files.h"
#include "daemon/base/clock.h"
#include "daemon/base/json_text.h"
#include "daemon/config/load.h"
#include "daemon/fuse/event_lines.h"
#include "daemon/fuse/fusing.h"
#include "daemon/fuse/heard.h"
#include "daemon/fuse/types_table.h"

namespace fusiond::app {
namespace {

constexpr std::uint64_t kToldRejects = 20;  // on standard error; all go to the file of rejects

std::string_view word_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::admitted:
      return "admitted";
    case Verdict::amended:
      return "amended";
    case Verdict::late:
      return "late";
    case Verdict::repeat:
      return "repeat";
    case Verdict::stale:
      return "stale";
    case Verdict::forgotten:
      return "forgotten";
  }
  return "?";
}

// A file to write, standard output, or nothing at all.
class Out {
 public:
  Result<void> open(const std::string& path) {
    path_ = path;
    if (path.empty()) {
      return {};
    }
    if (path == "-") {
      out_ = &std::cout;
      return {};
    }
    file_ = std::make_unique<std::ofstream>(path, std::ios::binary | std::ios::trunc);
    out_ = file_.get();
    return *out_ ? Result<void>{} : fail(Fault::bad_config, "cannot write: " + path);
  }
  [[nodiscard]] bool wanted() const { return out_ != nullptr; }
  void line(std::string_view text) {
    if (out_ != nullptr) {
      *out_ << text << '\n';
    }
  }
  Result<void> close() {
    if (out_ != nullptr && !out_->flush()) {
      return fail(Fault::unavailable, "not everything could be written: " + path_);
    }
    return {};
  }

 private:
  std::string path_;
  std::unique_ptr<std::ofstream> file_;
  std::ostream* out_ = nullptr;
};

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

Result<fusion::EngineConfig> engine_config(const FuseOptions& options, config::Faults& faults) {
  fusion::EngineConfig engine;
  auto association = association_of(options.association, options.types, faults);
  engine.priorities = config::load_rules(options.rules, faults);
  if (!association) {
    return fail(association.error());
  }
  if (!faults.empty()) {
    return fail(Fault::bad_config, "the rules have faults");
  }
  engine.association = std::move(*association);
  return engine;
}

class FuseRun {
 public:
  FuseRun(const FuseOptions& options, fusion::EngineConfig engine)
      : options_(options),
        lines_({std::chrono::seconds{options.lateness_s}, engine.association.skew}),
        fusing_({std::move(engine), {}, std::chrono::seconds{options.tick_every_s}}) {}

  Result<void> open() {
    for (const auto& [out, path] :
         {std::pair{&grouping_, &options_.grouping}, std::pair{&log_, &options_.log},
          std::pair{&rejects_, &options_.rejects}}) {
      if (auto good = out->open(*path); !good) {
        return good;
      }
    }
    return {};
  }

  void read(std::istream& in) {
    for (std::string line; std::getline(in, line);) {
      ++number_;
      if (line.find_first_not_of(" \t\r") == std::string::npos) {
        continue;
      }
      ++outcome_.lines;
      auto said = lines_.read(line);
      if (!said) {
        reject(line, said.error().message);
      } else if (said->word) {
        take(*said->word);
      } else {
        take(said->event, said->name, line);
      }
    }
  }

  Result<void> finish() {
    const MonoTime before = clock_.mono();
    const auto answer = fusing_.finish();
    fusing_time_ += clock_.mono() - before;
    hear(answer);
    if (grouping_.wanted()) {
      for (const std::string& line : heard_.grouping()) {
        grouping_.line(line);
      }
    }
    for (Out* out : {&grouping_, &log_, &rejects_}) {
      if (auto good = out->close(); !good) {
        return good;
      }
    }
    return {};
  }

  [[nodiscard]] const FuseOutcome& outcome() const { return outcome_; }
  [[nodiscard]] std::string stats() const;

 private:
  void take(const EventRef& event, const std::string& name, const std::string& line) {
    heard_.note(*event, name);
    const MonoTime before = clock_.mono();
    const auto taken = fusing_.take(event, number_ - 1);
    const auto spent = clock_.mono() - before;
    fusing_time_ += spent;
    micros_.push_back(static_cast<std::uint32_t>(spent.count()));
    ++verdicts_[taken.verdict];
    conflicts_ += taken.conflict ? 1 : 0;
    for (const auto& answer : taken.answers) {
      hear(answer);
    }
    if (taken.verdict == Verdict::forgotten) {
      reject(line,
             "older than ids are remembered, occurred: " + to_rfc3339(micros_of(event->occurred)));
    }
  }

  void take(const Word& word) {
    ++words_;
    for (const auto& answer : fusing_.take(word, number_ - 1)) {
      hear(answer);
    }
  }

  void hear(const fuse::Fusing::Answer& answer) {
    for (const std::string& line : heard_.take(answer, options_.content)) {
      log_.line(line);
    }
  }

  void reject(const std::string& line, const std::string& why) {
    if (++outcome_.rejected <= kToldRejects) {
      std::fprintf(stderr, "%s:%llu: %s\n", options_.events.c_str(),
                   static_cast<unsigned long long>(number_), why.c_str());
    }
    rejects_.line("{\"line\":" + std::to_string(number_) + ",\"why\":" + json_string(why) +
                  ",\"text\":" + json_string(line) + "}");
  }

  const FuseOptions& options_;
  const SystemClock clock_;
  fuse::EventLines lines_;
  fuse::Fusing fusing_;
  fuse::Heard heard_;
  Out grouping_;
  Out log_;
  Out rejects_;
  std::uint64_t number_ = 0;
  FuseOutcome outcome_;
  std::map<Verdict, std::uint64_t> verdicts_;
  std::uint64_t conflicts_ = 0;
  std::uint64_t words_ = 0;
  Micros fusing_time_{0};
  std::vector<std::uint32_t> micros_;  // of each record
};

std::string number_text(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

std::string FuseRun::stats() const {
  std::vector<std::uint32_t> sorted = micros_;
  std::sort(sorted.begin(), sorted.end());
  const auto share = [&](double p) {
    return sorted.empty()
               ? std::string("0")
               : std::to_string(
                     sorted[static_cast<std::size_t>(p * static_cast<double>(sorted.size() - 1))]);
  };
  const double seconds = static_cast<double>(fusing_time_.count()) * 1e-6;
  const double events = static_cast<double>(micros_.size());
  std::string text = "{\"lines\":" + std::to_string(outcome_.lines) +
                     ",\"rejected\":" + std::to_string(outcome_.rejected) + ",\"verdicts\":{";
  bool first = true;
  for (const auto& [verdict, count] : verdicts_) {
    text += std::string(first ? "" : ",") + "\"" + std::string(word_of(verdict)) +
            "\":" + std::to_string(count);
    first = false;
  }
  text += "},\"conflicts\":" + std::to_string(conflicts_) + ",\"words\":" + std::to_string(words_) +
          ",\"ticks\":" + std::to_string(fusing_.ticks()) + ",\"emitted\":{";
  first = true;
  for (const auto& [change, count] : heard_.changes()) {
    text += std::string(first ? "" : ",") + "\"" + std::string(fuse::word_of(change)) +
            "\":" + std::to_string(count);
    first = false;
  }
  text += "},\"renamed\":" + std::to_string(heard_.renamed()) +
          ",\"incidents\":" + std::to_string(heard_.incidents()) +
          ",\"fusing_s\":" + number_text(seconds) + ",\"cpu_s\":" + number_text(cpu_seconds()) +
          ",\"events_per_s\":" + number_text(seconds > 0 ? events / seconds : 0) +
          ",\"us_p50\":" + share(.5) + ",\"us_p99\":" + share(.99) + ",\"us_max\":" + share(1) +
          "}";
  return text;
}

}  // namespace

Result<fusion::AssociationConfig> association_of(const std::string& file, const std::string& types,
                                                 config::Faults& faults) {
  auto association = config::load_association(file, faults);
  if (!faults.empty()) {
    return fail(Fault::bad_config, "the association has faults");
  }
  if (types.empty()) {
    return association;
  }
  const auto json = read_whole(types);
  if (!json) {
    return fail(json.error());
  }
  auto laid_over = fuse::with_types(std::move(association), *json);
  return laid_over ? std::move(laid_over) : fail(laid_over.error().within(types));
}

Result<FuseOutcome> fuse(const FuseOptions& options, config::Faults& faults) {
  auto engine = engine_config(options, faults);
  if (!engine) {
    return fail(engine.error());
  }
  std::ifstream file;
  if (options.events != "-") {
    file.open(options.events, std::ios::binary);
    if (!file) {
      return fail(Fault::bad_config, "cannot be read: " + options.events);
    }
  }
  FuseRun run(options, std::move(*engine));
  if (auto good = run.open(); !good) {
    return fail(good.error());
  }
  run.read(options.events == "-" ? std::cin : file);
  if (auto good = run.finish(); !good) {
    return fail(good.error());
  }
  if (run.outcome().rejected > 0) {
    std::fprintf(stderr, "fusiond: %llu of %llu lines could not be used\n",
                 static_cast<unsigned long long>(run.outcome().rejected),
                 static_cast<unsigned long long>(run.outcome().lines));
  }
  if (options.stats) {
    std::fprintf(stderr, "%s\n", run.stats().c_str());
  }
  return run.outcome();
}

}  // namespace fusiond::app
