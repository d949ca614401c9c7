#include "daemon/config/load_parts.h"

namespace fusiond::config {
namespace {

void read_patience(Section& section, pipeline::Patience& patience) {
  read_duration(section, "first_ms", patience.first, 1, 60'000);
  read_duration(section, "most_ms", patience.most, 1, 600'000);
}

void read_publisher(Section& section, pipeline::PublisherConfig& config) {
  section.integer("window", config.window, 1, 100'000);
  read_duration(section, "stop_wait_ms", config.stop_wait, 0, 600'000);
}

}  // namespace

void read_state(Section& section, state::StateConfig& config) {
  section.boolean("sync", config.sync);
  section.integer("write_buffer_bytes", config.write_buffer_bytes, 65'536, std::int64_t{1} << 30);
}

void read_spool(Section& section, state::SpoolConfig& config) {
  section.integer("max_bytes", config.max_bytes, 1'000'000, std::int64_t{1} << 40);
  section.boolean("sync", config.sync);
}

void read_shard(Section& section, pipeline::ShardConfig& config) {
  section.integer("batch_records", config.batch_records, 1, 100'000);
  read_duration(section, "read_wait_ms", config.read_wait, 1, 10'000);
  section.integer("outbox_entries", config.outbox_entries, 100, 100'000'000);
  section.integer("outbox_bytes", config.outbox_bytes, 1'000'000, std::int64_t{64} << 30);
  section.section("patience", [&](Section& s) { read_patience(s, config.patience); });
  config.publisher.patience = config.patience;
  section.section("publisher", [&](Section& s) { read_publisher(s, config.publisher); });
  section.integer("dead_letter_max_bytes", config.limits.dead_letter_max_bytes, 0, 100'000'000);
  section.integer("source_labels", config.limits.source_labels, 1, 100'000);
}

void read_console(Section& section, console::ConsoleConfig& config) {
  read_listen(section, "listen", config.listen_address, config.listen_port);
  section.text("web_dir", config.web_dir);
  section.integer("heartbeat_ms", config.heartbeat_ms, 100, 60'000);
  section.integer("ring_changes", config.ring_changes, 100, 10'000'000);
  section.integer("ring_bytes", config.ring_bytes, 1'000'000, std::int64_t{64} << 30);
  section.integer("closed_keep_s", config.closed_keep_s, 0, 30 * 86'400);
  section.integer("max_incidents", config.max_incidents, 100, 10'000'000);
  section.integer("max_connections", config.max_connections, 1, 100'000);
  section.integer("max_streams", config.max_streams, 1, 100'000);
  section.integer("max_stream_backlog_bytes", config.max_stream_backlog_bytes, 10'000,
                  std::int64_t{4} << 30);
  section.integer("idle_timeout_s", config.idle_timeout_s, 1, 3'600);
  section.integer("request_timeout_s", config.request_timeout_s, 1, 3'600);
}

}  // namespace fusiond::config
