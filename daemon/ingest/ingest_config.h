// Everything an operator may set about intake: sources, their transports, limits, the device
// registry and the table of kinds. Plain values with their defaults; config/ fills them,
// `check_config` finds what is wrong with them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/ingest/lane.h"

namespace fusiond::ingest {

enum class TransportKind : std::uint8_t { http_poll, webhook, file };

struct PollConfig {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::uint32_t interval_s = 60;
  std::uint32_t timeout_s = 10;
  std::uint64_t max_body_bytes =
      16 << 20;  // a poll brings many rows at once, so more than max_delivery_bytes
  std::uint32_t down_after_polls = 3;  // failed in a row
  std::uint32_t max_backoff_s = 300;
};

struct WebhookConfig {
  std::uint64_t max_waiting_bytes =
      64 << 20;  // on disk, taken but not parsed yet; beyond it the sender gets 503
};

enum class FileFormat : std::uint8_t {
  lines,     // each line is a delivery, received when it is read
  recorded,  // each line is {"received": RFC 3339 | "received_us": n, "body": JSON | "body_text":
             // "…", "content_type": "…"}
};

struct FileConfig {
  std::string path;
  FileFormat format = FileFormat::lines;
  bool follow = false;  // go on at the end of the file as `tail -F` does; else the source is
                        // declared down there
  bool paced = false;   // recorded only: hold each line back until the clock shows its stamp
  std::uint32_t check_every_ms = 200;
};

struct TransportConfig {
  TransportKind kind = TransportKind::http_poll;
  PollConfig poll;
  WebhookConfig webhook;
  FileConfig file;
};

struct SourceConfig {
  std::string name;    // a URI-like path, "/cad/oakland"; part of every event id
  std::string plugin;  // the kind: loads <plugin_dir>/fusiond_<kind>.so
  TransportConfig transport;
  Lane lane = Lane::standard;                // config/ fills the plugin's usual one in
  std::uint32_t lateness_s = 900;            // an event is on time iff received - occurred <= this
  std::uint32_t skew_s = 30;                 // an event later than received + this is clamped
  std::optional<std::uint32_t> usual_lag_s;  // from a report's latest time to its receipt when the
                                             // source's clock is right; unset: nobody can say
  std::string settings_json = "{}";          // handed to the plugin
};

struct ReceiverConfig {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8088;
  std::uint32_t max_connections = 256;
  std::uint64_t max_body_bytes = 16 << 20;  // beyond it the server answers 413 unread; between
                                            // max_delivery_bytes and this: too_large
};

struct DeviceConfig {
  double lat = 0;
  double lon = 0;
  double radius_m = 50;
};

// The native code of a scheme → our kind. Both are compared without regard to case; code "*" stands
// for every code of its scheme that has no row.
struct KindRow {
  std::string scheme;
  std::string code;
  std::string kind;
};

// What an event's error radius is when neither the event nor its shape nor its precision says one,
// by how the place was found.
struct RadiusDefaults {
  double gps_m = 20;
  double cell_m = 1000;
  double manual_m = 100;
  double derived_m = 150;
  double geocoded_m = 100;
  double acoustic_m = 25;
  double device_registry_m = 50;
  double zone_centroid_m = 500;
  double text_m = 300;
  double unknown_m = 150;
  double block_m = 100;
  double intersection_m = 50;
  double rounded_3_decimals_m = 55;
};

struct IngestConfig {
  std::vector<SourceConfig> sources;
  std::string plugin_dir = "plugins";
  std::string state_dir = "state/ingest";  // file positions
  ReceiverConfig receiver;
  std::map<std::string, DeviceConfig> devices;
  std::vector<KindRow> kinds;
  std::string default_kind = "unclassified";
  RadiusDefaults radius;
  std::uint64_t max_delivery_bytes = 1 << 20;
  std::uint64_t max_event_bytes = 900 << 10;  // as serialised; below the broker's record limit
  std::uint64_t dead_letter_max_bytes = 256 << 10;  // original bytes kept of one dead letter
  std::uint32_t max_future_s =
      24 * 3600;  // an event this far ahead of its receipt has no believable time
  std::uint32_t parse_timeout_ms = 2000;
  std::uint32_t max_parts_per_delivery = 200'000;
  std::uint32_t max_plugin_restarts =
      5;  // hangs without 1,000 good deliveries in between; then the source is down
  std::uint32_t tick_every_s = 10;
  std::uint32_t bulk_ahead_ms = 50;  // of the engine's work that lane bulk may be ahead of it; the
                                     // rest waits in its spool
  std::string events_topic = "rtcc.events.v1";
  std::string dead_letter_topic = "rtcc.deadletter.v1";
};

// One thing wrong with the settings: a JSON pointer below the ingest settings
// ("/sources/2/transport/url") and what.
struct ConfigFault {
  std::string pointer;
  std::string message;
};

// All faults at once, without touching the world. Plugins' own settings are checked by
// check_settings (plugin_library.h).
std::vector<ConfigFault> check_config(const IngestConfig& config);

}  // namespace fusiond::ingest
