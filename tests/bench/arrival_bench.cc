// What one arrival costs, in memory and in one thread: the decision with its reasons alone (fold
// and cases), and the whole engine, which also writes the incident out.
//   arrival_bench --config FILE [--what arrivals|sizes|late|point|memory|all] [--part
//   decision|both]
// Prints one line for each measurement, key=value; micros are CPU time of the thread per event.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <malloc.h>
#include <random>
#include <string>
#include <vector>

#include "daemon/fusion/cases.h"
#include "daemon/fusion/copies.h"
#include "daemon/fusion/engine.h"
#include "daemon/fusion/fold.h"
#include "daemon/fusion/nodes.h"
#include "daemon/fusion/reason.h"
#include "daemon/wire/incident_bytes.h"
#include "tests/bench/measured.h"

namespace fusiond::bench {
namespace {

constexpr std::int64_t kStartUs = 1'800'000'000'000'000;
constexpr std::int64_t kWindowUs = 900'000'000;
constexpr double kMetresPerDegree = 111'195;

using Random = std::mt19937_64;

// One event to come. Place in metres from the middle of the made-up city.
struct Report {
  std::int64_t occurred_us = 0;
  double east = 0;
  double north = 0;
  std::string kind;
  std::int64_t delay_us = 5'000'000;
};

Event event_of(const Report& report, std::size_t number) {
  Event event;
  event.source = SourceId{"calls"};
  event.source_event_id = std::to_string(number);
  event.id = event_id_of(event.source, event.source_event_id);
  event.revision = 1;
  event.source_kind = SourceKind::cad;
  event.kind = report.kind;
  event.occurred = event_time(report.occurred_us);
  event.received = wall_time(report.occurred_us + report.delay_us);
  event.lateness = std::chrono::minutes{60};
  const double lat = 38 + report.north / kMetresPerDegree;
  const double lon = -122 + report.east / (kMetresPerDegree * std::cos(38 * M_PI / 180));
  event.place =
      Place{static_cast<std::int32_t>(std::lround(lat * 1e7)),
            static_cast<std::int32_t>(std::lround(lon * 1e7)), 3000, 900, LocationMethod::gps};
  event.headline = "a call about " + report.kind;
  event.address_text = "100 block of Main Street";
  event.content_hash = number;
  return event;
}

const std::vector<std::string>& kinds() {
  static const std::vector<std::string> list = {"shots_fired", "crash",       "fire",  "fight",
                                                "theft",       "medical",     "noise", "hazard",
                                                "parking",     "traffic_stop"};
  return list;
}

double uniform(Random& random, double from, double to) {
  return std::uniform_real_distribution<double>(from, to)(random);
}

const std::string& any_kind(Random& random) {
  return kinds()[random() % kinds().size()];
}

// A place within `reach` metres.
void spread(Random& random, Report& report, double reach) {
  const double far = reach * std::sqrt(uniform(random, 0, 1));
  const double angle = uniform(random, 0, 2 * M_PI);
  report.east += far * std::cos(angle);
  report.north += far * std::sin(angle);
}

// The engine without the book: takes an event in, decides, links, and writes the reasons of the
// event out.
class Decider {
 public:
  explicit Decider(const fusion::AssociationConfig& config)
      : score_(config),
        people_(nodes_),
        fold_(score_, people_),
        cases_(score_, fold_, people_),
        copies_(nodes_) {}

  void take(const EventState& state) {
    const Event& event = *state.deciding;
    fusion::Node& node = nodes_.make(event.id);
    node.state = state;
    node.known = true;
    (void)copies_.update(node);
    fusion::Facts facts = score_.facts_of(event);
    facts.keys = fold_.keys().numbers_of(event);
    fold_.replace(node, fusion::Role::grouped, facts);
    fold_.settle();
    cases_.settle(fold_.moved, fold_.decided);
    fold_.moved.clear();
    fold_.decided.clear();
    (void)cases_.take_touched();
    fusion::write_reason(node, 8, reason_);
  }
  [[nodiscard]] std::size_t anchors() const {
    std::size_t count = 0;
    nodes_.each([&](const fusion::Node& node) { count += node.is_anchor() ? 1 : 0; });
    return count;
  }
  [[nodiscard]] const fusion::Fold::Stats& stats() const { return fold_.stats(); }

 private:
  fusion::Score score_;
  fusion::Nodes nodes_;
  fusion::People people_;
  fusion::Fold fold_;
  fusion::Cases cases_;
  fusion::Copies copies_;
  Reason reason_;
};

struct Parts {
  bool engine = true;  // also the whole engine
};
class Whole {
 public:
  explicit Whole(const config::Config& config)
      : engine_({.association = config.association, .priorities = config.rules, .versions = {}},
                writer_) {}

  void take(const EventState& state) {
    const Event& event = *state.deciding;
    revisions_ +=
        engine_.apply(state, {"event", event.id, event.revision, {}, event.received}).size();
  }

 private:
  wire::IncidentBytes writer_;
  fusion::Engine engine_;
  std::uint64_t revisions_ = 0;
};

template <class Part>
double micros_each(Part& part, const std::vector<EventState>& events) {
  const double start = seconds_on(CLOCK_THREAD_CPUTIME_ID);
  for (const EventState& event : events) {
    part.take(event);
  }
  return (seconds_on(CLOCK_THREAD_CPUTIME_ID) - start) * 1e6 / static_cast<double>(events.size());
}

// One spot of 450 m where reports come one after the other, so that each has about `neighbours`
// others before it in the window: of scenes of about five reports, several at a time, or of matters
// that have nothing to do with each other.
class Spot {
 public:
  Spot(double east, std::size_t neighbours, bool scenes)
      : step_us_(kWindowUs / static_cast<std::int64_t>(neighbours)), scenes_on_(scenes) {
    middle_.east = east;
    middle_.occurred_us = kStartUs;
    scenes_.resize(scenes ? 1 + neighbours / 20 : 1);
  }

  Report next(Random& random) {
    middle_.occurred_us += step_us_;
    Report& scene = scenes_[random() % scenes_.size()];
    if (!scenes_on_ || scene.kind.empty() || random() % 5 == 0) {
      scene = middle_;
      scene.kind = any_kind(random);
      spread(random, scene, 400);
    }
    Report report = scene;
    report.occurred_us = middle_.occurred_us;
    spread(random, report, 50);
    return report;
  }

 private:
  std::int64_t step_us_;
  bool scenes_on_;
  Report middle_;
  std::vector<Report> scenes_;
};

std::vector<EventState> in_order(std::vector<Report> reports, std::size_t first_number) {
  std::sort(reports.begin(), reports.end(), [](const Report& a, const Report& b) {
    return a.occurred_us + a.delay_us < b.occurred_us + b.delay_us;
  });
  std::vector<EventState> events(reports.size());
  for (std::size_t i = 0; i < reports.size(); ++i) {
    events[i].deciding = event_of(reports[i], first_number + i);
  }
  return events;
}

// Arrivals in order at spots far from each other, one after the other: with many spots hardly any
// is still in the caches.
void measure_arrivals(const config::Config& config, const Parts& parts, std::size_t neighbours,
                      bool scenes, std::size_t spots_wanted) {
  Random random(neighbours);
  std::vector<Spot> spots;
  for (std::size_t i = 0; i < spots_wanted; ++i) {
    spots.emplace_back(5000.0 * static_cast<double>(i), neighbours, scenes);
  }
  const std::size_t filling = neighbours * spots.size();
  std::vector<Report> reports;
  for (std::size_t i = 0; i < filling + 4000; ++i) {
    reports.push_back(spots[i % spots.size()].next(random));
  }
  const std::vector<EventState> all = in_order(reports, 0);
  const auto from = all.begin() + static_cast<std::ptrdiff_t>(filling);
  const std::vector<EventState> before(all.begin(), from);
  const std::vector<EventState> coming(from, all.end());
  config::Config used = config;
  if (!scenes) {
    used.association.theta_mn = 1'000'000;  // nothing joins anything
  }
  Decider decider(used.association);
  (void)micros_each(decider, before);
  const std::size_t anchors = decider.anchors();
  const double decided = micros_each(decider, coming);
  Whole whole(used);
  double told = 0;
  if (parts.engine) {
    (void)micros_each(whole, before);
    told = micros_each(whole, coming);
  }
  std::printf(
      "arrival neighbours=%zu mixture=%s spots=%zu episodes_each=%.1f decision_micros=%.2f "
      "engine_micros=%.2f\n",
      neighbours, scenes ? "scenes" : "all_anchors", spots.size(),
      static_cast<double>(anchors) / static_cast<double>(spots.size()), decided, told);
  std::fflush(stdout);
}

// A city of `side` metres with 20 others within 600 m and 900 s of each event.
std::vector<Report> city(Random& random, double side, std::size_t events) {
  const double per_window = 20.0 / (M_PI * 600 * 600) * side * side;
  const double step_us = kWindowUs / per_window;
  std::vector<Report> reports;
  double now = static_cast<double>(kStartUs);
  std::vector<Report> scenes(1);
  while (reports.size() < events) {
    now += step_us;
    Report report;
    report.occurred_us = static_cast<std::int64_t>(now);
    if (random() % 3 == 0 && scenes.size() > 1) {  // another one tells of what has been told
      report = scenes[scenes.size() - 1 - random() % std::min<std::size_t>(scenes.size() - 1, 200)];
      report.occurred_us = static_cast<std::int64_t>(now);
      spread(random, report, 60);
    } else {
      report.kind = any_kind(random);
      report.east = uniform(random, 0, side);
      report.north = uniform(random, 0, side);
      scenes.push_back(report);
    }
    reports.push_back(report);
  }
  return reports;
}

void measure_city(const config::Config& config, const Parts& parts, const char* what, double side,
                  std::size_t events, double late_share) {
  Random random(7);
  std::vector<Report> reports = city(random, side, events);
  for (Report& report : reports) {
    if (uniform(random, 0, 1) < late_share) {
      report.delay_us += static_cast<std::int64_t>(
          std::min(std::exponential_distribution<double>(1 / 180e6)(random), 3e9));
    }
  }
  const std::vector<EventState> all = in_order(reports, 0);
  const auto half = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  const std::vector<EventState> first(all.begin(), half);
  const std::vector<EventState> second(half, all.end());
  Decider decider(config.association);
  (void)micros_each(decider, first);
  const std::uint64_t decided = decider.stats().decided;
  const double alone = micros_each(decider, second);
  const double again =
      static_cast<double>(decider.stats().decided - decided) / static_cast<double>(second.size()) -
      1;
  Whole whole(config);
  if (parts.engine) {
    (void)micros_each(whole, first);
  }
  std::printf(
      "%s side_km=%.1f events=%zu late_share=%.2f decided_again=%.3f decision_micros=%.2f "
      "engine_micros=%.2f\n",
      what, side / 1000, events, late_share, again, alone,
      parts.engine ? micros_each(whole, second) : 0);
  std::fflush(stdout);
}

void measure_point(const config::Config& config, const Parts& parts, std::size_t events,
                   bool one_kind) {
  Random random(11);
  std::vector<Report> reports(events);
  for (std::size_t i = 0; i < events; ++i) {
    reports[i].occurred_us =
        kStartUs + static_cast<std::int64_t>(i) * 60'000'000 / static_cast<std::int64_t>(events);
    reports[i].kind = one_kind ? "crash" : any_kind(random);
  }
  const std::vector<EventState> all = in_order(reports, 0);
  Decider decider(config.association);
  const double alone = micros_each(decider, all);
  Whole whole(config);
  const double with_words = parts.engine ? micros_each(whole, all) : 0;
  std::printf(
      "point events=%zu kinds=%s episodes=%zu crowded=%llu decision_micros=%.2f decision_ms=%.1f "
      "engine_ms=%.1f\n",
      events, one_kind ? "one" : "ten", decider.anchors(),
      static_cast<unsigned long long>(decider.stats().crowded), alone,
      alone * static_cast<double>(events) / 1000, with_words * static_cast<double>(events) / 1000);
  std::fflush(stdout);
}

double heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

void measure_memory(const config::Config& config, const Parts& parts, std::size_t events) {
  Random random(13);
  const std::vector<EventState> all = in_order(city(random, 10'000, events), 0);
  const double start = heap_bytes();
  Decider decider(config.association);
  (void)micros_each(decider, all);
  const double decided = heap_bytes();
  Whole whole(config);
  if (parts.engine) {
    (void)micros_each(whole, all);
  }
  const double told = heap_bytes();
  const auto count = static_cast<double>(all.size());
  std::printf(
      "memory events=%zu node_bytes=%zu decision_bytes_per_event=%.0f engine_bytes_per_event=%.0f "
      "episodes=%zu\n",
      events, sizeof(fusion::Node), (decided - start) / count, (told - decided) / count,
      decider.anchors());
}

void run(const config::Config& config, const Parts& parts, const std::string& what) {
  const auto wanted = [&](const char* name) { return what == "all" || what == name; };
  if (wanted("arrivals")) {
    for (const bool scenes : {true, false}) {
      for (const std::size_t neighbours : {20U, 200U, 1000U, 5000U}) {
        measure_arrivals(config, parts, neighbours, scenes, 1);
        measure_arrivals(config, parts, neighbours, scenes,
                         std::max<std::size_t>(20, 20'000 / neighbours));
      }
    }
  }
  if (what == "small") {  // for a profiler that is slow
    measure_city(config, parts, "city", 3'000, 6'000, 0);
  }
  if (wanted("sizes")) {
    measure_city(config, parts, "city", 3'000, 40'000, 0);
    measure_city(config, parts, "city", 30'000, 200'000, 0);
  }
  if (wanted("late")) {
    for (const double share : {0.0, 0.01, 0.2, 1.0}) {
      measure_city(config, parts, "late", 10'000, 60'000, share);
    }
  }
  if (wanted("point")) {
    measure_point(config, parts, 10'000, true);
    measure_point(config, parts, 10'000, false);
  }
  if (wanted("memory")) {
    measure_memory(config, parts, 100'000);
  }
}

}  // namespace
}  // namespace fusiond::bench

int main(int count, char** words) {
  using namespace fusiond::bench;
  const auto flags = flags_of(count, words, {{"config", ""}, {"what", "all"}, {"part", "both"}});
  const auto loaded = flags ? load_config(flags->at("config")) : std::nullopt;
  if (!loaded) {
    return 2;
  }
  run(loaded->config(), {.engine = flags->at("part") == "both"}, flags->at("what"));
  return 0;
}
