#include "daemon/ingest/sources.h"

#include <filesystem>
#include <utility>

#include "daemon/base/log.h"
#include "daemon/ingest/file_transport.h"
#include "fusiond/v1/event.pb.h"

namespace fusiond::ingest {
namespace {

constexpr const char* kRoot = "/ingest";

const char* name_of_transport(TransportKind kind) {
  switch (kind) {
    case TransportKind::http_poll:
      return "http_poll";
    case TransportKind::webhook:
      return "webhook";
    case TransportKind::file:
      return "file";
  }
  return "unknown";
}

std::string path_of(const std::string& source_name) {
  return source_name.starts_with('/') ? kRoot + source_name : kRoot + ("/" + source_name);
}

}  // namespace

std::vector<ConfigFault> check_all(const IngestConfig& config) {
  std::vector<ConfigFault> faults = check_config(config);
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    const auto& source = config.sources[i];
    const std::string at = "/sources/" + std::to_string(i);
    const auto library = PluginLibrary::open(config.plugin_dir, source.plugin);
    if (!library) {
      faults.push_back({at + "/plugin", library.error().message});
      continue;
    }
    for (auto& fault : check_settings(**library, source.settings_json)) {
      faults.push_back({at + "/settings" + fault.pointer, fault.message});
    }
  }
  return faults;
}

Sources::Sources(IngestConfig config, SourcesWorld world)
    : world_(std::move(world)), rules_(std::make_shared<const IntakeRules>(std::move(config))) {
  for (const Lane lane : kLanes) {
    make_way(lane);
  }
}

void Sources::make_way(Lane lane) {
  ForwarderConfig forwarding;
  forwarding.lane = name_of(lane);
  forwarding.dead_letter_topic = rules_->config.dead_letter_topic;
  forwarding.dead_letter_max_bytes = rules_->config.dead_letter_max_bytes;
  if (lane == Lane::bulk) {
    forwarding.read_to = world_.read_to;
    forwarding.ahead = std::chrono::milliseconds(rules_->config.bulk_ahead_ms);
  }
  Way& way = ways_[lane];
  way.forwarder = std::make_unique<Forwarder>(*world_.spools[lane], world_.bus, world_.clock,
                                              world_.metrics, forwarding);
  way.writer =
      std::make_unique<SpoolWriter>(*world_.spools[lane], world_.metrics, name_of(lane),
                                    [forwarder = way.forwarder.get()] { forwarder->wake(); });
}

SourceContext Sources::context_of(Lane lane) {
  return {world_.clock, world_.metrics, *ways_[lane].writer, rules_};
}

std::vector<SourceLine*> Sources::lines(Lane lane, bool others) const {
  std::vector<SourceLine*> found;
  for (const Each& each : sources_) {
    if ((each.line->config().lane == lane) != others) {
      found.push_back(each.line.get());
    }
  }
  return found;
}

Result<std::unique_ptr<Sources>> Sources::make(IngestConfig config, SourcesWorld world) {
  // protobuf writes a line to standard error for each text that is not UTF-8. Such events are
  // counted and kept here, and a hostile feed must not fill the log.
  google::protobuf::SetLogHandler(nullptr);
  const auto faults = check_all(config);
  if (!faults.empty()) {
    std::string text = "ingest has wrong settings:";
    for (const auto& fault : faults) {
      text += "\n" + fault.pointer + ": " + fault.message;
    }
    return fail(Fault::bad_config, text);
  }
  auto sources = std::make_unique<Sources>(std::move(config), std::move(world));
  for (const auto& source : sources->rules_->config.sources) {
    if (auto added = sources->add(source); !added) {
      return fail(added.error().within(source.name));
    }
  }
  for (const Lane lane : kLanes) {
    sources->ways_[lane].ticker = std::make_unique<Ticker>(
        sources->context_of(lane), sources->lines(lane), sources->world_.events_partitions);
  }
  return sources;
}

Result<void> Sources::add(const SourceConfig& source) {
  auto& library = libraries_[source.plugin];
  if (!library) {
    auto opened = PluginLibrary::open(rules_->config.plugin_dir, source.plugin);
    if (!opened) {
      return fail(opened.error());
    }
    library = *opened;
  }
  SourceParts parts;
  parts.config = source;
  parts.library = library;
  const bool recorded = source.transport.kind == TransportKind::file &&
                        source.transport.file.format == FileFormat::recorded;
  parts.clock_kind = recorded ? IngestClock::Kind::recorded : IngestClock::Kind::live;
  const std::size_t index = sources_.size();
  parts.on_change = [this, index, name = source.name](SourceState state, const std::string& why) {
    const bool fine = state == SourceState::up || state == SourceState::finished;
    log(fine ? LogLevel::info : LogLevel::warn, "a source changed its state",
        {{"source", name}, {"state", name_of(state)}, {"why", why}});
    if (world_.on_change && index < sources_.size()) {
      world_.on_change(status_of(*sources_[index].line));
    }
  };
  Each each;
  each.line = std::make_unique<SourceLine>(context_of(source.lane), std::move(parts));
  auto transport = make_transport(*each.line);
  if (!transport) {
    return fail(transport.error());
  }
  each.transport = std::move(*transport);
  sources_.push_back(std::move(each));
  return {};
}

Result<std::unique_ptr<Transport>> Sources::make_transport(SourceLine& line) {
  const std::string& name = line.config().name;
  const TransportConfig& transport = line.config().transport;
  switch (transport.kind) {
    case TransportKind::http_poll:
      return std::make_unique<PollTransport>(line, world_.http);
    case TransportKind::file: {
      const auto path =
          std::filesystem::path(rules_->config.state_dir) / (file_stem_of(name) + ".position");
      return std::make_unique<FileTransport>(line, path.string());
    }
    case TransportKind::webhook:
      break;
  }
  auto waiting = world_.open_waiting(file_stem_of(name), transport.webhook.max_waiting_bytes);
  if (!waiting) {
    return fail(waiting.error());
  }
  auto webhook = std::make_unique<WebhookTransport>(line, std::move(*waiting));
  webhooks_[path_of(name)] = webhook.get();
  return webhook;
}

net::HttpResponse Sources::receive(const net::HttpRequest& request) {
  const auto webhook = webhooks_.find(request.path);
  if (webhook == webhooks_.end()) {
    world_.metrics.counter("fusiond_webhook_unknown_total", "Bodies for a source that there is not")
        .add();
    net::HttpResponse response;
    response.status = 404;
    response.body = "no such source\n";
    return response;
  }
  return webhook->second->take(request);
}

Result<void> Sources::start() {
  if (!webhooks_.empty() && !server_) {
    const ReceiverConfig& receiver = rules_->config.receiver;
    net::HttpServerConfig config;
    config.address = receiver.address;
    config.port = receiver.port;
    config.max_body_bytes = receiver.max_body_bytes;
    config.max_connections = receiver.max_connections;
    server_ = world_.make_server(config);
    server_->route("POST", std::string(kRoot) + "/*",
                   [this](const net::HttpRequest& request) { return receive(request); });
    if (auto started = server_->start(); !started) {
      server_.reset();
      return fail(started.error().within("the webhook receiver"));
    }
  }
  // Names every source before the first report, so that none runs ahead of another. A lane without
  // sources has nothing to say, but what a former life left in its spool.
  for (const Lane lane : kLanes) {
    Way& way = ways_[lane];
    if (!lines(lane).empty()) {
      way.ticker->tick_first(lines(lane, true));
    }
    way.forwarder->start();
  }
  for (auto& each : sources_) {
    each.transport->start();
  }
  for (const Lane lane : kLanes) {
    if (!lines(lane).empty()) {
      ways_[lane].ticker->start();
    }
  }
  return {};
}

void Sources::stop() {
  if (server_) {
    server_->stop();
  }
  for (auto& each : sources_) {
    each.transport->stop();
  }
  for (Way& way : ways_.each) {
    if (way.ticker) {
      way.ticker->stop();
    }
    way.forwarder->stop();
  }
}

SourceStatus Sources::status_of(const SourceLine& line) {
  SourceStatus status;
  status.name = line.config().name;
  status.plugin = line.plugin_build();
  status.transport = name_of_transport(line.config().transport.kind);
  status.lane = line.config().lane;
  status.state = line.condition().state();
  status.why = line.condition().why();
  status.counts = line.counters().counts();
  status.last_received = line.last_received();
  return status;
}

std::vector<SourceStatus> Sources::statuses() const {
  std::vector<SourceStatus> statuses;
  statuses.reserve(sources_.size());
  for (const auto& each : sources_) {
    statuses.push_back(status_of(*each.line));
  }
  return statuses;
}

std::uint16_t Sources::receiver_port() const {
  return server_ ? server_->port() : std::uint16_t{0};
}

}  // namespace fusiond::ingest
