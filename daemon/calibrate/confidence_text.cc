#include "daemon/calibrate/confidence_text.h"

#include <map>

#include "daemon/base/sha256.h"
#include "daemon/fit/blocks.h"
#include "daemon/fit/constants.h"

namespace fusiond::calibrate {
namespace {

constexpr std::size_t kHashDigits = 10;

std::string field(const char* name, std::int64_t value) {
  return std::string(name) + ": " + std::to_string(value) + ", ";
}

std::string yes(bool value) {
  return value ? "true" : "false";
}

// The notes on what a kind of witness has, by its part; parts without outcomes say nothing.
std::string notes_on(const Estimates& estimates, WitnessKind witness) {
  std::string notes;
  for (const Quantity& one : estimates.quantities) {
    const bool own = one.part == Part::prior || one.part == Part::likelier ||
                     (one.part == Part::own && one.given != 0);
    if (own && one.witness == witness && one.outcomes > 0) {
      const char* name = one.part == Part::prior      ? "prior"
                         : one.part == Part::likelier ? "likelier"
                                                      : "own slope";
      notes += std::string("    # ") + name + ": " + note_of(one) + "\n";
    }
  }
  return notes;
}

std::string witnesses(const Estimates& estimates) {
  std::string text =
      "  # prior_mn: one report of this kind, alone. likelier_mn: each further witness (n of a "
      "kind count as n / (1 + (n - 1) * share)).\n"
      "  # own_slope_mn: per 1.0 of the source's own confidence away from 0.5, at most "
      "own_bound_mn either way.\n"
      "  # fits: counts that it nearly joined what a credible witness (prior above 0) reported. "
      "repeats: saying it again and again, alone, speaks against it.\n"
      "  witnesses:\n";
  for (std::size_t k = 0; k < kWitnessKinds; ++k) {
    const auto kind = static_cast<WitnessKind>(k);
    const auto& entry = estimates.config.witnesses[k];
    text += notes_on(estimates, kind) + "    " + name_of(kind) + ": {" +
            field("prior_mn", entry.prior_mn) + field("likelier_mn", entry.likelier_mn) +
            field("own_slope_mn", entry.own_slope_mn) + field("own_bound_mn", entry.own_bound_mn) +
            "fits: " + yes(entry.fits) + ", repeats: " + yes(entry.repeats) + "}\n";
  }
  return text;
}

std::string kinds(const Estimates& estimates) {
  std::string text =
      "  # Added for what is reported: what its family differs by, and what the kind differs by "
      "from its family.\n";
  std::map<std::string, const Quantity*> told;
  for (const Quantity& one : estimates.quantities) {
    if (one.part == Part::family && one.outcomes > 0) {
      text += "  # " + name_of(one.witness) + ", " + one.name + ": " +
              (one.verdict == Verdict::estimated ? fit::number(one.value, 2) + " " : "") +
              note_of(one) + "\n";
    }
    if (one.part == Part::kind && one.outcomes > 0) {
      told[one.name] = &one;
    }
  }
  if (estimates.config.kinds_mn.empty()) {
    return text + "  kinds_mn: {}\n";
  }
  text += "  kinds_mn:\n";
  for (const auto& [kind, mn] : estimates.config.kinds_mn) {
    const auto note = told.find(kind);
    text += "    " + kind + ": " + std::to_string(mn) +
            (note == told.end() ? "" : "  # of its own: " + note_of(*note->second)) + "\n";
  }
  return text;
}

std::string whole(const Estimates& estimates, Part part, const char* key, std::int64_t value,
                  const char* meaning) {
  std::string note;
  for (const Quantity& one : estimates.quantities) {
    if (one.part == part) {
      note = note_of(one);
    }
  }
  return std::string("  ") + key + ": " + std::to_string(value) + "  # " + meaning + "; " + note +
         "\n";
}

std::string plain(const char* key, std::int64_t value, const char* meaning) {
  return std::string("  ") + key + ": " + std::to_string(value) + "  # " + meaning + "\n";
}

std::string confidence(const Estimates& estimates) {
  const fusion::ConfidenceConfig& config = estimates.config;
  return "confidence:\n" + witnesses(estimates) + kinds(estimates) +
         whole(estimates, Part::share, "share_permille", config.share_permille,
               "how much witnesses of one kind share") +
         plain("fits_most_mn", config.fits_most_mn, "nearly joining counts at most this") +
         plain("alone_after", config.alone_after,
               "one witness that said it more often than this (copies included), and nobody else "
               "...") +
         whole(estimates, Part::alone, "alone_mn", config.alone_mn,
               "... speaks against it by this much") +
         whole(estimates, Part::retracted, "retracted_mn", config.retracted_mn,
               "each witness that took its report back") +
         whole(estimates, Part::cancelled, "cancelled_mn", config.cancelled_mn,
               "each witness whose report was called off") +
         plain("limit_mn", config.limit_mn, "never surer than this, either way");
}

}  // namespace

std::string association_text(const std::string& file, const Calibration& calibration) {
  const std::string section = confidence(calibration.estimates);
  std::string before;
  std::string after;
  bool versioned = false;
  bool written = false;
  for (const fit::Block& block : fit::blocks_of(file)) {
    if (block.key == "version") {
      versioned = true;
      continue;
    }
    const bool replaced = block.key == "confidence";
    written = written || replaced;
    (versioned ? after : before) += replaced ? section : block.text;
  }
  after += written ? "" : section;
  const std::string days = calibration.fitted.from + "_" + calibration.fitted.until;
  const std::string hash = hex_of(sha256(before + after)).substr(0, kHashDigits);
  return before + "# Calibrated by `fusiond calibrate` to what officers found of " +
         std::to_string(calibration.fitted.incidents) + " incidents, starting from " +
         calibration.given + " (input " + calibration.input + ").\n# " + verdict_of(calibration) +
         ".\nversion: \"calibrated-" + days + "-" + hash + "\"\n" + after;
}

}  // namespace fusiond::calibrate
