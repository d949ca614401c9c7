// Deliveries that others push to us: POST /ingest/<source>. Answered as soon as the body is safe on
// disk, parsed afterwards, so that a slow plugin or an absent log costs no sender its delivery.
#pragma once

#include <memory>

#include "daemon/base/mutex.h"
#include "daemon/ingest/source_line.h"
#include "daemon/ingest/task.h"
#include "daemon/ingest/transport.h"
#include "daemon/net/http_server.h"
#include "daemon/ports/spool.h"

namespace fusiond::ingest {

class WebhookTransport final : public Transport {
 public:
  // `waiting` holds what was taken and not parsed yet; what it held before a restart is parsed
  // first.
  WebhookTransport(SourceLine& line, std::unique_ptr<ports::Spool> waiting);
  ~WebhookTransport() override { stop(); }
  void start() override;
  void stop() override;

  // 202 once the body is safe. 413 for one beyond the limit (it goes to the dead letters), 503 when
  // no more can wait. Threads: any.
  net::HttpResponse take(const net::HttpRequest& request);

  // Parses what waits; how many deliveries it dealt with. Threads: the transport's own, or a
  // test's.
  Result<std::size_t> work(const Stop& stop);

 private:
  void recall_stamps();
  void ring();
  bool wait_for_ring();

  SourceLine& line_;
  std::unique_ptr<ports::Spool> waiting_;
  Counter& taken_;
  Counter& refused_;
  Gauge& waiting_bytes_;
  Mutex mutex_;
  Signal changed_;
  bool rung_ GUARDED_BY(mutex_) = false;
  Task task_;
};

}  // namespace fusiond::ingest
