// What one pass over the pairs leaves behind, and what follows from it for each parameter. Part of
// mixture.cc.
#pragma once

#include <array>
#include <vector>

#include "daemon/fit/mixture.h"

namespace fusiond::fit {

class Moments {
 public:
  Moments(const History& history, const Parameters& given, const Shrinkage& shrinkage);

  struct Share {  // of a pair, times its weight
    double same = 0;
    double related = 0;
    double placed = 0;  // of `same`, what says something of the place
    bool linked = false;
  };
  void add(const PairModel& model, const Parameters& now, const Pair& pair, const Share& share);
  // Those events whose kind changed are like pairs of one incident for the type table.
  void add_retyped(const Parameters& now);
  // The next parameters. `weight`: of the reports of each stratum.
  [[nodiscard]] Parameters next(const PairModel& model, const Parameters& now, const Fixed& fixed,
                                const std::vector<double>& weight, const Reach& reach) const;
  // Only company and relation.
  void set_company(const PairModel& model, const std::vector<double>& weight,
                   Parameters& parameters) const;
  [[nodiscard]] Support support() const { return support_; }

 private:
  using BySources = std::array<std::array<double, kSources>, kSources>;
  void add_kinds(const Parameters& now, std::size_t a, std::size_t b, double weight);
  [[nodiscard]] double best_delay(std::size_t source, const Parameters& now, const BySources& mass,
                                  double window_s) const;

  const History& history_;
  const Parameters& given_;
  Shrinkage shrinkage_;
  std::vector<double> same_, related_;         // by family of the earlier
  BySources pairs_{}, gaps_{};                 // by the sources of earlier and later
  std::vector<double> spread_, spread_pairs_;  // by stand-off
  std::vector<std::vector<double>> belief_;    // by kind and family
  Support support_;
};

}  // namespace fusiond::fit
