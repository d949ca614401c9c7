#include "tests/support/told_city.h"

#include <deque>

#include "daemon/fusion/confidence.h"
#include "tests/support/event_builder.h"
#include "tests/support/seeded_rng.h"

namespace fusiond::support {
namespace {

// What the city's witnesses tell of, and how many of the incidents begin so.
struct Teller {
  WitnessKind kind;
  std::vector<std::string> kinds;
  std::uint32_t percent;
  bool sure;  // says how sure it is
};

const std::vector<Teller>& tellers() {
  static const std::vector<Teller> all = {
      {WitnessKind::caller, {"shots_fired", "crash", "fire", "fight", "disturbance"}, 45, false},
      {WitnessKind::camera, {"crash", "fight"}, 25, true},
      {WitnessKind::acoustic, {"gunshot"}, 15, true},
      {WitnessKind::social, {"fire", "fight", "crash"}, 15, true},
  };
  return all;
}

const Teller& first_teller(SeededRng& rng) {
  auto percent = static_cast<std::uint32_t>(rng.below(100));
  for (const Teller& one : tellers()) {
    if (percent < one.percent) {
      return one;
    }
    percent -= one.percent;
  }
  return tellers().front();
}

ToldReport report_by(const Teller& teller, SeededRng& rng) {
  ToldReport report;
  report.kind = rng.one_of(teller.kinds);
  report.teller = teller.kind;
  if (teller.sure) {
    report.sure_permille = static_cast<std::uint16_t>(rng.between(200, 900));
  }
  if (rng.chance(4)) {
    report.lifecycle = rng.chance(50) ? Lifecycle::cancel : Lifecycle::retract;
  }
  return report;
}

}  // namespace

IncidentRevision told(const std::string& name, Micros at, const std::vector<ToldReport>& reports,
                      const fusion::AssociationConfig& config) {
  IncidentRevision revision;
  IncidentContent& content = revision.content;
  content.id = IncidentId{name};
  content.family = config.families.front();
  revision.epoch = 1;
  revision.revision = 1;
  revision.updated = wall_time(kStartUs + at.count());
  revision.opened = revision.updated;
  revision.versions.association = config.version;
  content.first_occurred = event_time(kStartUs + at.count());
  content.last_occurred = content.first_occurred;
  std::deque<Event> events;
  std::vector<fusion::Testimony> testimonies;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const ToldReport& report = reports[i];
    const std::string id = name + "-" + std::to_string(i + 1);
    Member member;
    member.event_id = EventId{id};
    member.source = SourceId{"source"};
    member.source_event_id = "s-" + id;
    member.keys.cad_number = "pd/c-" + id;
    member.kind = report.kind;
    const bool unit = report.teller == WitnessKind::unit;
    member.source_kind = unit ? SourceKind::cad : static_cast<SourceKind>(report.teller);
    if (unit) {
      member.place.emplace();
      member.place->method = LocationMethod::device_registry;
    }
    member.first_received = revision.updated;
    member.lifecycle = report.lifecycle;
    member.copies = report.copies;
    member.confidence_permille = report.sure_permille;
    member.witness = report.witness == 0 ? static_cast<std::uint32_t>(1000 + i) : report.witness;
    Event event;
    event.id = member.event_id;
    event.source_kind = member.source_kind;
    event.place = member.place;
    event.kind = member.kind;
    event.lifecycle = member.lifecycle;
    event.confidence_permille = member.confidence_permille;
    event.provenance = std::to_string(member.witness);
    events.push_back(std::move(event));
    testimonies.push_back({&events.back(), report.copies, std::nullopt});
    content.members.push_back(std::move(member));
  }
  content.members_total = static_cast<std::uint32_t>(reports.size());
  fusion::Belief belief;
  fusion::Confidence(config.confidence).weigh(testimonies, belief);
  content.odds_mn = belief.odds_mn;
  content.confidence_permille = belief.permille;
  content.factors = belief.factors;
  content.witnesses = belief.witnesses;
  return revision;
}

ToldCity told_city(const fusion::AssociationConfig& truth, const ToldCityOptions& options) {
  using std::chrono_literals::operator""h;
  ToldCity city;
  SeededRng rng(options.seed);
  const Micros whole = Micros{24h} * static_cast<std::int64_t>(options.days);
  const Micros step = whole / static_cast<std::int64_t>(options.incidents);
  for (std::size_t i = 0; i < options.incidents; ++i) {
    std::vector<ToldReport> reports{report_by(first_teller(rng), rng)};
    while (reports.size() < 8 && rng.chance(35)) {
      reports.push_back(report_by(first_teller(rng), rng));
    }
    const Micros at = step * static_cast<std::int64_t>(i);
    const std::string name = "i" + std::to_string(i);
    const IncidentRevision revision = told(name, at, reports, truth);
    city.past.take(revision);
    const bool founded = rng.below(1000) < revision.content.confidence_permille;
    city.outcomes.push_back({name,
                             founded ? calibrate::Finding::founded : calibrate::Finding::unfounded,
                             revision.updated + Micros{1h}, "drawn:" + std::to_string(i + 1)});
  }
  city.past.settle();
  return city;
}

}  // namespace fusiond::support
