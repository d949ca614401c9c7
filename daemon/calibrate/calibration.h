// Outcomes in, factors out: the first part of the time fits, the last part judges.
// Journey: app/calibrate.cc -> here -> calibrate/confidence_text.cc, calibrate/page.cc
#pragma once

#include <cstddef>
#include <string>

#include "daemon/calibrate/estimate.h"
#include "daemon/calibrate/judge.h"
#include "daemon/calibrate/samples.h"

namespace fusiond::calibrate {

struct Period {
  std::string from, until;  // days in UTC
  std::size_t incidents = 0, founded = 0;
};

struct Calibration {
  std::string given;  // the version started from
  std::string input;  // a hash of the outcomes and of what they were about
  Period fitted, judged;
  Estimates estimates;
  Judgement judgement;
};

struct CalibrateOptions {
  EstimateOptions estimate;
  std::size_t fit_percent = 70;  // of the incidents, the first ones; the others judge
};

// `input` is written down as it is. Errors: bad_input when there is too little to fit to.
[[nodiscard]] Result<Calibration> calibrate(const Samples& samples, const Past& past,
                                            const fusion::AssociationConfig& given,
                                            const std::string& input,
                                            const CalibrateOptions& options);

// "from 412 outcomes, 61 founded; 95 %: -2.10 to -1.40; weight of the outcomes .93", "kept: …".
[[nodiscard]] std::string note_of(const Quantity& quantity);
[[nodiscard]] std::string summary_of(const Calibration& calibration, const Samples& samples,
                                     const std::string& version);
// What became of the outcomes, in a line.
[[nodiscard]] std::string fates_of(const Samples& samples);
// For a terminal: a few lines.
[[nodiscard]] std::string words_of(const Calibration& calibration, const Samples& samples);
// "better: Brier .0500 -> .0310 on 348 later incidents …"
[[nodiscard]] std::string verdict_of(const Calibration& calibration);

}  // namespace fusiond::calibrate
