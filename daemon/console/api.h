// The console's addresses: the incidents and their stream, the state of the daemon, metrics and
// health, and the page. All answers but the page's are JSON; a refusal is a problem object.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "daemon/base/clock.h"
#include "daemon/base/result.h"
#include "daemon/console/hub.h"
#include "daemon/console/page.h"
#include "daemon/net/http_server.h"

namespace fusiond::console {

// What the console shows and others know. Asked on the network thread, answered at once.
struct DaemonView {
  std::function<std::pair<int, std::string>()> live;   // status, JSON
  std::function<std::pair<int, std::string>()> ready;  // status, JSON object
  std::function<std::string()> metrics;                // Prometheus text
  std::function<std::string()> sources;                // a JSON array, one object per source
  std::map<std::string, std::string> versions{};       // "software", "rules", "association"
  // Why an incident's record (JSON) says what it says, in words, as JSON; `other` has the records
  // of other incidents.
  using Records = std::function<std::optional<std::string>(const std::string& incident_id)>;
  std::function<Result<std::string>(const std::string& record, const Records& other)> explain{};
};

// GET /api/v1/incidents[?all=1] · /api/v1/incidents/{id}[/revisions|/explain] · /api/v1/stream ·
// /api/v1/status · /metrics · /health/live · /health/ready · everything else: the page.
// The four outlive the server.
void add_api(net::HttpServer& server, Hub& hub, const Page& page, const Clock& clock,
             DaemonView view);

}  // namespace fusiond::console
