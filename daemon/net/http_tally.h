// What the server counts; nothing when there is no Metrics. Threads: the network thread.
#pragma once

#include <cstddef>
#include <string>

#include "daemon/base/metrics.h"

namespace fusiond::net {

class HttpTally {
 public:
  explicit HttpTally(Metrics* metrics) : metrics_(metrics) {
    if (metrics != nullptr) {
      connections_ = &metrics->gauge("fusiond_http_connections", "Open HTTP connections");
      streams_ = &metrics->gauge("fusiond_http_streams", "Open event streams");
    }
  }
  void answered(int status) {
    count("fusiond_http_responses_total", "HTTP answers by class of status",
          {{"class", std::to_string(status / 100) + "xx"}});
  }
  void refused(const char* reason) {
    count("fusiond_http_refused_total",
          "Requests and connections that were refused or given up, by reason",
          {{"reason", reason}});
  }
  void stream_closed(const char* reason) {
    count("fusiond_http_streams_closed_total", "Event streams that ended, by reason",
          {{"reason", reason}});
  }
  void show(std::size_t connections, std::size_t streams) {
    if (metrics_ != nullptr) {
      connections_->set(static_cast<double>(connections));
      streams_->set(static_cast<double>(streams));
    }
  }

 private:
  void count(const char* name, const char* help, const Labels& labels) {
    if (metrics_ != nullptr) {
      metrics_->counter(name, help, labels).add();
    }
  }
  Metrics* metrics_;
  Gauge* connections_ = nullptr;
  Gauge* streams_ = nullptr;
};

}  // namespace fusiond::net
