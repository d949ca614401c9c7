// A small HTTP/1.1 server for the console, the webhooks, metrics and health. Beast and Asio stay inside http_server.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/result.h"

namespace fusiond::net {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;
  std::string path;                          // decoded, without the query
  std::map<std::string, std::string> query;  // decoded
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::string remote;  // address:port
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  std::string body;
};

// One open text/event-stream. Threads: any. Bounded: a reader that falls behind by more than the limit is closed (it resumes by Last-Event-ID).
class EventStream {
 public:
  virtual ~EventStream() = default;
  // Queues a chunk as it goes onto the wire; false when the stream is closed.
  virtual bool send(std::string chunk) = 0;
  virtual void close() = 0;
  [[nodiscard]] virtual bool closed() const = 0;
};

struct HttpServerConfig {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0 = any free one
  std::size_t max_body_bytes = 1 << 20;
  std::size_t max_connections = 1024;
  std::size_t max_stream_backlog_bytes = 4 << 20;
  std::uint32_t idle_timeout_s = 60;
};

class HttpServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;                             // on a network thread: answers at once, never blocks long
  using StreamHandler = std::function<void(const HttpRequest&, std::shared_ptr<EventStream>)>;  // keeps the stream, returns at once

  virtual ~HttpServer() = default;  // stops
  // `path` exact, or a prefix when it ends with "/*". Routes are set before start(). The longest match wins; else 404, a known path with
  // another method 405.
  virtual void route(const std::string& method, const std::string& path, Handler handler) = 0;
  virtual void stream(const std::string& path, StreamHandler handler) = 0;
  // Errors: unavailable when the address cannot be bound.
  virtual Result<void> start() = 0;
  virtual void stop() = 0;  // safe twice
  [[nodiscard]] virtual std::uint16_t port() const = 0;
};

std::unique_ptr<HttpServer> make_http_server(HttpServerConfig config);

}  // namespace fusiond::net
