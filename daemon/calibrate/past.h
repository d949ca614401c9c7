// What was said of every incident, and when: enough to know how an incident stood at any time, and
// which one an officer's word is about.
// Journey: app/calibrate.cc -> here -> calibrate/samples.cc
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/model/incident.h"

namespace fusiond::calibrate {

// Numbers for words, in the order of first use.
class Names {
 public:
  std::uint32_t of(const std::string& word);
  [[nodiscard]] std::optional<std::uint32_t> find(const std::string& word) const;
  [[nodiscard]] const std::string& word(std::uint32_t number) const { return words_[number]; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(words_.size()); }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<std::string> words_;
};

// One member of an incident, as confidence sees it.
struct Report {
  std::uint32_t event = 0;
  std::uint32_t witness = 0;  // equal numbers are one witness, within the incident
  std::uint32_t kind = 0;     // what it reports
  std::uint32_t copies = 0;
  WitnessKind teller = WitnessKind::unspecified;
  Lifecycle lifecycle = Lifecycle::fresh;
  std::optional<std::uint16_t> sure_permille;  // its source's own confidence
};

// One revision of an incident.
struct Picture {
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  WallTime told;
  EventTime first;
  IncidentState state = IncidentState::open;
  std::uint32_t merged_into = 0;  // an incident; only where the state is merged
  std::uint32_t family = 0;
  std::uint32_t association = 0;  // the version it was made with
  std::int64_t odds_mn = 0;
  std::vector<Report> reports;
  std::vector<std::uint32_t> left_out;  // events of a large incident that it does not list
  std::optional<std::pair<std::uint32_t, std::int64_t>> fits;  // the event that nearly joined, nats
};

enum class Lost : std::uint8_t { no, unknown, ambiguous, too_early, withdrawn };

struct Found {
  Lost lost = Lost::no;
  std::uint32_t incident = 0;
  const Picture* picture = nullptr;
};

class Past {
 public:
  // In any order; of one revision told twice the first counts.
  void take(const IncidentRevision& revision);
  // After the last one, before anything is asked.
  void settle();

  // What `id` names (an incident, an event, its source's own id of it, a CAD number), as it stood
  // before `before`, or at last.
  [[nodiscard]] Found look(const std::string& id, std::optional<WallTime> before) const;
  // The incident that a picture of it ends in, as it stood at last; nothing if that was withdrawn.
  [[nodiscard]] Found at_last(std::uint32_t incident) const;
  [[nodiscard]] const Picture& first_of(std::uint32_t incident) const;

  // Every incident that is neither merged nor withdrawn at last.
  [[nodiscard]] std::vector<std::uint32_t> standing() const;
  // Who tells of a kind of report the most; of equals the first.
  [[nodiscard]] WitnessKind teller_of(std::uint32_t kind) const;

  [[nodiscard]] const Names& kinds() const { return kinds_; }
  [[nodiscard]] const Names& families() const { return families_; }
  [[nodiscard]] const Names& associations() const { return associations_; }
  [[nodiscard]] const Names& incidents() const { return incidents_; }
  [[nodiscard]] std::size_t pictures() const;

 private:
  // Events that share a number, a source's id, … : the one heard first stands for them.
  struct Named {
    std::uint32_t event = 0;
    WallTime heard;
    std::string whole;  // of a CAD number with its agency; of others the source
    bool several = false;
  };
  using NamedEvents = std::unordered_map<std::string, Named>;

  void note(const Member& member, std::uint32_t event);
  static void name(NamedEvents& in, const std::string& word, const Named& one);
  [[nodiscard]] const Picture* before(std::uint32_t incident, std::optional<WallTime> time) const;
  [[nodiscard]] Found of_incident(std::uint32_t incident, std::optional<WallTime> time) const;
  [[nodiscard]] Found of_event(std::uint32_t event, std::optional<WallTime> time) const;

  Names incidents_, events_, kinds_, families_, associations_;
  std::vector<std::vector<Picture>> pictures_;     // by incident
  std::vector<std::vector<std::uint32_t>> homes_;  // by event: incidents that ever held it
  std::vector<std::array<std::uint32_t, kWitnessKinds>> tellers_;  // by kind
  NamedEvents by_source_id_, by_cad_;
};

}  // namespace fusiond::calibrate
