#include "daemon/app/calibrate.h"

#include <cstdio>
#include <map>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "daemon/app/fuse.h"
#include "daemon/app/text_files.h"
#include "daemon/base/sha256.h"
#include "daemon/calibrate/calibration.h"
#include "daemon/calibrate/confidence_text.h"
#include "daemon/calibrate/outcome_lines.h"
#include "daemon/calibrate/page.h"
#include "daemon/config/load.h"
#include "daemon/config/shipped.h"
#include "daemon/fit/association_text.h"
#include "daemon/fuse/event_lines.h"
#include "daemon/fuse/fusing.h"
#include "daemon/wire/disposition_wire.h"
#include "daemon/wire/records.h"

namespace fusiond::app {
namespace {

constexpr std::uint64_t kTold = 20;  // rejects on standard error
constexpr std::size_t kToldCodes = 10;

void tell(const std::string& text) {
  std::fprintf(stderr, "fusiond: %s\n", text.c_str());
}

// Everything that is learned from, and what could not be used.
class Reading {
 public:
  Reading(const CalibrateOptions& options, CalibrateOutcome& outcome)
      : options_(options), outcome_(outcome) {}

  // A file of codes is few lines and written for this: its faults are the operator's, all at once.
  Result<void> codes() {
    if (options_.codes.empty()) {
      return {};
    }
    calibrate::CodeLines lines;
    std::size_t faults = 0;
    const auto read = each_line(
        options_.codes, [&](const std::string& line, std::uint64_t number) -> Result<void> {
          if (const auto good = lines.read(line, codes_); !good) {
            ++faults;
            tell(options_.codes + ":" + std::to_string(number) + ": " + good.error().message);
          }
          return {};
        });
    if (!read) {
      return read;
    }
    return faults == 0 ? Result<void>{}
                       : fail(Fault::bad_config, "faults in the codes: " + std::to_string(faults));
  }

  Result<void> outcomes() {
    if (options_.outcomes.empty()) {
      return {};
    }
    calibrate::OutcomeLines lines(codes_);
    return each_line(options_.outcomes,
                     [&](const std::string& line, std::uint64_t number) -> Result<void> {
                       const std::string place = options_.outcomes + ":" + std::to_string(number);
                       hash_.add(line);
                       auto read = lines.read(line);
                       if (!read && read.error().fault == Fault::bad_config) {
                         return fail(read.error());
                       }
                       outcome_.lines += !read || *read ? 1 : 0;
                       if (!read) {
                         reject(place, read.error().message);
                       } else if (*read) {
                         (*read)->place = place;
                         outcomes_.push_back(std::move(**read));
                       }
                       return {};
                     });
  }

  // Fuses the events, as `fusiond fuse` does.
  Result<void> events(const fusion::AssociationConfig& association, config::Faults& faults) {
    fusion::EngineConfig engine;
    engine.association = association;
    engine.priorities = config::load_rules("", faults);
    fuse::EventLines lines({std::chrono::seconds{options_.lateness_s}, association.skew});
    fuse::Fusing fusing({std::move(engine)});
    const auto read = each_line(
        options_.events, [&](const std::string& line, std::uint64_t number) -> Result<void> {
          const std::string place = options_.events + ":" + std::to_string(number);
          ++outcome_.lines;
          hash_.add(line);
          const auto said = lines.read(line);
          if (!said) {
            reject(place, said.error().message);
          } else if (said->word) {
            hear(fusing.take(*said->word, number - 1));
          } else {
            hear(fusing.take(said->event, number - 1).answers);
            disposition({said->event->id, said->disposition, said->event->received}, place);
          }
          return {};
        });
    if (!read) {
      return read;
    }
    hear({fusing.finish()});
    return {};
  }

  // What was told of the incidents, and the dispositions in the log they were made from.
  Result<void> records() {
    std::optional<Error> fault;
    const auto read = each_record(options_.source, [&](const KeptRecord& record) {
      hash_.add(record.text);
      if (auto revision = record.read()) {
        past_.take(*revision);
      } else if (!fault) {
        fault = revision.error();
      }
    });
    if (!read || fault) {
      return fail(read ? *fault : read.error());
    }
    if (!options_.source.log.empty() || !options_.source.console.empty()) {
      return {};
    }
    return each_event_record(
        options_.source.bus,
        [&](const ports::BusRecord& record, const std::string& place) -> Result<void> {
          if (wire::header_of(record.headers, "ce_type") != wire::kEventType) {
            return {};
          }
          hash_.add(*record.value);
          auto said = wire::disposition_of(*record.value);
          if (!said) {
            ++outcome_.lines;
            reject(place, said.error().message);
          } else {
            disposition(*said, place);
          }
          return {};
        });
  }

  [[nodiscard]] const calibrate::Past& past() {
    past_.settle();
    return past_;
  }
  [[nodiscard]] calibrate::Samples samples() {
    return calibrate::samples_of(past_, std::move(outcomes_));
  }
  [[nodiscard]] std::string hash() { return hex_of(hash_.finish()); }

  void tell_unknown_codes() const {
    std::size_t told = 0;
    for (const auto& [code, times] : unknown_codes_) {
      if (++told <= kToldCodes) {
        tell("a disposition that --codes does not know: " + code + ", " + std::to_string(times) +
             " times");
      }
    }
    if (told > kToldCodes) {
      tell("and " + std::to_string(told - kToldCodes) + " more codes");
    }
  }

 private:
  void hear(const std::vector<fuse::Fusing::Answer>& answers) {
    for (const auto& answer : answers) {
      for (const IncidentRevision& revision : answer) {
        past_.take(revision);
      }
    }
  }

  // What came with the first that was heard of a call has no time: the call was over by then.
  void disposition(const wire::DispositionRecord& record, const std::string& place) {
    const bool heard = !heard_.insert(record.event.str()).second;
    if (record.code.empty()) {
      return;
    }
    const auto finding = codes_.read(record.code);
    if (!finding) {
      ++unknown_codes_[record.code];
      return;
    }
    outcomes_.push_back({record.event.str(), *finding,
                         heard ? std::optional(record.received) : std::nullopt, place});
  }

  void reject(const std::string& place, const std::string& why) {
    if (++outcome_.rejected <= kTold) {
      tell(place + ": " + why);
    }
  }

  const CalibrateOptions& options_;
  CalibrateOutcome& outcome_;
  calibrate::Codes codes_;
  calibrate::Past past_;
  std::vector<calibrate::Outcome> outcomes_;
  std::unordered_set<std::string> heard_;
  std::map<std::string, std::size_t> unknown_codes_;
  Sha256Stream hash_;
};

Result<std::string> association_file(const CalibrateOptions& options) {
  return options.association.empty() ? Result<std::string>(config::shipped_association())
                                     : read_whole(options.association);
}

}  // namespace

Result<CalibrateOutcome> calibrate(const CalibrateOptions& options, config::Faults& faults) {
  CalibrateOutcome outcome;
  const auto given = association_of(options.association, options.types, faults);
  const auto file = association_file(options);
  if (!given || !file) {
    return fail(given ? file.error() : given.error());
  }
  Reading reading(options, outcome);
  for (const auto& step : {&Reading::codes, &Reading::outcomes}) {
    if (auto good = (reading.*step)(); !good) {
      return fail(good.error());
    }
  }
  if (auto good = options.events.empty() ? reading.records() : reading.events(*given, faults);
      !good) {
    return fail(good.error());
  }
  reading.tell_unknown_codes();
  const calibrate::Past& past = reading.past();
  const calibrate::Samples samples = reading.samples();
  for (const std::string& lost : samples.fates.lost) {
    tell(lost);
  }
  calibrate::CalibrateOptions how;
  how.estimate.least_outcomes = static_cast<std::size_t>(options.least_outcomes);
  const auto calibration = calibrate::calibrate(samples, past, *given, reading.hash(), how);
  if (!calibration) {
    return fail(calibration.error().within(calibrate::fates_of(samples)));
  }
  const std::string text = calibrate::association_text(*file, *calibration);
  outcome.version = fit::version_of(text);
  outcome.words = calibrate::words_of(*calibration, samples);
  for (const auto& [path, content] :
       {std::pair{&options.out, text},
        std::pair{&options.page, calibrate::page_of(*calibration, samples, outcome.version)},
        std::pair{&options.json, calibrate::summary_of(*calibration, samples, outcome.version)}}) {
    if (auto good = write_whole(*path, content); !good) {
      return fail(good.error());
    }
  }
  (void)config::load_association(options.out, faults);
  if (!faults.empty()) {
    return fail(Fault::bad_config, "what was written does not load: " + options.out);
  }
  return outcome;
}

}  // namespace fusiond::app
