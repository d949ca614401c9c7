#include "daemon/calibrate/calibration.h"

#include <algorithm>
#include <span>

#include "daemon/fit/constants.h"
#include "daemon/fit/json_object.h"

namespace fusiond::calibrate {
namespace {

using fit::number;
using fit::Object;

constexpr double kZ = 1.96;
constexpr std::size_t kDayLetters = 10;  // of 2026-07-01T…

std::string day_of(EventTime time) {
  return to_rfc3339(micros_of(time)).substr(0, kDayLetters);
}

Period period_of(std::span<const Sample> samples) {
  Period period;
  if (!samples.empty()) {
    period.from = day_of(samples.front().when);
    period.until = day_of(samples.back().when);
  }
  period.incidents = samples.size();
  period.founded = static_cast<std::size_t>(
      std::count_if(samples.begin(), samples.end(), [](const Sample& one) { return one.founded; }));
  return period;
}

const char* word_of(Part part) {
  switch (part) {
    case Part::prior:
      return "prior";
    case Part::likelier:
      return "likelier";
    case Part::own:
      return "own_slope";
    case Part::family:
      return "family";
    case Part::kind:
      return "kind";
    case Part::share:
      return "share";
    case Part::alone:
      return "alone";
    case Part::retracted:
      return "retracted";
    case Part::cancelled:
      break;
  }
  return "cancelled";
}

const char* word_of(Verdict verdict) {
  return verdict == Verdict::estimated ? "estimated"
         : verdict == Verdict::too_few ? "too_few"
         : verdict == Verdict::silent  ? "silent"
                                       : "whole";
}

const char* word_of(Comparison::Verdict verdict) {
  return verdict == Comparison::Verdict::better  ? "better"
         : verdict == Comparison::Verdict::worse ? "worse"
                                                 : "cannot_tell";
}

Object object_of(const Score& score) {
  Object object;
  object.count("incidents", score.incidents).count("founded", score.founded);
  object.number("brier", score.brier).number("log_loss", score.log_loss);
  object.number("ece", score.ece).number("ece_by_chance", score.ece_by_chance);
  object.put("bins", fit::array_of(score.bins, [](const Bin& bin) {
               const double n = std::max<double>(static_cast<double>(bin.incidents), 1);
               const Interval interval = interval_of(bin.founded, bin.incidents);
               return Object()
                   .count("incidents", bin.incidents)
                   .count("founded", bin.founded)
                   .number("said", bin.said / n)
                   .number("low", interval.low)
                   .number("high", interval.high)
                   .done();
             }));
  return object;
}

std::string json_of(const Comparison& comparison) {
  return Object()
      .text("verdict", word_of(comparison.verdict))
      .number("brier_gain", comparison.gain)
      .number("brier_gain_error", comparison.gain_error)
      .put("given", object_of(comparison.given).done())
      .put("fitted", object_of(comparison.fitted).done())
      .done();
}

std::string json_of(const Quantity& one) {
  Object object;
  object.text("part", word_of(one.part));
  object.text("witness", one.part < Part::share ? name_of(one.witness) : "");
  object.text("name", one.name).number("given", one.given).number("value", one.value);
  object.text("verdict", word_of(one.verdict));
  object.count("outcomes", one.outcomes).count("founded", one.founded);
  if (one.verdict == Verdict::estimated) {
    object.number("low", one.value - kZ * one.error).number("high", one.value + kZ * one.error);
    object.number("weight_of_outcomes", one.weight);
  }
  return object.done();
}

std::string json_of(const Endings& endings) {
  const auto share = [&](std::size_t all) {
    return all == 0 ? std::string("null")
                    : fit::real(static_cast<double>(endings.founded) / static_cast<double>(all));
  };
  return Object()
      .count("founded", endings.founded)
      .count("unfounded", endings.unfounded)
      .count("unconfirmed", endings.unconfirmed)
      .count("no_outcome", endings.none)
      .put("founded_of_all", share(endings.all()))
      .put("founded_of_those_with_an_outcome", share(endings.with_outcome()))
      .done();
}

std::string json_of(const Fates& fates) {
  Object object;
  object.count("read", fates.read).count("used", fates.used).count("undecided", fates.undecided);
  object.count("duplicates", fates.duplicates).count("repeats", fates.repeats);
  object.count("replaced", fates.replaced).count("contradictory", fates.contradictory);
  object.count("unknown_id", fates.unknown_id).count("ambiguous_id", fates.ambiguous_id);
  object.count("too_early", fates.too_early).count("withdrawn", fates.withdrawn);
  object.count("in_part", fates.in_part).count("knowing", fates.knowing);
  return object.done();
}

std::string json_of(const Period& period) {
  return Object()
      .text("from", period.from)
      .text("until", period.until)
      .count("incidents", period.incidents)
      .count("founded", period.founded)
      .done();
}

std::string scores(const char* name, const Comparison& one) {
  return std::string("  ") + name + " (" + std::to_string(one.given.incidents) + "): Brier " +
         number(one.given.brier, 4) + " -> " + number(one.fitted.brier, 4) + ", ECE " +
         number(one.given.ece, 3) + " -> " + number(one.fitted.ece, 3) +
         " (chance alone: " + number(one.fitted.ece_by_chance, 3) + ")\n";
}

}  // namespace

Result<Calibration> calibrate(const Samples& samples, const Past& past,
                              const fusion::AssociationConfig& given, const std::string& input,
                              const CalibrateOptions& options) {
  const std::span<const Sample> all(samples.all);
  const std::size_t first = all.size() * options.fit_percent / 100;
  Calibration calibration;
  calibration.given = given.version;
  calibration.input = input;
  calibration.fitted = period_of(all.first(first));
  calibration.judged = period_of(all.subspan(first));
  auto estimates = estimate(all.first(first), past, given, options.estimate);
  if (!estimates) {
    return fail(estimates.error());
  }
  calibration.estimates = std::move(*estimates);
  calibration.judgement =
      judge(all.subspan(first), past, given.confidence, calibration.estimates.config);
  return calibration;
}

std::string note_of(const Quantity& one) {
  const std::string outcomes =
      std::to_string(one.outcomes) + (one.outcomes == 1 ? " outcome" : " outcomes");
  switch (one.verdict) {
    case Verdict::estimated:
      return "from " + outcomes + ", " + std::to_string(one.founded) +
             " founded; 95 %: " + number(one.value - kZ * one.error, 2) + " to " +
             number(one.value + kZ * one.error, 2) + "; their weight " + number(one.weight, 2);
    case Verdict::silent:
      return "kept: " + outcomes + ", " + std::to_string(one.founded) +
             " founded, say too little about it";
    case Verdict::whole:
      return "kept: nearly all " + outcomes + " of what it is a part of, which has them";
    case Verdict::too_few:
      break;
  }
  return one.outcomes == 0 ? "kept: no outcomes" : "kept: too few, " + outcomes;
}

std::string verdict_of(const Calibration& calibration) {
  const Comparison& all = calibration.judgement.all;
  using Judged = Comparison::Verdict;
  const std::string figures =
      "Brier score " + number(all.given.brier, 4) + " -> " + number(all.fitted.brier, 4) + " on " +
      std::to_string(calibration.judged.incidents) + " later incidents, difference " +
      number(all.gain, 4) + " with a standard error of " + number(all.gain_error, 4);
  switch (all.verdict) {
    case Judged::better:
      return "The fitted factors are better: " + figures;
    case Judged::worse:
      return "The fitted factors are WORSE: " + figures;
    case Judged::cannot_tell:
      break;
  }
  return "No difference that the outcomes can tell: " + figures;
}

std::string fates_of(const Samples& samples) {
  const Fates& fates = samples.fates;
  std::string text = std::to_string(fates.read) + " outcomes, of which " +
                     std::to_string(fates.used) + " decide what " +
                     std::to_string(samples.all.size()) + " incidents were";
  const auto add = [&](std::size_t count, const char* words) {
    text += count == 0 ? "" : ", " + std::to_string(count) + " " + words;
  };
  add(fates.undecided, "are unconfirmed or unknown");
  add(fates.duplicates, "say duplicate");
  add(fates.repeats, "repeat one");
  add(fates.replaced, "were replaced");
  add(fates.contradictory, "contradict each other");
  add(fates.unknown_id, "have an unknown id");
  add(fates.ambiguous_id, "have an id of several");
  add(fates.too_early, "come too early");
  add(fates.withdrawn, "are of withdrawn incidents");
  add(fates.in_part, "are of incidents that list only part of their reports");
  add(fates.knowing, "have no time though their incident may know the outcome");
  return text;
}

std::string words_of(const Calibration& calibration, const Samples& samples) {
  const auto& all = calibration.estimates.quantities;
  const auto estimated = std::count_if(all.begin(), all.end(), [](const Quantity& one) {
    return one.verdict == Verdict::estimated;
  });
  std::string text = fates_of(samples) + "; " + std::to_string(calibration.fitted.incidents) +
                     " incidents of " + calibration.fitted.from + " to " +
                     calibration.fitted.until + " fit, " +
                     std::to_string(calibration.judged.incidents) + " of " +
                     calibration.judged.from + " to " + calibration.judged.until + " judge\n";
  text += "  " + std::to_string(estimated) + " factors estimated\n";
  for (const Quantity& one : all) {
    if (one.part == Part::family && one.verdict == Verdict::too_few) {
      text += "  left alone: " + name_of(one.witness) + ", " + one.name + " (" +
              std::to_string(one.outcomes) + " outcomes)\n";
    }
  }
  text += scores("as they stood before the outcome", calibration.judgement.all);
  text += scores("of these with two witnesses or more", calibration.judgement.several);
  text += scores("as they were told first", calibration.judgement.at_opening);
  return text + verdict_of(calibration) + "\n";
}

std::string summary_of(const Calibration& calibration, const Samples& samples,
                       const std::string& version) {
  const Estimates& estimates = calibration.estimates;
  Object families;
  for (const auto& [family, endings] : samples.by_family) {
    families.put(family, json_of(endings));
  }
  Object tellers;
  for (const auto& [teller, endings] : samples.by_teller) {
    tellers.put(name_of(teller), json_of(endings));
  }
  return Object()
             .text("given_version", calibration.given)
             .text("fitted_version", version)
             .text("input_sha256", calibration.input)
             .put("outcomes", json_of(samples.fates))
             .count("incidents_with_agreeing_outcomes", samples.agreeing)
             .count("incidents_with_disagreeing_outcomes", samples.disagreeing)
             .put("endings_by_family", families.done())
             .put("endings_by_witness", tellers.done())
             .put("fitted", json_of(calibration.fitted))
             .put("judged", json_of(calibration.judged))
             .count("days", estimates.days)
             .number("days_differ_more_than_chance_by", estimates.over_chance)
             .count("turning", estimates.turning)
             .put("factors", fit::array_of(estimates.quantities,
                                           [](const Quantity& one) { return json_of(one); }))
             .put("before_the_outcome", json_of(calibration.judgement.all))
             .put("two_witnesses_or_more", json_of(calibration.judgement.several))
             .put("at_opening", json_of(calibration.judgement.at_opening))
             .count("records_made_with_other_factors", calibration.judgement.otherwise)
             .done() +
         "\n";
}

}  // namespace fusiond::calibrate
