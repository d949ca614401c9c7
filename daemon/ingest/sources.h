// All of ingest as the app sees it: the sources with their plugins and transports, the webhook
// receiver, and per lane the ticker and the forwarder.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/metrics.h"
#include "daemon/ingest/forwarder.h"
#include "daemon/ingest/ingest_config.h"
#include "daemon/ingest/poll_transport.h"
#include "daemon/ingest/source_line.h"
#include "daemon/ingest/ticker.h"
#include "daemon/ingest/transport.h"
#include "daemon/ingest/webhook_transport.h"
#include "daemon/net/http_server.h"
#include "daemon/ports/bus.h"
#include "daemon/ports/spool.h"

namespace fusiond::ingest {

// One source as the console and health show it.
struct SourceStatus {
  std::string name;
  std::string plugin;     // kind and version
  std::string transport;  // "http_poll", "webhook", "file"
  Lane lane = Lane::standard;
  SourceState state = SourceState::up;
  std::string why;  // what is wrong; empty when up
  SourceCounts counts;
  WallTime last_received;  // of the newest delivery that was dealt with; the start of time when
                           // there is none
};

// What ingest takes from outside; all of it outlives the Sources.
struct SourcesWorld {
  const Clock& clock;
  Metrics& metrics;
  ByLane<ports::Spool*> spools;  // what was accepted and is not in the log yet
  ports::Bus& bus;
  ReadTo read_to;  // by the engine, of the events; absent: nobody here knows, and lane bulk is not
                   // held back
  std::uint32_t events_partitions = 1;
  HttpCaller http;  // net::http_call
  std::function<std::unique_ptr<net::HttpServer>(net::HttpServerConfig)> make_server;
  // Opens the durable queue in front of one webhook; `stem` is unique and fit for a file name.
  std::function<Result<std::unique_ptr<ports::Spool>>(const std::string& stem,
                                                      std::uint64_t max_bytes)>
      open_waiting;
  std::function<void(const SourceStatus&)>
      on_change;  // after each change of a source's state; on any thread
};

// Everything wrong with the settings, the plugins and the plugins' settings, all at once. Loads the
// plugins; starts nothing.
std::vector<ConfigFault> check_all(const IngestConfig& config);

// Threads: start and stop from the owner's; statuses from any.
class Sources {
 public:
  // Errors: bad_config with all faults of check_all, one per line; whatever open_waiting says.
  static Result<std::unique_ptr<Sources>> make(IngestConfig config, SourcesWorld world);
  // Use make().
  Sources(IngestConfig config, SourcesWorld world);
  ~Sources() { stop(); }
  Sources(const Sources&) = delete;
  Sources& operator=(const Sources&) = delete;

  // Errors: unavailable when the receiver's address cannot be bound; nothing runs then.
  Result<void> start();
  // Safe twice and without start. First nothing new comes in, then what is in flight is confirmed;
  // the rest stays in the spool.
  void stop();

  [[nodiscard]] std::vector<SourceStatus> statuses() const;
  // The port the receiver listens on; 0 when no source is a webhook.
  [[nodiscard]] std::uint16_t receiver_port() const;

 private:
  struct Each {
    std::unique_ptr<SourceLine> line;
    std::unique_ptr<Transport> transport;
  };
  // From the spool to the log.
  struct Way {
    std::unique_ptr<Forwarder> forwarder;
    std::unique_ptr<SpoolWriter> writer;
    std::unique_ptr<Ticker> ticker;
  };
  void make_way(Lane lane);
  [[nodiscard]] SourceContext context_of(Lane lane);
  // The lines of a lane, or of all others.
  [[nodiscard]] std::vector<SourceLine*> lines(Lane lane, bool others = false) const;
  Result<void> add(const SourceConfig& source);
  Result<std::unique_ptr<Transport>> make_transport(SourceLine& line);
  net::HttpResponse receive(const net::HttpRequest& request);
  [[nodiscard]] static SourceStatus status_of(const SourceLine& line);

  SourcesWorld world_;
  std::shared_ptr<const IntakeRules> rules_;
  ByLane<Way> ways_;
  std::map<std::string, std::shared_ptr<const PluginLibrary>> libraries_;
  std::vector<Each> sources_;
  std::map<std::string, WebhookTransport*> webhooks_;  // by path below /ingest
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace fusiond::ingest
