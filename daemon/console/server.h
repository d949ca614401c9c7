// The console: hub, page and addresses on one HTTP server.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "daemon/console/api.h"
#include "daemon/console/console_config.h"
#include "daemon/console/hub.h"
#include "daemon/console/page.h"
#include "daemon/net/http_server.h"

namespace fusiond::console {

class Server {
 public:
  // `changes_topic` is read from its beginning. What `parts` refers to outlives the console.
  Server(const ConsoleConfig& config, std::string changes_topic, const HubParts& parts,
         DaemonView view);
  ~Server() { stop(); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // For further routes, before start().
  [[nodiscard]] net::HttpServer& http() { return *http_; }
  [[nodiscard]] Hub& hub() { return hub_; }

  // Errors: bad_config or unavailable when the address cannot be listened on; then nothing runs.
  Result<void> start();
  // Ends the streams, then the server. Safe twice and without start.
  void stop();
  [[nodiscard]] std::uint16_t port() const { return http_->port(); }

 private:
  const bool serve_;
  Hub hub_;
  Page page_;
  std::unique_ptr<net::HttpServer> http_;
};

}  // namespace fusiond::console
