// A small HTTP/1.1 server for the console, the webhooks, metrics and health. Beast and Asio stay
// inside http_server.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/base/metrics.h"
#include "daemon/base/result.h"

namespace fusiond::net {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;
  std::string path;                            // decoded, without the query
  std::map<std::string, std::string> query;    // decoded
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body{};
  std::string remote;  // address:port
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers{};
  std::string body{};
};

// One open text/event-stream. Threads: any. Bounded: a reader that falls behind by more than the
// limit is closed (it resumes by Last-Event-ID).
class EventStream {
 public:
  virtual ~EventStream() = default;
  // Queues a chunk as it goes onto the wire; false when the stream is closed.
  virtual bool send(std::string chunk) = 0;
  // Ends the stream after what is queued.
  virtual void close() = 0;
  [[nodiscard]] virtual bool closed() const = 0;
  // What is queued and not yet taken by the system; a sender with much to say waits for it to fall.
  [[nodiscard]] virtual std::size_t backlog_bytes() const = 0;
};

struct HttpServerConfig {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                   // 0 = any free one
  std::size_t max_body_bytes = 1 << 20;     // a longer request: 413
  std::size_t max_header_bytes = 16 << 10;  // 431
  std::size_t max_connections =
      1024;  // the next one takes the place of the one that waited longest for a request, else 503
  std::size_t max_streams = 512;  // 503
  std::size_t max_stream_backlog_bytes = 4 << 20;
  std::uint32_t idle_timeout_s = 60;     // no request begun; an answer or a stream not read
  std::uint32_t request_timeout_s = 20;  // from the first byte of a request to its last
};

// An RFC 9457 problem object; what every refusal of the server looks like.
HttpResponse http_problem(int status, std::string_view detail);

class HttpServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;  // on a network thread: answers
                                                                    // at once, never blocks long
  using StreamHandler = std::function<void(
      const HttpRequest&, std::shared_ptr<EventStream>)>;  // keeps the stream, returns at once

  virtual ~HttpServer() = default;  // stops
  // `path` exact, or a prefix when it ends with "/*". Routes are set before start(). The longest
  // match wins; else 404, a known path with another method 405.
  virtual void route(const std::string& method, const std::string& path, Handler handler) = 0;
  virtual void stream(const std::string& path, StreamHandler handler) = 0;
  // Errors: bad_config when the address is no IP address; unavailable when it cannot be bound.
  virtual Result<void> start() = 0;
  // Answers what was asked, ends the streams after what is queued, closes; waits for that at most
  // two seconds. Safe twice and without start. Never called on a network thread.
  virtual void stop() = 0;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
};

// `metrics` (none = not counted) outlives the server. HEAD is answered from the GET route, without
// the body.
std::unique_ptr<HttpServer> make_http_server(HttpServerConfig config, Metrics* metrics = nullptr);

}  // namespace fusiond::net
