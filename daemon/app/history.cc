#include "daemon/app/history.h"

#include <charconv>
#include <fstream>
#include <map>
#include <optional>

#include "daemon/base/json_text.h"
#include "daemon/bus/make_bus.h"
#include "daemon/bus/topics.h"
#include "daemon/net/http_client.h"
#include "daemon/ops/prometheus.h"
#include "daemon/wire/incident_head.h"
#include "daemon/wire/incident_wire.h"
#include "daemon/wire/json_parts.h"

namespace fusiond::app {
namespace {

using std::chrono_literals::operator""ms;

// The number behind `key` in a line that `fusiond fuse` wrote.
std::uint64_t number_after(std::string_view line, std::string_view key) {
  std::uint64_t number = 0;
  const auto at = line.find(key);
  if (at != std::string_view::npos) {
    std::from_chars(line.data() + at + key.size(), line.data() + line.size(), number);
  }
  return number;
}

// `fusiond fuse` writes one epoch only.
Result<void> visit_file(const std::string& path, const Visit& visit) {
  constexpr std::string_view kId = "\"incident_id\":\"";
  constexpr std::string_view kRecord = ",\"incident\":{";
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return fail(Fault::bad_config, "cannot be read: " + path);
  }
  std::uint64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    KeptRecord record;
    record.json = true;
    record.place = path + ":" + std::to_string(number);
    const auto id = line.find(kId);
    const auto begin = line.find(kRecord);
    if (id == std::string::npos || begin == std::string::npos) {
      return fail(Fault::bad_input,
                  record.place + ": no record of an incident (was it written with --log-content?)");
    }
    const std::string_view text(line);
    const auto name = text.substr(id + kId.size());
    record.id = IncidentId{std::string(name.substr(0, name.find('"')))};
    record.epoch = 1;
    record.revision = number_after(text, "\"revision\":");
    record.text = text.substr(begin + kRecord.size() - 1);
    record.text.remove_suffix(1);  // of the line's own object
    visit(record);
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
    visit({revision->content.id, revision->epoch, revision->revision, true, item,
           source.console + path});
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

// What a topic holds now, from its beginning.
Result<void> visit_topic(const bus::BusConfig& config, std::string bus::TopicNames::* name,
                         const VisitEvent& visit) {
  ops::PrometheusMetrics metrics;
  auto bus = bus::make_bus(config, metrics);
  if (!bus) {
    return fail(bus.error());
  }
  const std::string topic = bus::topic_names(config.prefix).*name;
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
      const std::string place =
          topic + "/" + std::to_string(record.partition) + "@" + std::to_string(record.offset);
      if (auto good = record.value ? visit(record, place) : Result<void>{}; !good) {
        return good;
      }
      const auto end = ends->find(record.partition);
      if (end != ends->end() && record.offset + 1 >= end->second) {
        ends->erase(end);
      }
    }
  }
  return {};
}

Result<void> visit_changes(const bus::BusConfig& config, const Visit& visit) {
  return visit_topic(
      config, &bus::TopicNames::incident_changes,
      [&](const ports::BusRecord& record, const std::string& place) -> Result<void> {
        auto head = wire::incident_head(*record.value);
        if (!head) {
          return fail(head.error().within(place));
        }
        visit({std::move(head->id), head->epoch, head->revision, false, *record.value, place});
        return {};
      });
}

}  // namespace

bool KeptRecord::mentions(const std::string& name) const {
  if (json) {
    return text.find(json_string(name)) != std::string_view::npos;
  }
  constexpr std::size_t kOneByte = 0x80;  // a shorter text has its length in one byte before it
  const std::string needle =
      name.size() < kOneByte ? std::string(1, static_cast<char>(name.size())) + name : name;
  return text.find(needle) != std::string_view::npos;
}

Result<IncidentRevision> KeptRecord::read() const {
  auto read = json ? wire::incident_from_json(std::string(text)) : wire::decode_incident(text);
  return read ? std::move(read) : fail(read.error().within(place));
}

Result<void> each_record(const HistorySource& source, const Visit& visit) {
  if (!source.log.empty()) {
    return visit_file(source.log, visit);
  }
  if (!source.console.empty()) {
    return visit_items(source, "/api/v1/incidents?all=1", "incidents", visit);
  }
  return visit_changes(source.bus, visit);
}

Result<void> each_event_record(const bus::BusConfig& config, const VisitEvent& visit) {
  return visit_topic(config, &bus::TopicNames::events, visit);
}

Result<std::vector<IncidentRevision>> revisions_of(const HistorySource& source,
                                                   const IncidentId& incident) {
  std::map<std::pair<std::uint64_t, std::uint64_t>, IncidentRevision> found;
  std::optional<Error> fault;
  const Visit keep = [&](const KeptRecord& record) {
    if (record.id != incident || found.contains(record.order())) {
      return;
    }
    if (auto revision = record.read()) {
      found.emplace(record.order(), std::move(*revision));
    } else if (!fault) {
      fault = revision.error();
    }
  };
  const auto read = source.log.empty() && !source.console.empty()
                        ? visit_items(source, "/api/v1/incidents/" + incident.str() + "/revisions",
                                      "revisions", keep)
                        : each_record(source, keep);
  if (!read || fault) {
    return fail(read ? *fault : read.error());
  }
  std::vector<IncidentRevision> revisions;
  revisions.reserve(found.size());
  for (auto& [at, revision] : found) {
    revisions.push_back(std::move(revision));
  }
  return revisions;
}

}  // namespace fusiond::app
