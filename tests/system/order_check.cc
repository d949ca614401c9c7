// Takes the events of a log that a real run left behind and delivers them again in many orders:
// shuffled within their lateness and beyond, with doubled deliveries, older revisions after newer
// ones. After each order the incidents must equal F (tests/support/reference_fold.h), byte for
// byte. usage: order_check --config FILE --orders 50 --seed N      (the config names the embedded
// log; the daemon must be stopped)
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "daemon/app/incident_line.h"
#include "daemon/bus/make_bus.h"
#include "daemon/bus/topics.h"
#include "daemon/config/load.h"
#include "daemon/fusion/engine.h"
#include "daemon/ops/prometheus.h"
#include "daemon/route/router.h"
#include "daemon/wire/event_wire.h"
#include "daemon/wire/incident_bytes.h"
#include "daemon/wire/records.h"
#include "daemon/wire/tick_wire.h"
#include "tests/support/reference_fold.h"

namespace {

using namespace fusiond;
using Random = std::mt19937_64;

struct Recorded {
  std::vector<Event> events;
  std::map<SourceId, SourceClock> clocks;
};

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "order_check: %s\n", what.c_str());
  std::exit(1);
}

void take(const ports::BusRecord& record, wire::EventDecoder& decoder, Recorded& out) {
  const auto type = wire::header_of(record.headers, "ce_type");
  if (type == wire::kEventType) {
    auto event = decoder.decode(*record.value);
    if (!event) {
      die(event.error().message);
    }
    out.events.push_back(std::move(*event));
  } else if (type == wire::kTickType) {
    const auto tick = wire::decode_tick(*record.value);
    if (!tick) {
      die(tick.error().message);
    }
    for (const auto& clock : tick->sources) {
      auto& held = out.clocks[clock.source];
      const auto reached = std::max(held.ingest_time, clock.ingest_time);
      held = clock;
      held.ingest_time = reached;
    }
  }
}

Recorded read_log(const config::Config& config) {
  ops::PrometheusMetrics metrics;
  auto bus = bus::make_bus(config.bus, metrics);
  if (!bus) {
    die(bus.error().message);
  }
  const std::string topic = bus::topic_names(config.bus.prefix).events;
  const auto extent = (*bus)->extent(topic, 0);
  auto reader = (*bus)->open_reader(
      topic, {{.partition = 0, .from = ports::StartAt::From::begin, .offset = 0}});
  if (!extent || !reader) {
    die("the log cannot be read");
  }
  Recorded out;
  wire::EventDecoder decoder;
  std::vector<ports::BusRecord> records;
  for (std::uint64_t next = 0; next < extent->end;) {
    records.clear();
    if (!(*reader)->read(records, 1000, std::chrono::milliseconds{1000}) || records.empty()) {
      die("the log ended early");
    }
    for (const auto& record : records) {
      take(record, decoder, out);
      next = record.offset + 1;
    }
  }
  return out;
}

// Every third order is a shuffle of everything; the others move each record by as much as its
// lateness leaves. A tenth comes twice.
std::vector<Event> reordered(const std::vector<Event>& events, int order, Random& random) {
  std::vector<std::pair<double, const Event*>> keyed;
  std::uniform_real_distribution<double> part(0, 1);
  const auto place = [&](const Event& event) {
    const auto spare = std::max<std::int64_t>(
        0, event.lateness.count() - (micros_of(event.received) - micros_of(event.occurred)));
    return order % 3 == 2 ? part(random)
                          : static_cast<double>(micros_of(event.received)) +
                                part(random) * static_cast<double>(spare);
  };
  for (const Event& event : events) {
    keyed.emplace_back(place(event), &event);
    if (part(random) < 0.1) {
      keyed.emplace_back(place(event), &event);
    }
  }
  std::sort(keyed.begin(), keyed.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Event> out;
  out.reserve(keyed.size());
  for (const auto& [key, event] : keyed) {
    out.push_back(*event);
  }
  return out;
}

std::string bytes_of(const std::vector<IncidentContent>& incidents) {
  std::string out;
  for (const auto& content : incidents) {
    IncidentRevision revision;
    revision.content = content;
    out += app::canonical_json(std::move(revision)) + "\n";
  }
  return out;
}

std::vector<IncidentContent> deliver(const config::Config& config, const std::vector<Event>& events,
                                     const Tick& end) {
  route::Router router(config.route);
  fusion::EngineConfig engine_config;
  engine_config.association = config.association;
  engine_config.priorities = config.rules;
  const wire::IncidentBytes writer;
  fusion::Engine engine(std::move(engine_config), writer);
  for (const Event& event : events) {
    const auto routed = router.take(event);
    if (routed.changed) {
      (void)engine.apply(*routed.changed, {"event", event.id, event.revision, {}, event.received});
    }
  }
  (void)engine.tick(end, {"tick", {}, 0, {}, end.ingest_time});
  return engine.incidents();
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> options;
  for (int i = 1; i + 1 < argc; i += 2) {
    options[argv[i]] = argv[i + 1];
  }
  config::Faults faults;
  const auto loaded = config::load(options["--config"], faults);
  if (!loaded || !faults.empty()) {
    die(faults.empty() ? "no config" : faults.front().text());
  }
  const auto& config = loaded->config();
  const Recorded recorded = read_log(config);
  Tick end;
  for (const auto& [source, clock] : recorded.clocks) {
    end.ingest_time = std::max(end.ingest_time, clock.ingest_time);
    end.sources.push_back(clock);
  }
  const auto reference = bytes_of(
      support::reference_fold(recorded.events, {}, end.sources, config.association, config.rules));
  const int orders = std::stoi(options["--orders"]);
  Random random(std::stoull(options["--seed"]));
  for (int order = 0; order < orders; ++order) {
    const auto events = reordered(recorded.events, order, random);
    if (bytes_of(deliver(config, events, end)) != reference) {
      die("order " + std::to_string(order) + " gives other incidents than F; replay with --seed " +
          options["--seed"]);
    }
  }
  const auto lines = std::count(reference.begin(), reference.end(), '\n');
  std::printf(
      "%zu records in %d orders, doubled and stale ones among them: %ld incidents, equal to F byte "
      "for byte\n",
      recorded.events.size(), orders, static_cast<long>(lines));
  return lines > 100 ? 0 : 1;
}
