#include "daemon/config/load_parts.h"

namespace fusiond::config {
namespace {

using namespace ingest;

void read_poll(Section& section, PollConfig& config) {
  section.text("url", config.url);
  section.mapping("headers", [&](const std::string& name, const YAML::Node& value) {
    config.headers.emplace_back(name, value.IsScalar() ? value.Scalar() : "");
  });
  section.integer("interval_s", config.interval_s, 1, 86'400);
  section.integer("timeout_s", config.timeout_s, 1, 600);
  section.integer("max_body_bytes", config.max_body_bytes, 1'000, 1 << 30);
  section.integer("down_after_polls", config.down_after_polls, 1, 1'000);
  section.integer("max_backoff_s", config.max_backoff_s, 1, 86'400);
}

void read_file(Section& section, FileConfig& config) {
  section.text("path", config.path);
  std::string format = "lines";
  section.choice("format", format, {"lines", "recorded"});
  config.format = format == "recorded" ? FileFormat::recorded : FileFormat::lines;
  section.boolean("follow", config.follow);
  section.boolean("paced", config.paced);
  section.integer("check_every_ms", config.check_every_ms, 10, 60'000);
}

void read_transport(Section& section, TransportConfig& config) {
  std::string kind = "webhook";
  section.require("kind");
  section.choice("kind", kind, {"http_poll", "webhook", "file"});
  if (kind == "http_poll") {
    config.kind = TransportKind::http_poll;
    read_poll(section, config.poll);
  } else if (kind == "file") {
    config.kind = TransportKind::file;
    read_file(section, config.file);
  } else {
    config.kind = TransportKind::webhook;
    section.integer("max_waiting_bytes", config.webhook.max_waiting_bytes, 1'000'000,
                    std::int64_t{64} << 30);
  }
}

void read_source(Section& section, SourceConfig& config) {
  section.require("name");
  section.text("name", config.name);
  section.require("plugin");
  section.text("plugin", config.plugin);
  config.lane = ingest::usual_lane(config.plugin);
  std::string lane(ingest::name_of(config.lane));
  section.choice("lane", lane, {"life_safety", "standard", "bulk"});
  for (const ingest::Lane each : ingest::kLanes) {
    if (ingest::name_of(each) == lane) {
      config.lane = each;
    }
  }
  section.require("transport");
  section.section("transport", [&](Section& s) { read_transport(s, config.transport); });
  section.integer("lateness_s", config.lateness_s, 1, 7 * 86'400);
  section.integer("skew_s", config.skew_s, 0, 86'400);
  std::int64_t usual_lag_s = -1;
  section.integer("usual_lag_s", usual_lag_s, 0, 86'400);
  if (usual_lag_s >= 0) {
    config.usual_lag_s = static_cast<std::uint32_t>(usual_lag_s);
  }
  const YAML::Node settings = section.take("settings");
  if (settings.IsDefined() && settings.IsMap()) {
    config.settings_json = to_json(settings);
  } else if (settings.IsDefined() && !settings.IsNull()) {
    section.fault(settings, section.path() + ".settings must be a mapping of keys");
  }
}

void read_radius(Section& section, RadiusDefaults& radius) {
  const std::pair<const char*, double*> rows[] = {
      {"gps_m", &radius.gps_m},
      {"cell_m", &radius.cell_m},
      {"manual_m", &radius.manual_m},
      {"derived_m", &radius.derived_m},
      {"geocoded_m", &radius.geocoded_m},
      {"acoustic_m", &radius.acoustic_m},
      {"device_registry_m", &radius.device_registry_m},
      {"zone_centroid_m", &radius.zone_centroid_m},
      {"text_m", &radius.text_m},
      {"unknown_m", &radius.unknown_m},
      {"block_m", &radius.block_m},
      {"intersection_m", &radius.intersection_m},
      {"rounded_3_decimals_m", &radius.rounded_3_decimals_m}};
  for (const auto& [key, value] : rows) {
    section.number(key, *value, 0.1, 100'000);
  }
}

}  // namespace

void read_ingest(Section& section, IngestConfig& config) {
  section.text("plugin_dir", config.plugin_dir);
  read_listen(section, "listen", config.receiver.address, config.receiver.port);
  section.integer("max_connections", config.receiver.max_connections, 1, 100'000);
  section.integer("max_body_bytes", config.receiver.max_body_bytes, 1'000, 1 << 30);
  section.integer("max_delivery_bytes", config.max_delivery_bytes, 1'000, 1 << 30);
  section.integer("max_event_bytes", config.max_event_bytes, 1'000, 100'000'000);
  section.integer("dead_letter_max_bytes", config.dead_letter_max_bytes, 0, 100'000'000);
  section.integer("max_future_s", config.max_future_s, 1, 366 * 86'400);
  section.integer("parse_timeout_ms", config.parse_timeout_ms, 10, 600'000);
  section.integer("max_parts_per_delivery", config.max_parts_per_delivery, 1, 10'000'000);
  section.integer("max_plugin_restarts", config.max_plugin_restarts, 0, 1'000);
  section.integer("tick_every_s", config.tick_every_s, 1, 3'600);
  section.integer("bulk_ahead_ms", config.bulk_ahead_ms, 1, 3'600'000);
  section.text("default_kind", config.default_kind);
  section.section("radius", [&](Section& s) { read_radius(s, config.radius); });
}

void read_sources(Section& top, IngestConfig& config) {
  top.list("sources", [&](Section& section, std::size_t) {
    SourceConfig source;
    read_source(section, source);
    config.sources.push_back(std::move(source));
  });
}

void read_devices(Section& top, IngestConfig& config) {
  top.mapping("devices", [&](const std::string& id, const YAML::Node& node) {
    if (!node.IsMap()) {
      top.fault(node, "devices." + id + " must be a mapping of keys");
      return;
    }
    Section section(top.file(), node, "devices." + id, top.faults());
    DeviceConfig device;
    section.require("lat");
    section.require("lon");
    section.number("lat", device.lat, -85.05, 85.05);
    section.number("lon", device.lon, -180, 180);
    section.number("radius_m", device.radius_m, 0.1, 100'000);
    config.devices[id] = device;
  });
}

void read_kinds(Section& top, IngestConfig& config) {
  top.list("kinds", [&](Section& section, std::size_t) {
    std::string scheme;
    std::string kind;
    std::vector<std::string> codes;
    section.require("scheme");
    section.text("scheme", scheme);
    section.require("kind");
    section.text("kind", kind);
    section.require("codes");
    section.texts("codes", codes);
    for (auto& code : codes) {
      config.kinds.push_back({scheme, std::move(code), kind});
    }
  });
}

}  // namespace fusiond::config
