// How likely it is that something real happened: odds in milli-nats, as a list of factors that a
// person can add up by hand (design/0010). Pure; a function of the set of members.
// Journey: fusion/cases.cc -> fusion/explain.cc -> here
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/fusion/confidence_config.h"
#include "daemon/model/event.h"
#include "daemon/model/incident.h"

namespace fusiond::fusion {

constexpr std::size_t kFactorEvents = 8;  // named of a factor's events: the first ones

// Who told it: a caller, a device, an author, a unit. Equal names are one witness. Points into the
// event.
struct WitnessName {
  enum class Space : std::uint8_t { provenance, caller, device, source, cad, event };
  Space space = Space::event;
  std::string_view name;
  friend auto operator<=>(const WitnessName&, const WitnessName&) = default;
};
[[nodiscard]] WitnessName witness_name(const Event& event);

// One member as confidence sees it.
struct Testimony {
  const Event* event = nullptr;         // the record shown
  std::uint32_t copies = 0;             // folded into it
  std::optional<std::int64_t> fits_mn;  // by how much it beats chance against an incident that a
                                        // credible witness reported and that it did not join
};

// What the members of an incident say together.
struct Belief {
  std::int64_t odds_mn = 0;
  std::uint32_t permille = 0;
  std::vector<Factor> factors;         // add up to odds_mn
  std::uint32_t witnesses = 0;         // distinct ones that stand
  std::vector<std::uint32_t> numbers;  // of each member: its witness, from 1, by first member
};

class Confidence {
 public:
  explicit Confidence(const ConfidenceConfig& config) : config_(config) {}

  // Requires: at least one member; they come in (time, id) order.
  [[nodiscard]] Belief weigh(const std::vector<Testimony>& members) const;
  // A report of this kind is by itself likelier to be true than not.
  [[nodiscard]] bool credible(WitnessKind kind) const { return entry(kind).prior_mn > 0; }
  // Whether reports of this kind count what they nearly joined.
  [[nodiscard]] bool weighs_fits(WitnessKind kind) const { return entry(kind).fits; }

 private:
  struct Voices;
  [[nodiscard]] const ConfidenceConfig::Entry& entry(WitnessKind kind) const {
    return config_.witnesses[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] std::int64_t own_mn(const Event& event) const;
  [[nodiscard]] std::int64_t kind_mn(const Event& event) const;
  [[nodiscard]] std::int64_t alone_mn(const Event& event) const;
  [[nodiscard]] std::int64_t effective_milli(std::size_t witnesses) const;
  void add_prior(const Voices& voices, Belief& belief) const;
  void add_witnesses(const Voices& voices, Belief& belief) const;
  void add_fits(const Voices& voices, Belief& belief) const;
  bool add_alone(const Voices& voices, Belief& belief) const;
  void add_against(const Voices& voices, Belief& belief) const;
  void limit(Belief& belief) const;

  const ConfidenceConfig& config_;
};

// 1 / (1 + exp(-odds)) in thousandths.
[[nodiscard]] std::uint32_t permille_of(std::int64_t odds_mn);

}  // namespace fusiond::fusion
