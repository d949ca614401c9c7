#include "daemon/app/history.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <utility>

#include "daemon/bus/make_bus.h"
#include "daemon/bus/topics.h"
#include "daemon/net/http_client.h"
#include "daemon/ops/prometheus.h"
#include "daemon/wire/incident_wire.h"
#include "daemon/wire/json_parts.h"

namespace fusiond::app {
namespace {

using std::chrono_literals::operator""ms;

Result<void> visit_file(const std::string& path, const Visit& visit) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return fail(Fault::bad_config, "cannot be read: " + path);
  }
  std::uint64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const std::string at = path + ":" + std::to_string(number);
    const auto json = wire::json_member(line, "incident");
    if (!json) {
      return fail(json.error().within(at + " (was it written with --log-content?)"));
    }
    const auto revision = wire::incident_from_json(*json);
    if (!revision) {
      return fail(revision.error().within(at));
    }
    visit(*revision);
  }
  return {};
}

Result<void> visit_items(const HistorySource& source, const std::string& path,
                         const std::string& key, const Visit& visit) {
  const auto answer = net::http_call({.url = source.console + path});
  if (!answer) {
    return fail(answer.error());
  }
  if (answer->status != 200) {
    return fail(Fault::unavailable,
                source.console + path + " answered " + std::to_string(answer->status));
  }
  const auto items = wire::json_items(answer->body, key);
  if (!items) {
    return fail(items.error().within(source.console + path));
  }
  for (const std::string& item : *items) {
    const auto revision = wire::incident_from_json(item);
    if (!revision) {
      return fail(revision.error().within(source.console + path));
    }
    visit(*revision);
  }
  return {};
}

// Where each partition ended when the command began; the empty ones left out.
Result<std::map<std::uint32_t, std::uint64_t>> ends_of(ports::Bus& bus, const std::string& topic,
                                                       std::vector<ports::StartAt>& start) {
  const auto partitions = bus.partitions(topic);
  if (!partitions) {
    return fail(partitions.error().within("reading " + topic));
  }
  std::map<std::uint32_t, std::uint64_t> ends;
  for (std::uint32_t p = 0; p < *partitions; ++p) {
    const auto extent = bus.extent(topic, p);
    if (!extent) {
      return fail(extent.error().within("reading " + topic));
    }
    start.push_back({.partition = p, .from = ports::StartAt::From::begin, .offset = 0});
    if (extent->end > extent->begin) {
      ends[p] = extent->end;
    }
  }
  return ends;
}

Result<void> visit_topic(const bus::BusConfig& config, const Visit& visit) {
  ops::PrometheusMetrics metrics;
  auto bus = bus::make_bus(config, metrics);
  if (!bus) {
    return fail(bus.error());
  }
  const std::string topic = bus::topic_names(config.prefix).incident_changes;
  std::vector<ports::StartAt> start;
  auto ends = ends_of(**bus, topic, start);
  if (!ends) {
    return fail(ends.error());
  }
  auto reader = (*bus)->open_reader(topic, start);
  if (!reader) {
    return fail(reader.error());
  }
  std::vector<ports::BusRecord> records;
  while (!ends->empty()) {
    records.clear();
    if (const auto got = (*reader)->read(records, 1000, 200ms); !got) {
      return fail(got.error());
    }
    for (const auto& record : records) {
      if (record.value) {
        const auto revision = wire::decode_incident(*record.value);
        if (!revision) {
          return fail(revision.error().within(topic + "/" + std::to_string(record.partition) + "@" +
                                              std::to_string(record.offset)));
        }
        visit(*revision);
      }
      const auto end = ends->find(record.partition);
      if (end != ends->end() && record.offset + 1 >= end->second) {
        ends->erase(end);
      }
    }
  }
  return {};
}

}  // namespace

Result<void> each_revision(const HistorySource& source, const Visit& visit) {
  if (!source.log.empty()) {
    return visit_file(source.log, visit);
  }
  if (!source.console.empty()) {
    return visit_items(source, "/api/v1/incidents?all=1", "incidents", visit);
  }
  return visit_topic(source.bus, visit);
}

Result<std::vector<IncidentRevision>> revisions_of(const HistorySource& source,
                                                   const IncidentId& incident) {
  std::map<std::pair<std::uint64_t, std::uint64_t>, IncidentRevision> found;
  const Visit keep = [&](const IncidentRevision& revision) {
    if (revision.content.id == incident) {
      found.insert_or_assign({revision.epoch, revision.revision}, revision);
    }
  };
  const auto read = source.log.empty() && !source.console.empty()
                        ? visit_items(source, "/api/v1/incidents/" + incident.str() + "/revisions",
                                      "revisions", keep)
                        : each_revision(source, keep);
  if (!read) {
    return fail(read.error());
  }
  std::vector<IncidentRevision> revisions;
  revisions.reserve(found.size());
  for (auto& [at, revision] : found) {
    revisions.push_back(std::move(revision));
  }
  return revisions;
}

}  // namespace fusiond::app
