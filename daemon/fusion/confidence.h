// How likely it is that something real happened: odds in milli-nats, as a list of factors that a
// person can add up by hand (design/0010). Pure; a function of the set of members.
// Journey: fusion/cases.cc -> fusion/explain.cc -> here
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/fusion/confidence_config.h"
#include "daemon/fusion/spare.h"
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

  // Sets all of `belief`, and uses the room of what stood there. Requires: at least one member;
  // they come in (time, id) order.
  void weigh(const std::vector<Testimony>& members, Belief& belief);
  // A report of this kind is by itself likelier to be true than not.
  [[nodiscard]] bool credible(WitnessKind kind) const { return entry(kind).prior_mn > 0; }
  // Whether reports of this kind count what they nearly joined.
  [[nodiscard]] bool weighs_fits(WitnessKind kind) const { return entry(kind).fits; }

 private:
  // What became of a report; of several by one witness the largest counts.
  enum class Fate : std::uint8_t { retracted, cancelled, stands };
  // One voice per witness.
  struct Voice {
    const Testimony* best = nullptr;  // its strongest report, the first of equals
    std::int64_t alone_mn = 0;
    std::int64_t kind_mn = 0;
    std::int64_t own_mn = 0;
    WitnessKind kind = WitnessKind::unspecified;  // of the strongest
    Fate fate = Fate::retracted;
  };
  [[nodiscard]] const ConfidenceConfig::Entry& entry(WitnessKind kind) const {
    return config_.witnesses[static_cast<std::size_t>(kind)];
  }
  static Fate fate_of(const Event& event);
  [[nodiscard]] Voice voice_of(const Testimony& one) const;
  [[nodiscard]] std::int64_t own_mn(const Event& event) const;
  [[nodiscard]] std::int64_t kind_mn(const Event& event) const;
  [[nodiscard]] std::int64_t effective_milli(std::size_t witnesses) const;
  void number(const std::vector<Testimony>& members, std::vector<std::uint32_t>& numbers);
  void listen(const std::vector<Testimony>& members, const std::vector<std::uint32_t>& numbers);
  Factor& add(FactorKind kind, WitnessKind witness, std::int64_t total_mn, Belief& belief);
  void add_prior(Belief& belief);
  void add_witnesses(Belief& belief);
  void add_fits(Belief& belief);
  bool add_alone(Belief& belief);
  void add_against(Belief& belief);
  void limit(Belief& belief);

  const ConfidenceConfig& config_;
  // Room that is used again.
  std::vector<std::pair<WitnessName, std::uint32_t>> names_;
  std::vector<std::uint32_t> first_;       // of each member: its witness's first member
  std::vector<Voice> voices_;              // in the order of their first members
  std::vector<const Testimony*> counted_;  // what stands; everything when nothing does
  std::vector<const Voice*> speaking_;     // whose reports are counted
  const Voice* strongest_ = nullptr;
  std::size_t factors_ = 0;  // made so far
  Spare<Factor> spare_;
};

// 1 / (1 + exp(-odds)) in thousandths.
[[nodiscard]] std::uint32_t permille_of(std::int64_t odds_mn);

}  // namespace fusiond::fusion
