// An incident as it stood, weighed by other factors: with the engine's own arithmetic, and as a row
// of numbers whose sum the estimators can take apart.
// Journey: calibrate/samples.cc -> here -> calibrate/estimate.cc
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/calibrate/past.h"
#include "daemon/fusion/confidence.h"
#include "daemon/fusion/confidence_config.h"

namespace fusiond::calibrate {

// What the odds of one incident are made of.
struct Row {
  struct More {
    WitnessKind teller = WitnessKind::unspecified;
    double count = 0;  // witnesses
    double less = 0;   // 1 where the strongest report is one of them, for it is the prior
  };
  WitnessKind strongest = WitnessKind::unspecified;
  std::uint32_t kind = 0;      // what the strongest reports
  std::optional<double> sure;  // its source's own confidence, above one half
  std::vector<More> more;      // further witnesses, by who they are
  double fits = 0;             // nats
  bool alone = false;
  double retracted = 0, cancelled = 0;  // witnesses
};

// How many of n witnesses of one kind count, and how fast that falls as they share more.
struct Effective {
  double count = 0, slope = 0;
};
[[nodiscard]] Effective effective(double witnesses, double share);

// Threads: one at a time.
class Weighing {
 public:
  // Requires: `past` outlives it.
  explicit Weighing(const Past& past) : past_(past) {}

  // Requires: a picture that leaves no report out.
  [[nodiscard]] fusion::Belief weigh(const Picture& picture, const fusion::ConfidenceConfig& by);
  [[nodiscard]] Row row(const Picture& picture, const fusion::ConfidenceConfig& by);

 private:
  void testify(const Picture& picture);

  const Past& past_;
  std::vector<Event> events_;
  std::vector<fusion::Testimony> testimonies_;
};

}  // namespace fusiond::calibrate
