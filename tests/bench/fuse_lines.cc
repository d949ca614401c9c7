// Runs routing and fusion over a file of events, writes the final grouping, and says how fast that
// was.
//   fuse_lines EVENTS.jsonl TYPES.json [PRED.jsonl] [--background MILLI_NATS] [--theta MILLI_NATS]
//   [--lateness SECONDS]
// EVENTS: one record per line, in the order of arrival (event_id, rev, op, source, type,
// t_event_ms, t_ingest_ms, lat_e7, lon_e7, err_m, err_conf_pct, loc_method, keys). TYPES: families,
// P(family | type), delays and stand-offs.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <simdjson.h>
#include <string>
#include <vector>

#include "daemon/fusion/engine.h"
#include "daemon/route/router.h"

namespace fusiond {
namespace {

using simdjson::dom::element;

struct Options {
  std::string events;
  std::string types;
  std::string grouping;
  std::int64_t background_mn = -22000;
  std::int64_t theta_mn = 4000;
  std::int64_t lateness_s = 3600;
};

std::string text(const element& object, const char* key) {
  std::string_view value;
  return object[key].get(value) == simdjson::SUCCESS ? std::string(value) : std::string{};
}

std::int64_t number(const element& object, const char* key) {
  std::int64_t value = 0;
  return object[key].get(value) == simdjson::SUCCESS ? value : 0;
}

double real(const element& object, const char* key) {
  double value = 0;
  return object[key].get(value) == simdjson::SUCCESS ? value : 0;
}

SourceKind source_kind(const std::string& source) {
  static const std::map<std::string, SourceKind> kinds = {
      {"cad", SourceKind::cad},       {"acoustic", SourceKind::acoustic},
      {"camera", SourceKind::camera}, {"lpr", SourceKind::plate},
      {"social", SourceKind::social}, {"alarm", SourceKind::alarm}};
  const auto found = kinds.find(source);
  return found == kinds.end() ? SourceKind::unspecified : found->second;
}

std::uint32_t ppm(double p) {
  return static_cast<std::uint32_t>(p * 1e6 + 0.5);
}

fusion::AssociationConfig read_types(const Options& options) {
  simdjson::dom::parser parser;
  const element types = parser.load(options.types);
  fusion::AssociationConfig config;
  config.theta_mn = options.theta_mn;
  config.background_ln_mn = options.background_mn;
  for (const element family : types["families"]) {
    config.families.emplace_back(std::string_view(family));
  }
  // The share of each family among all reports, as in config/association.yaml.
  const std::map<std::string, std::uint32_t> prior = {
      {"shots", 31000},   {"crash", 116000},   {"fire", 33000},      {"violence", 132000},
      {"theft", 127000},  {"medical", 105000}, {"disorder", 273000}, {"hazard", 46000},
      {"vehicle", 51000}, {"admin", 86000}};
  for (const std::string& family : config.families) {
    const auto found = prior.find(family);
    config.family_prior_ppm.push_back(
        found == prior.end() ? 1000000 / static_cast<std::uint32_t>(config.families.size())
                             : found->second);
    config.caller_stand_off_m.push_back(
        static_cast<std::uint32_t>(number(types["caller_standoff_m"], family.c_str())));
  }
  for (const auto row : simdjson::dom::object(types["p_family_given_type"])) {
    for (const std::string& family : config.families) {
      config.kinds[std::string(row.key)].push_back(ppm(real(row.value, family.c_str())));
    }
  }
  for (const auto delay : simdjson::dom::object(types["delay_mean_s"])) {
    config.delay_mean[source_kind(std::string(delay.key))] =
        std::chrono::seconds{std::int64_t(delay.value)};
  }
  for (const auto off : simdjson::dom::object(types["standoff_m"])) {
    const std::string name{off.key};
    const SourceKind kind = name == "avl" ? SourceKind::cad : source_kind(name);
    if (kind != SourceKind::unspecified) {
      config.stand_off_m[kind] = static_cast<std::uint32_t>(std::int64_t(off.value));
    }
  }
  return config;
}

LocationMethod method_of(const std::string& name) {
  if (name == "avl") {
    return LocationMethod::device_registry;
  }
  if (name == "cell_sector") {
    return LocationMethod::cell;
  }
  return name == "phone" ? LocationMethod::gps : LocationMethod::geocoded;
}

std::uint64_t hash_of(const Event& event) {
  return std::hash<std::string>{}(event.id.str() + "|" + std::to_string(event.revision) + "|" +
                                  std::to_string(static_cast<int>(event.lifecycle)));
}

Event read_event(const element& line, const Options& options) {
  Event event;
  event.source_event_id = text(line, "event_id");
  event.id = EventId{event.source_event_id};
  event.source = SourceId{text(line, "source")};
  event.source_kind = source_kind(event.source.str());
  event.revision = static_cast<std::uint64_t>(number(line, "rev")) + 1;
  event.lifecycle = text(line, "op") == "retract" ? Lifecycle::retract : Lifecycle::update;
  event.kind = text(line, "type");
  event.occurred = event_time(number(line, "t_event_ms") * 1000);
  event.received = wall_time(number(line, "t_ingest_ms") * 1000);
  event.lateness = std::chrono::seconds{options.lateness_s};
  if (line.at_key("lat_e7").error() == simdjson::SUCCESS) {
    Place place;
    place.lat_e7 = static_cast<std::int32_t>(number(line, "lat_e7"));
    place.lon_e7 = static_cast<std::int32_t>(number(line, "lon_e7"));
    place.radius_cm = static_cast<std::uint32_t>(number(line, "err_m") * 100);
    place.confidence_permille = static_cast<std::uint16_t>(number(line, "err_conf_pct") * 10);
    place.method = method_of(text(line, "loc_method"));
    event.place = place;
  }
  if (element keys; line["keys"].get(keys) == simdjson::SUCCESS) {
    event.keys = {text(keys, "cad"), text(keys, "dup_of"), text(keys, "plate"),
                  text(keys, "caller"), text(keys, "device")};
    if (const std::string root = text(keys, "repost_of"); !root.empty()) {
      event.copy_of = EventId{root};
    }
    event.provenance = text(keys, "author");
  }
  event.content_hash = hash_of(event);
  return event;
}

std::vector<Event> read_events(const Options& options) {
  simdjson::dom::parser parser;
  std::vector<Event> events;
  for (const element line : parser.load_many(options.events)) {
    events.push_back(read_event(line, options));
  }
  return events;
}

std::optional<Options> read_options(int count, char** words) {
  Options options;
  std::vector<std::string> plain;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word.starts_with("--") && i + 1 < count) {
      const std::int64_t value = std::stoll(words[++i]);
      if (word == "--background") {
        options.background_mn = value;
      }
      if (word == "--theta") {
        options.theta_mn = value;
      }
      if (word == "--lateness") {
        options.lateness_s = value;
      }
    } else {
      plain.push_back(word);
    }
  }
  if (plain.size() < 2) {
    return std::nullopt;
  }
  options.events = plain[0];
  options.types = plain[1];
  if (plain.size() > 2) {
    options.grouping = plain[2];
  }
  return options;
}

void write_grouping(const Options& options, const std::vector<Event>& events,
                    const std::map<std::string, std::string>& incident_of) {
  std::ofstream out(options.grouping);
  std::map<std::string, std::string> roots;  // of copies
  for (const Event& event : events) {
    if (event.copy_of) {
      roots[event.id.str()] = event.copy_of->str();
    }
  }
  for (const auto& [event, incident] : incident_of) {
    out << R"({"event_id":")" << event << R"(","incident_id":")" << incident << "\"}\n";
  }
  for (const auto& [event, root] : roots) {
    if (incident_of.contains(event)) {
      continue;
    }
    std::string end = root;
    for (int hops = 0; hops < 100 && !incident_of.contains(end) && roots.contains(end); ++hops) {
      end = roots.at(end);
    }
    if (incident_of.contains(end)) {
      out << R"({"event_id":")" << event << R"(","incident_id":")" << incident_of.at(end)
          << "\"}\n";
    }
  }
}

int run(const Options& options) {
  const std::vector<Event> events = read_events(options);
  route::Router router{route::RouterConfig{}};
  fusion::Engine engine{fusion::EngineConfig{read_types(options), {}, {}, 1}};
  std::map<IncidentChange, std::size_t> emitted;
  std::map<std::string, std::string> incident_of;
  std::vector<double> micros;
  micros.reserve(events.size());
  using Clock = std::chrono::steady_clock;
  const std::clock_t cpu_start = std::clock();
  const auto start = Clock::now();
  Clock::duration outside{};
  std::size_t since_forget = 0;
  for (const Event& event : events) {
    const auto before = Clock::now();
    const Routed routed = router.take(event);
    std::vector<IncidentRevision> revisions;
    if (routed.changed) {
      revisions =
          engine.apply(*routed.changed, {"event", event.id, event.revision, {}, event.received});
    }
    if (++since_forget == 1000) {
      since_forget = 0;
      (void)engine.forget(router.forget(event.received));
    }
    const auto after = Clock::now();
    micros.push_back(std::chrono::duration<double, std::micro>(after - before).count());
    for (const IncidentRevision& revision : revisions) {
      ++emitted[revision.change];
      for (const Member& member : revision.content.members) {
        if (member.role != MemberRole::retracted) {
          incident_of[member.event_id.str()] = revision.content.id.str();
        }
      }
    }
    outside += Clock::now() - after;
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start - outside).count();
  const double cpu = static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC;
  std::sort(micros.begin(), micros.end());
  const auto share = [&](double p) {
    return micros.empty()
               ? 0.0
               : micros[static_cast<std::size_t>(p * static_cast<double>(micros.size() - 1))];
  };
  std::cout << events.size() << " records in " << seconds
            << " s: " << static_cast<double>(events.size()) / seconds << " per s; "
            << static_cast<double>(events.size()) / cpu << " per CPU second; microseconds p50 "
            << share(.5) << " p99 " << share(.99) << " max " << share(1) << "\nemitted: open "
            << emitted[IncidentChange::open] << " update " << emitted[IncidentChange::update]
            << " merged " << emitted[IncidentChange::merged] << " withdrawn "
            << emitted[IncidentChange::withdrawn] << " quiet " << emitted[IncidentChange::quiet]
            << " closed " << emitted[IncidentChange::closed] << " reopened "
            << emitted[IncidentChange::reopened] << "; held at the end " << router.size()
            << " ids\n";
  if (!options.grouping.empty()) {
    write_grouping(options, events, incident_of);
  }
  return 0;
}

}  // namespace
}  // namespace fusiond

int main(int count, char** words) {
  const auto options = fusiond::read_options(count, words);
  if (!options) {
    std::cerr << "usage: fuse_lines EVENTS.jsonl TYPES.json [PRED.jsonl] [--background MN] "
                 "[--theta MN] [--lateness S]\n";
    return 2;
  }
  return fusiond::run(*options);
}
