#include "daemon/app/tail.h"

#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "daemon/app/incident_line.h"
#include "daemon/base/clock.h"
#include "daemon/base/sha256.h"
#include "daemon/bus/make_bus.h"
#include "daemon/bus/topics.h"
#include "daemon/net/http_client.h"
#include "daemon/ops/prometheus.h"
#include "daemon/wire/incident_wire.h"

namespace fusiond::app {
namespace {

using std::chrono_literals::operator""ms;

volatile std::sig_atomic_t g_stop = 0;

void stop_on_signals() {
  std::signal(SIGINT, [](int) { g_stop = 1; });
  std::signal(SIGTERM, [](int) { g_stop = 1; });
}

void print(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

std::string state_line(const std::string& id, std::uint64_t epoch, std::uint64_t revision,
                       std::string_view value) {
  return id + " " + std::to_string(epoch) + " " + std::to_string(revision) + " " + hex_of(value);
}

// The consumer's rule: of one id keep the largest (epoch, revision).
class Picture {
 public:
  struct Held {
    std::uint64_t epoch = 0;
    std::uint64_t revision = 0;
    std::string bytes;
  };
  // True when `revision` is news.
  bool take(const IncidentRevision& revision, std::string bytes) {
    auto& held = held_[revision.content.id.str()];
    if (std::pair(revision.epoch, revision.revision) <= std::pair(held.epoch, held.revision)) {
      return false;
    }
    held = {revision.epoch, revision.revision, std::move(bytes)};
    return true;
  }
  void print_state() const {
    for (const auto& [id, held] : held_) {
      print(state_line(id, held.epoch, held.revision, held.bytes));
    }
  }
  // Incidents that stand: what was merged away or withdrawn depends on the order of arrival.
  Result<void> print_canonical() const {
    for (const auto& [id, held] : held_) {
      auto revision = wire::decode_incident(held.bytes);
      if (!revision) {
        return fail(revision.error());
      }
      const auto state = revision->content.state;
      if (state != IncidentState::merged && state != IncidentState::withdrawn) {
        print(id + " " + canonical_json(std::move(*revision)));
      }
    }
    return {};
  }

 private:
  std::map<std::string, Held> held_;
};

// Where each partition ended when the command began.
using Ends = std::map<std::uint32_t, std::uint64_t>;

Result<Ends> ends_of(ports::Bus& bus, const std::string& topic,
                     std::vector<ports::StartAt>& start) {
  const auto partitions = bus.partitions(topic);
  if (!partitions) {
    return fail(partitions.error().within("reading " + topic));
  }
  Ends ends;
  for (std::uint32_t p = 0; p < *partitions; ++p) {
    const auto extent = bus.extent(topic, p);
    if (!extent) {
      return fail(extent.error().within("reading " + topic));
    }
    start.push_back({.partition = p, .from = ports::StartAt::From::begin, .offset = 0});
    if (extent->end > extent->begin) {
      ends[p] = extent->end;
    }
  }
  return ends;
}

Result<void> show(const TailOptions& options, Picture& picture, const ports::BusRecord& record) {
  if (!record.value) {
    return {};
  }
  auto revision = wire::decode_incident(*record.value);
  if (!revision) {
    return fail(revision.error().within(record.topic + "/" + std::to_string(record.partition) +
                                        "@" + std::to_string(record.offset)));
  }
  if (options.records) {
    print(
        state_line(revision->content.id.str(), revision->epoch, revision->revision, *record.value));
    return {};
  }
  if (!picture.take(*revision, *record.value) || options.state || options.canonical) {
    return {};
  }
  if (!options.json) {
    print(readable_line(*revision));
    return {};
  }
  const auto json = wire::incident_json(std::string_view(*record.value));
  if (!json) {
    return fail(json.error());
  }
  print(*json);
  return {};
}

Result<void> follow(const TailOptions& options, ports::BusReader& reader, Ends ends,
                    Picture& picture) {
  std::vector<ports::BusRecord> records;
  while (g_stop == 0 && !(options.until_end && ends.empty())) {
    records.clear();
    if (const auto got = reader.read(records, 1000, 200ms); !got) {
      return fail(got.error());
    }
    for (const auto& record : records) {
      if (auto shown = show(options, picture, record); !shown) {
        return shown;
      }
      const auto end = ends.find(record.partition);
      if (end != ends.end() && record.offset + 1 >= end->second) {
        ends.erase(end);
      }
    }
  }
  return {};
}

Result<void> tail_log(const TailOptions& options) {
  ops::PrometheusMetrics metrics;
  auto bus = bus::make_bus(options.bus, metrics);
  if (!bus) {
    return fail(bus.error());
  }
  const std::string topic = bus::topic_names(options.bus.prefix).incident_changes;
  std::vector<ports::StartAt> start;
  auto ends = ends_of(**bus, topic, start);
  if (!ends) {
    return fail(ends.error());
  }
  auto reader = (*bus)->open_reader(topic, start);
  if (!reader) {
    return fail(reader.error());
  }
  Picture picture;
  if (auto done = follow(options, **reader, std::move(*ends), picture); !done) {
    return done;
  }
  if (options.state) {
    picture.print_state();
  }
  return options.canonical ? picture.print_canonical() : Result<void>{};
}

// Takes server-sent events apart; those that carry an incident are shown.
class EventLines {
 public:
  explicit EventLines(const TailOptions& options) : options_(options) {}
  void take(std::string_view bytes) {
    pending_ += bytes;
    for (auto end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n')) {
      line(pending_.substr(0, end));
      pending_.erase(0, end + 1);
    }
  }
  [[nodiscard]] const std::string& cursor() const { return cursor_; }
  // The connection broke: what it left unfinished is worth nothing.
  void reset() { pending_.clear(); }

 private:
  void line(const std::string& text) {
    if (text.starts_with("id: ")) {
      cursor_ = text.substr(4);
    } else if (text.starts_with("event: ")) {
      event_ = text.substr(7);
    } else if (text.starts_with("data: ") && event_ == "incident") {
      show(text.substr(6));
    }
  }
  void show(const std::string& json) {
    if (options_.json) {
      print(json);
      return;
    }
    const auto revision = wire::incident_from_json(json);
    print(revision ? readable_line(*revision) : "tail: " + revision.error().message);
  }

  const TailOptions& options_;
  std::string pending_;
  std::string event_;
  std::string cursor_;
};

Result<void> tail_console(const TailOptions& options) {
  if (options.until_end || options.state || options.canonical || options.records) {
    return fail(
        Fault::bad_config,
        "--until-end, --state, --records and --canonical read the log: use --config or --bootstrap "
        "instead of --console");
  }
  const SystemClock clock;
  EventLines lines(options);
  while (g_stop == 0) {
    const std::string at = lines.cursor().empty() ? "?cursor=0:0" : "?cursor=" + lines.cursor();
    const auto answer = net::http_call({.url = options.console + "/api/v1/stream" + at,
                                        .timeout = std::chrono::hours{24},
                                        .on_body = [&](std::string_view bytes) {
                                          lines.take(bytes);
                                          return g_stop == 0;
                                        }});
    if (!answer && answer.error().fault == Fault::bad_config) {
      return fail(answer.error());
    }
    lines.reset();
    if (g_stop == 0) {
      clock.pause(500ms);
    }
  }
  return {};
}

}  // namespace

Result<void> tail(const TailOptions& options) {
  stop_on_signals();
  return options.console.empty() ? tail_log(options) : tail_console(options);
}

}  // namespace fusiond::app
