// What an operator may set about the console.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace fusiond::console {

struct ConsoleConfig {
  std::string listen_address = "127.0.0.1";  // an IP address
  std::uint16_t listen_port = 8080;          // 0 = any free one
  std::string web_dir;                       // the built page
  std::uint32_t heartbeat_ms = 1000;
  // The changes kept for readers that come back; the smaller limit counts.
  std::size_t ring_changes = 10'000;
  std::size_t ring_bytes = 256 << 20;
  // Incidents that are closed, merged or withdrawn leave the current picture after this time in the
  // log; when there are too many incidents, those untouched for longest leave first.
  std::uint32_t closed_keep_s = 6 * 3600;
  std::size_t max_incidents = 50'000;
  // The HTTP server.
  std::size_t max_body_bytes = 1 << 20;
  std::size_t max_connections = 1024;
  std::size_t max_streams = 512;
  std::size_t max_stream_backlog_bytes = 4 << 20;
  std::uint32_t idle_timeout_s = 60;
  std::uint32_t request_timeout_s = 20;
};

}  // namespace fusiond::console
