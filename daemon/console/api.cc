#include "daemon/console/api.h"

#include <memory>
#include <optional>
#include <string_view>

#include "daemon/base/json_text.h"

namespace fusiond::console {
namespace {

using net::EventStream;
using net::HttpRequest;
using net::HttpResponse;

constexpr std::string_view kIncidents = "/api/v1/incidents/";
constexpr std::string_view kRevisions = "/revisions";
constexpr std::string_view kExplain = "/explain";

HttpResponse text_response(int status, const char* type, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", type},
                      {"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"}},
          .body = std::move(body)};
}

HttpResponse json_response(std::string body) {
  return text_response(200, "application/json", std::move(body));
}

std::string json_list(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const auto& item : items) {
    out.append(out.size() > 1 ? "," : "").append(item);
  }
  return out.append("]");
}

HttpResponse incidents(Hub& hub, const Clock& clock, const HttpRequest& request) {
  const auto all = request.query.find("all");
  const auto snapshot = hub.snapshot(all != request.query.end() && all->second == "1");
  if (!snapshot) {
    HttpResponse response = net::http_problem(503, snapshot.error().message);
    response.headers.emplace_back("Retry-After", "1");
    return response;
  }
  return json_response("{\"cursor\":" + json_string(snapshot->cursor) +
                       ",\"server_time_us\":" + std::to_string(micros_of(clock.now())) +
                       ",\"incidents\":" + json_list(snapshot->incidents) + "}\n");
}

HttpResponse explained(Hub& hub, const DaemonView& view, const std::string& record) {
  const auto other = [&hub](const std::string& id) { return hub.incident(id); };
  auto words = view.explain(record, other);
  return words ? json_response(words->append("\n")) : net::http_problem(500, words.error().message);
}

HttpResponse incident(Hub& hub, const DaemonView& view, const HttpRequest& request) {
  std::string_view id = std::string_view(request.path).substr(kIncidents.size());
  if (id.ends_with(kRevisions)) {
    id.remove_suffix(kRevisions.size());
    const auto revisions = hub.revisions(std::string(id));
    if (!revisions.empty()) {
      return json_response("{\"incident_id\":" + json_string(id) +
                           ",\"revisions\":" + json_list(revisions) + "}\n");
    }
  } else if (id.ends_with(kExplain) && view.explain) {
    id.remove_suffix(kExplain.size());
    if (const auto record = hub.incident(std::string(id))) {
      return explained(hub, view, *record);
    }
  } else if (auto newest = hub.incident(std::string(id))) {
    return json_response(newest->append("\n"));
  }
  return net::http_problem(404, "no such incident is known, or not any more: " + std::string(id));
}

// The header that a browser sends by itself is newer than the address it was given once.
void stream(Hub& hub, const HttpRequest& request, std::shared_ptr<EventStream> stream) {
  std::optional<std::string> cursor;
  if (const auto query = request.query.find("cursor"); query != request.query.end()) {
    cursor = query->second;
  }
  const auto header = request.headers.find("last-event-id");
  if (header != request.headers.end() && !header->second.empty()) {
    cursor = header->second;
  }
  hub.subscribe(cursor, std::move(stream));
}

std::string hub_json(const HubStatus& status) {
  std::string json = "{\"cursor\":" + json_string(status.cursor);
  json += std::string(",\"caught_up\":") + (status.caught_up ? "true" : "false");
  json += std::string(",\"log_ok\":") + (status.trouble ? "false" : "true");
  json += ",\"trouble\":" + json_string(status.trouble.value_or(""));
  json += ",\"lag_ms\":" + std::to_string(status.lag.count());
  json += ",\"incidents_active\":" + std::to_string(status.active);
  json += ",\"incidents_known\":" + std::to_string(status.known);
  json += ",\"changes_kept\":" + std::to_string(status.ring);
  return json + ",\"readers\":" + std::to_string(status.readers) + "}";
}

HttpResponse status(const Hub& hub, const Clock& clock, const DaemonView& view) {
  std::string versions;
  for (const auto& [name, version] : view.versions) {
    versions.append(versions.empty() ? "" : ",").append(json_string(name));
    versions.append(":").append(json_string(version));
  }
  return json_response("{\"server_time_us\":" + std::to_string(micros_of(clock.now())) +
                       ",\"versions\":{" + versions + "},\"health\":" + view.ready().second +
                       ",\"sources\":" + view.sources() + ",\"hub\":" + hub_json(hub.status()) +
                       "}\n");
}

}  // namespace

void add_api(net::HttpServer& server, Hub& hub, const Page& page, const Clock& clock,
             DaemonView view) {
  server.route("GET", "/api/v1/incidents", [&hub, &clock](const HttpRequest& request) {
    return incidents(hub, clock, request);
  });
  server.route("GET", std::string(kIncidents) + "*",
               [&hub, view](const HttpRequest& request) { return incident(hub, view, request); });
  server.stream("/api/v1/stream",
                [&hub](const HttpRequest& request, std::shared_ptr<EventStream> to) {
                  stream(hub, request, std::move(to));
                });
  server.route("GET", "/api/*", [](const HttpRequest& request) {
    return net::http_problem(404, "nothing is served at " + request.path);
  });
  server.route("GET", "/health/live", [live = view.live](const HttpRequest&) {
    auto [code, json] = live();
    return text_response(code, "application/json", std::move(json));
  });
  server.route("GET", "/health/ready", [ready = view.ready](const HttpRequest&) {
    auto [code, json] = ready();
    return text_response(code, "application/json", std::move(json));
  });
  server.route("GET", "/metrics", [metrics = view.metrics](const HttpRequest&) {
    return text_response(200, "text/plain; version=0.0.4; charset=utf-8", metrics());
  });
  server.route("GET", "/api/v1/status", [&hub, &clock, view = std::move(view)](const HttpRequest&) {
    return status(hub, clock, view);
  });
  server.route("GET", "/*", [&page](const HttpRequest& request) { return page.serve(request); });
}

}  // namespace fusiond::console
