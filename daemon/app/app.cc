#include "daemon/app/app.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/app/assemble.h"
#include "daemon/app/check.h"
#include "daemon/base/log.h"
#include "daemon/bus/make_bus.h"
#include "daemon/bus/topics.h"

namespace fusiond::app {
namespace {

// For the topics to be made before anything is written. A broker that is away does not hold the
// start up for longer: what comes in waits in the spool.
constexpr std::chrono::milliseconds kTopicsPatience{2'000};

// Blocks the signals for every thread that is started later, so that this one can wait for them.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return set;
}

void print_addresses(const config::Config& config, const Parts& parts) {
  std::string line = "{\"console\":\"http://" + config.console.listen_address + ":" +
                     std::to_string(parts.console->port()) + "\"";
  if (parts.sources) {
    line += ",\"ingest\":\"http://" + config.ingest.receiver.address + ":" +
            std::to_string(parts.sources->receiver_port()) + "\"";
  }
  std::printf("%s}\n", line.c_str());
  std::fflush(stdout);
}

// The list: what takes in starts last and stops first.
struct Stage {
  const char* name;
  std::function<Result<void>()> start;
  std::function<void()> stop;
};

std::vector<Stage> stages(Parts& parts) {
  std::vector<Stage> list{
      {"topics",
       [&]() -> Result<void> {
         parts.topics->start();
         (void)parts.topics->await(kTopicsPatience);
         return {};
       },
       [&] { parts.topics->stop(); }},
      {"console", [&] { return parts.console->start(); }, [&] { parts.console->stop(); }}};
  // Before anything is read in, so that what comes first is judged by them, too.
  list.push_back({"rules",
                  [&]() -> Result<void> {
                    parts.rules->start();
                    return {};
                  },
                  [] {}});
  if (parts.shard) {
    list.push_back({"shard", [&] { return parts.shard->start(parts.real_clock.now()); },
                    [&] { parts.shard->stop(); }});
  }
  if (parts.sources) {
    list.push_back(
        {"sources", [&] { return parts.sources->start(); }, [&] { parts.sources->stop(); }});
  }
  return list;
}

// Until a signal that ends the daemon, which it returns; meanwhile rules are put into force.
int keep_rules(const sigset_t& signals, std::uint32_t watch_s, RuleKeeper& rules) {
  constexpr std::uint32_t kRetryS = 2;  // while it is not known what held before
  while (true) {
    const bool watch = watch_s != 0 || !rules.started();
    const timespec every{static_cast<time_t>(watch_s == 0 ? kRetryS : watch_s), 0};
    const int signal =
        watch ? sigtimedwait(&signals, nullptr, &every) : sigwaitinfo(&signals, nullptr);
    if (signal == SIGHUP) {
      rules.reload();
    } else if (signal > 0) {
      return signal;
    } else if (errno == EAGAIN) {
      rules.look();
    }
  }
}

}  // namespace

Result<void> run(const config::Config& config) {
  if (auto good = check_roles(config); !good) {
    return good;
  }
  set_log(config.log_level, config.log_format);
  const sigset_t signals = block_signals();
  auto parts = assemble(config);
  if (!parts) {
    return fail(parts.error());
  }
  const auto list = stages(**parts);
  std::size_t started = 0;
  Result<void> outcome;
  for (; started < list.size() && outcome; ++started) {
    if (auto begun = list[started].start(); !begun) {
      outcome = fail(begun.error().within(std::string("starting the ") + list[started].name));
      break;
    }
  }
  if (outcome) {
    print_addresses(config, **parts);
    log_info("fusiond runs", {{"version", kVersion}, {"config", config.path}});
    const int signal = keep_rules(signals, config.rule_watch_s, *(*parts)->rules);
    log_info("fusiond stops", {{"signal", std::to_string(signal)}});
  }
  while (started > 0) {
    list[--started].stop();
  }
  return outcome;
}

Result<std::size_t> make_topics(const config::Config& config) {
  ops::PrometheusMetrics metrics;
  auto bus = bus::make_bus(config.bus, metrics);
  if (!bus) {
    return fail(bus.error());
  }
  const auto specs = bus::topic_specs(config.bus);
  if (auto made = (*bus)->ensure_topics(specs); !made) {
    return fail(made.error());
  }
  return specs.size();
}

}  // namespace fusiond::app
