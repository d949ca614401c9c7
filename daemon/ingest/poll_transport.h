// Asks an HTTP address again and again; each answer's body is a delivery. Unchanged answers (304)
// cost nothing.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "daemon/ingest/source_line.h"
#include "daemon/ingest/task.h"
#include "daemon/ingest/transport.h"
#include "daemon/net/http_client.h"

namespace fusiond::ingest {

// net::http_call, or a fake.
using HttpCaller = std::function<Result<net::HttpResponse>(const net::HttpCall&)>;

class PollTransport final : public Transport {
 public:
  PollTransport(SourceLine& line, HttpCaller http);
  ~PollTransport() override { stop(); }
  void start() override;
  void stop() override;

  // One poll, to its end; false when it failed in any way. What broke off is not parsed; the next
  // poll goes on. Validators are kept only for what was accepted. Threads: the transport's own, or
  // a test's.
  bool poll(const Stop& stop);
  // How long to wait before the next one: the interval, a little different for each source and
  // poll, so that many do not fall together; longer after failures.
  [[nodiscard]] std::chrono::milliseconds next_wait() const;

 private:
  [[nodiscard]] net::HttpCall call() const;
  bool answered(net::HttpResponse response, const Stop& stop);
  bool failed(const Error& error, const Stop& stop);
  bool take(Delivery delivery, const Stop& stop);
  void keep_validators(const net::HttpResponse& response);
  void count(const std::string& outcome);
  bool note_failure(const std::string& why);

  SourceLine& line_;
  const PollConfig& config_;
  HttpCaller http_;
  std::string etag_;
  std::string last_modified_;
  std::string broken_;  // what came of an answer that broke off
  std::uint64_t polls_ = 0;
  std::uint32_t failures_in_a_row_ = 0;
  Gauge& heartbeat_;
  Task task_;
};

}  // namespace fusiond::ingest
