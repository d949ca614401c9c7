// Every factor of the section `confidence` that outcomes can speak for, one after the other.
// Journey: calibrate/weighing.cc -> here -> calibrate/estimate.cc
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/calibrate/past.h"
#include "daemon/calibrate/weighing.h"
#include "daemon/fusion/association_config.h"

namespace fusiond::calibrate {

enum class Part : std::uint8_t {
  prior,     // of a kind of witness
  likelier,  // of a kind of witness
  own,       // its slope
  family,    // what the prior of one kind of witness is off by for one family
  kind,      // what that is off by for one kind of report
  share,     // the discount for more of one kind
  alone,     // what speaks against it, as the file has it: above 0
  retracted,
  cancelled
};

enum class Verdict : std::uint8_t {
  estimated,
  too_few,  // outcomes; the factor is left alone
  silent,   // outcomes enough, but they say hardly anything about it: the same
  whole  // all but a few of the outcomes of what it is a part of: it has nothing of its own to say
};

// One factor. In nats; `own` in nats per 1, `share` from 0 to 1.
struct Quantity {
  Part part = Part::prior;
  WitnessKind witness = WitnessKind::unspecified;
  std::string name;   // of a family or a kind of report
  double given = 0;   // families and kinds: 0
  double value = 0;   // given, unless estimated
  double error = 0;   // of the value
  double weight = 0;  // of the outcomes in the value; the rest is the given factor's
  std::size_t outcomes = 0, founded = 0;  // those in which it counts
  Verdict verdict = Verdict::too_few;
};

// Which quantity is where. Families and kinds are those that the past knows.
class Factors {
 public:
  Factors(const fusion::AssociationConfig& given, const Past& past);

  // By how much the odds of a row rise with each quantity that counts in it.
  using Slopes = std::vector<std::pair<std::size_t, double>>;
  // The odds of a row in nats, by the values given and before any limit; writes their slopes.
  [[nodiscard]] double odds(const Row& row, const std::vector<double>& values,
                            Slopes& slopes) const;

  [[nodiscard]] std::vector<Quantity>& all() { return all_; }
  [[nodiscard]] const std::vector<Quantity>& all() const { return all_; }
  [[nodiscard]] std::vector<double> values() const;
  // What a quantity may be, as the association's file allows it.
  [[nodiscard]] static std::pair<double, double> range(Part part);
  // How far the factor of a city may well be from that of another.
  [[nodiscard]] static double spread(Part part);
  // The quantity that one is a part of.
  [[nodiscard]] std::optional<std::size_t> parent(std::size_t quantity) const;

  // The given section with these values, as whole numbers.
  [[nodiscard]] fusion::ConfidenceConfig config(const std::vector<double>& values) const;

 private:
  struct Of {
    std::size_t prior = 0, likelier = 0, own = 0;
  };
  struct Told {
    std::size_t family = 0, kind = 0;
  };
  std::size_t add(Part part, WitnessKind witness, const std::string& name, double given);
  [[nodiscard]] const Of& of(WitnessKind kind) const { return of_[static_cast<std::size_t>(kind)]; }

  fusion::ConfidenceConfig given_;
  std::vector<Quantity> all_;
  std::array<Of, kWitnessKinds> of_{};
  std::vector<Told> told_;          // by kind of the past
  std::vector<std::string> names_;  // of the kinds
  std::vector<double> kind_given_;  // by kind: what the given section adds for it
  std::size_t share_ = 0, alone_ = 0, retracted_ = 0, cancelled_ = 0;
};

// The family that a kind of report means most. Kinds without a row are "unclassified".
[[nodiscard]] const std::string& leading_family(const fusion::AssociationConfig& config,
                                                const std::string& kind);

// "camera", …: as the association's file names them.
[[nodiscard]] const std::string& name_of(WitnessKind kind);

}  // namespace fusiond::calibrate
