#include "daemon/ingest/ingest_config.h"

#include <cmath>
#include <set>
#include <string_view>

namespace fusiond::ingest {
namespace {

class Faults {
 public:
  void require(bool holds, const std::string& pointer, const std::string& message) {
    if (!holds) {
      found_.push_back({pointer, message});
    }
  }
  std::vector<ConfigFault> take() { return std::move(found_); }

 private:
  std::vector<ConfigFault> found_;
};

bool is_name(std::string_view name) {
  if (name.empty() || name.size() > 128) {
    return false;
  }
  for (const char c : name) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '/' || c == '-' || c == '_' || c == '.';
    if (!fine) {
      return false;
    }
  }
  return true;
}

bool is_kind(std::string_view kind) {
  for (const char c : kind) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) {
      return false;
    }
  }
  return !kind.empty() && kind.size() <= 64;
}

void check_transport(const TransportConfig& transport, const std::string& at, Faults& faults) {
  switch (transport.kind) {
    case TransportKind::http_poll: {
      const auto& poll = transport.poll;
      const bool http = poll.url.starts_with("http://") || poll.url.starts_with("https://");
      faults.require(http, at + "/url", "must start with http:// or https://, got: " + poll.url);
      faults.require(poll.interval_s > 0, at + "/interval_s", "must be above 0, got: 0");
      faults.require(poll.timeout_s > 0, at + "/timeout_s", "must be above 0, got: 0");
      faults.require(poll.max_body_bytes > 0, at + "/max_body_bytes", "must be above 0, got: 0");
      faults.require(poll.down_after_polls > 0, at + "/down_after_polls",
                     "must be above 0, got: 0");
      break;
    }
    case TransportKind::webhook:
      faults.require(transport.webhook.max_waiting_bytes > 0, at + "/max_waiting_bytes",
                     "must be above 0, got: 0");
      break;
    case TransportKind::file:
      faults.require(!transport.file.path.empty(), at + "/path", "must name a file, got nothing");
      faults.require(!transport.file.paced || transport.file.format == FileFormat::recorded,
                     at + "/paced", "needs format recorded, got: lines");
      faults.require(transport.file.check_every_ms > 0, at + "/check_every_ms",
                     "must be above 0, got: 0");
      break;
  }
}

void check_sources(const IngestConfig& config, Faults& faults) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    const auto& source = config.sources[i];
    const std::string at = "/sources/" + std::to_string(i);
    faults.require(is_name(source.name), at + "/name",
                   "must be 1 to 128 letters, digits or / - _ . , got: " + source.name);
    faults.require(names.insert(source.name).second, at + "/name", "is used twice: " + source.name);
    faults.require(is_kind(source.plugin), at + "/plugin",
                   "must be a plugin's kind in snake_case, got: " + source.plugin);
    check_transport(source.transport, at + "/transport", faults);
  }
}

void check_devices(const IngestConfig& config, Faults& faults) {
  for (const auto& [id, device] : config.devices) {
    const std::string at = "/devices/" + id;
    faults.require(std::abs(device.lat) <= 85.05, at + "/lat",
                   "must be within -85.05 and 85.05, got: " + std::to_string(device.lat));
    faults.require(std::abs(device.lon) <= 180, at + "/lon",
                   "must be within -180 and 180, got: " + std::to_string(device.lon));
    faults.require(device.radius_m > 0 && device.radius_m <= 100'000, at + "/radius_m",
                   "must be above 0 and at most 100000, got: " + std::to_string(device.radius_m));
  }
}

}  // namespace

std::vector<ConfigFault> check_config(const IngestConfig& config) {
  Faults faults;
  check_sources(config, faults);
  check_devices(config, faults);
  for (std::size_t i = 0; i < config.kinds.size(); ++i) {
    const auto& row = config.kinds[i];
    const bool whole = !row.scheme.empty() && !row.code.empty() && !row.kind.empty();
    faults.require(whole, "/kinds/" + std::to_string(i), "needs scheme, code and kind");
  }
  faults.require(!config.default_kind.empty(), "/default_kind", "must not be empty");
  faults.require(config.max_delivery_bytes > 0, "/max_delivery_bytes", "must be above 0, got: 0");
  faults.require(config.max_event_bytes > 0, "/max_event_bytes", "must be above 0, got: 0");
  faults.require(config.parse_timeout_ms > 0, "/parse_timeout_ms", "must be above 0, got: 0");
  faults.require(config.max_parts_per_delivery > 0, "/max_parts_per_delivery",
                 "must be above 0, got: 0");
  faults.require(config.tick_every_s > 0, "/tick_every_s", "must be above 0, got: 0");
  faults.require(!config.events_topic.empty(), "/events_topic", "must not be empty");
  faults.require(!config.dead_letter_topic.empty(), "/dead_letter_topic", "must not be empty");
  return faults.take();
}

}  // namespace fusiond::ingest
