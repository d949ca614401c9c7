#include "daemon/console/server.h"

#include <utility>

#include "daemon/base/log.h"

namespace fusiond::console {
namespace {

net::HttpServerConfig http_config(const ConsoleConfig& config) {
  return {.address = config.listen_address,
          .port = config.listen_port,
          .max_body_bytes = config.max_body_bytes,
          .max_connections = config.max_connections,
          .max_streams = config.max_streams,
          .max_stream_backlog_bytes = config.max_stream_backlog_bytes,
          .idle_timeout_s = config.idle_timeout_s,
          .request_timeout_s = config.request_timeout_s};
}

}  // namespace

Server::Server(const ConsoleConfig& config, std::string changes_topic, const HubParts& parts,
               DaemonView view)
    : serve_(parts.serve),
      hub_(config, std::move(changes_topic), parts),
      page_(config.web_dir),
      http_(net::make_http_server(http_config(config), &parts.metrics)) {
  add_api(*http_, hub_, page_, parts.clock, std::move(view));
}

Result<void> Server::start() {
  if (auto started = http_->start(); !started) {
    return fail(started.error().within("starting the console"));
  }
  if (serve_) {
    hub_.start();
  }
  log_info("the console listens", {{"port", std::to_string(port())}});
  return {};
}

void Server::stop() {
  hub_.stop();
  http_->stop();
}

}  // namespace fusiond::console
