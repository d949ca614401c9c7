// One network thread runs everything here; only OutStreams and stop() are touched from others.
// Beast does no more than parse requests, and tcp_stream holds the deadlines: the composed
// operations of Beast would add half a minute to each build of this file.
#include "daemon/net/http_server.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <thread>
#include <unordered_set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "daemon/base/check.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/net/http_tally.h"
#include "daemon/net/http_text.h"
#include "daemon/net/out_stream.h"

namespace fusiond::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;
using Monotonic = std::chrono::steady_clock::time_point;

constexpr std::size_t kReadBytes = 16 << 10;
constexpr std::size_t kWriteBytes = 256 << 10;  // of a stream's queue, per write
constexpr std::size_t kMaxDrainBytes =
    16 << 20;  // read and thrown away after a refusal, so that the refusal is not lost with a reset
constexpr std::size_t kMaxStreamInput = 16 << 10;  // a stream's client has nothing to say
constexpr std::chrono::seconds kDrainTime{2};
constexpr std::chrono::seconds kStopTime{2};

class Session;

class Server final : public HttpServer {
 public:
  Server(HttpServerConfig config, Metrics* metrics) : config_(std::move(config)), tally_(metrics) {}
  ~Server() override { stop(); }  // NOLINT(bugprone-exception-escape): out of memory at the end

  void route(const std::string& method, const std::string& path, Handler handler) override {
    FUSIOND_CHECK(!thread_.joinable(), "routes are set before the server starts");
    routes_.add({.method = method, .path = path, .handler = std::move(handler)});
  }
  void stream(const std::string& path, StreamHandler handler) override {
    FUSIOND_CHECK(!thread_.joinable(), "routes are set before the server starts");
    routes_.add({.method = "GET", .path = path, .handler = {}, .streamer = std::move(handler)});
  }
  Result<void> start() override;
  void stop() override;
  [[nodiscard]] std::uint16_t port() const override { return port_; }

  // For the sessions, on the network thread.
  [[nodiscard]] const HttpServerConfig& config() const { return config_; }
  [[nodiscard]] const Routes& routes() const { return routes_; }
  [[nodiscard]] bool stopping() const { return stopping_; }
  HttpTally& tally() { return tally_; }
  void joined(Session* session);
  void left(Session* session);
  bool open_stream();
  void closed_stream() { --streams_; }

 private:
  Result<void> bind();
  void accept();
  void admit(tcp::socket socket);
  bool make_room();
  void begin_stop();

  HttpServerConfig config_;
  HttpTally tally_;
  Routes routes_;
  std::uint16_t port_ = 0;
  bool stopping_ = false;
  std::size_t streams_ = 0;
  std::unordered_set<Session*> sessions_;
  asio::io_context io_{1};  // destroyed before sessions_: pending operations own the sessions
  tcp::acceptor acceptor_{io_};
  asio::steady_timer timer_{io_};
  std::thread thread_;
};

// One connection: reads a request, answers it, reads the next; or becomes an event stream until one
// side ends it.
class Session final : public std::enable_shared_from_this<Session> {
 public:
  Session(Server& server, tcp::socket socket)
      : server_(server), stream_(std::move(socket)), since_(now()) {
    error_code ec;
    const auto peer = stream_.socket().remote_endpoint(ec);
    if (!ec) {
      remote_ = peer.address().to_string() + ":" + std::to_string(peer.port());
    }
    stream_.socket().set_option(tcp::no_delay(true), ec);
    server_.joined(this);
  }
  // NOLINTNEXTLINE(bugprone-exception-escape): only cancelling a timer of a dead system can throw
  ~Session() {
    if (out_) {
      out_->cut();
      server_.closed_stream();
    }
    server_.left(this);
  }

  void begin_request();
  void refuse(int status, const char* reason, std::string_view detail);
  // A connection that waits for its peer may be given up for a new one.
  [[nodiscard]] bool waits() const { return phase_ == Phase::reading || phase_ == Phase::draining; }
  [[nodiscard]] Monotonic since() const { return since_; }
  void drop();
  void begin_stop();
  void pump();  // writes what the stream's owner queued

 private:
  enum class Phase : std::uint8_t { reading, answering, streaming, draining, gone };

  [[nodiscard]] static Monotonic now() { return Monotonic{SystemClock().mono()}; }
  void read();
  void parse();
  void refuse_unparsed(error_code ec);
  bool write_continue();
  void serve();
  void answer(const HttpResponse& response, bool keep_alive, bool head_only);
  void on_written(error_code ec, bool keep_alive);
  void start_stream(const Routes::Entry& entry, const HttpRequest& request);
  void watch_peer();
  void write_stream(std::string bytes, std::size_t payload, bool last);
  void finish_stream(const char* reason);
  void drain();
  void drain_on(std::size_t left);

  Server& server_;
  beast::tcp_stream stream_;
  Monotonic since_;
  Monotonic deadline_;
  Phase phase_ = Phase::reading;
  beast::flat_buffer buffer_;
  std::unique_ptr<Parser> parser_;  // one per request
  bool begun_ = false;
  bool continued_ = false;
  std::string remote_;
  std::string out_head_;
  std::string out_body_;
  std::shared_ptr<OutStream> out_;  // shared with whoever feeds the stream
  bool writing_ = false;
  bool ended_ = false;
  std::size_t stream_input_ = 0;
};

// --- Session: requests

void Session::begin_request() {
  phase_ = Phase::reading;
  since_ = now();
  deadline_ = since_ + std::chrono::seconds(server_.config().idle_timeout_s);
  begun_ = false;
  continued_ = false;
  parser_ = std::make_unique<Parser>();
  parser_->eager(true);
  parser_->header_limit(static_cast<std::uint32_t>(server_.config().max_header_bytes));
  parser_->body_limit(server_.config().max_body_bytes);
  if (server_.stopping()) {
    drop();
  } else if (buffer_.size() > 0) {
    parse();
  } else {
    read();
  }
}

void Session::read() {
  stream_.expires_at(deadline_);
  stream_.async_read_some(
      buffer_.prepare(kReadBytes), [self = shared_from_this()](error_code ec, std::size_t bytes) {
        if (ec) {
          if (self->begun_ && ec != asio::error::operation_aborted) {
            self->server_.tally().refused(ec == beast::error::timeout ? "timed_out" : "broken_off");
          }
          self->drop();
          return;
        }
        self->buffer_.commit(bytes);
        self->parse();
      });
}

void Session::parse() {
  if (!begun_) {
    begun_ = true;
    since_ = now();
    deadline_ = since_ + std::chrono::seconds(server_.config().request_timeout_s);
  }
  error_code ec;
  const std::size_t used = parser_->put(buffer_.data(), ec);
  buffer_.consume(used);
  if (ec && ec != http::error::need_more) {
    refuse_unparsed(ec);
  } else if (!ec && parser_->is_done()) {
    serve();
  } else if (!write_continue()) {
    read();
  }
}

void Session::refuse_unparsed(error_code ec) {
  if (ec == http::error::body_limit) {
    refuse(413, "body_too_large",
           "the body is longer than " + std::to_string(server_.config().max_body_bytes) + " bytes");
  } else if (ec == http::error::header_limit) {
    refuse(431, "header_too_large",
           "the header is longer than " + std::to_string(server_.config().max_header_bytes) +
               " bytes");
  } else {
    refuse(400, "malformed", ec.message());
  }
}

// A client that asked may wait for this line before it sends the body. True when the line is on its
// way and reading goes on after it.
bool Session::write_continue() {
  const auto& request = parser_->get();
  if (continued_ || !parser_->is_header_done() ||
      !beast::iequals(request[http::field::expect], "100-continue")) {
    return false;
  }
  continued_ = true;
  out_head_ = "HTTP/1.1 100 Continue\r\n\r\n";
  stream_.expires_at(deadline_);
  asio::async_write(stream_, asio::buffer(out_head_),
                    [self = shared_from_this()](error_code ec, std::size_t) {
                      if (ec) {
                        self->drop();
                      } else {
                        self->read();
                      }
                    });
  return true;
}

void Session::serve() {
  phase_ = Phase::answering;
  auto message = parser_->release();
  HttpRequest request;
  request.method = std::string(message.method_string());
  request.remote = remote_;
  auto target = parse_target(std::string_view(message.target().data(), message.target().size()));
  if (!target) {
    refuse(400, "malformed", target.error().message);
    return;
  }
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  for (const auto& field : message) {
    std::string& value = request.headers[lower_case(field.name_string())];
    value.append(value.empty() ? "" : ", ")
        .append(std::string_view(field.value().data(), field.value().size()));
  }
  request.body = std::move(message.body());
  const bool head_only = request.method == "HEAD";
  const bool keep_alive = message.keep_alive();
  const auto found = server_.routes().find(request.method, request.path);
  if (found.entry != nullptr && found.entry->streamer && !head_only) {
    start_stream(*found.entry, request);
  } else {
    answer(respond(found, request), keep_alive, head_only);
  }
}

void Session::refuse(int status, const char* reason, std::string_view detail) {
  server_.tally().refused(reason);
  answer(http_problem(status, detail), false, false);
}

void Session::answer(const HttpResponse& response, bool keep_alive, bool head_only) {
  phase_ = Phase::answering;
  server_.tally().answered(response.status);
  const bool stays = keep_alive && !server_.stopping();
  out_head_ = response_head(response, stays, false);
  out_body_ = head_only ? std::string() : response.body;
  stream_.expires_after(std::chrono::seconds(server_.config().idle_timeout_s));
  const std::array<asio::const_buffer, 2> parts = {asio::buffer(out_head_),
                                                   asio::buffer(out_body_)};
  asio::async_write(stream_, parts, [self = shared_from_this(), stays](error_code ec, std::size_t) {
    self->on_written(ec, stays);
  });
}

void Session::on_written(error_code ec, bool keep_alive) {
  if (ec) {
    if (ec != asio::error::operation_aborted) {
      server_.tally().refused(ec == beast::error::timeout ? "answer_not_read" : "broken_off");
    }
    drop();
  } else if (keep_alive) {
    begin_request();
  } else {
    drain();
  }
}

// Closing with unread input would reset the connection, and the peer would lose the answer.
void Session::drain() {
  phase_ = Phase::draining;
  error_code ec;
  stream_.socket().shutdown(tcp::socket::shutdown_send, ec);
  buffer_.clear();
  deadline_ = now() + kDrainTime;
  drain_on(kMaxDrainBytes);
}

void Session::drain_on(std::size_t left) {
  buffer_.clear();
  stream_.expires_at(deadline_);
  stream_.async_read_some(buffer_.prepare(kReadBytes),
                          [self = shared_from_this(), left](error_code ec, std::size_t bytes) {
                            if (ec || bytes >= left) {
                              self->drop();
                            } else {
                              self->drain_on(left - bytes);
                            }
                          });
}

void Session::drop() {
  phase_ = Phase::gone;
  stream_.close();
}

void Session::begin_stop() {
  if (out_) {
    out_->close();
  } else if (waits()) {
    drop();
  }
}

// --- Session: streams

void Session::start_stream(const Routes::Entry& entry, const HttpRequest& request) {
  if (!server_.open_stream()) {
    refuse(503, "too_many_streams", "as many streams are open as this server allows");
    return;
  }
  server_.tally().answered(200);
  phase_ = Phase::streaming;
  out_ = std::make_shared<OutStream>(
      [executor = stream_.get_executor(), session = weak_from_this()] {
        asio::post(executor, [session] {
          if (const auto held = session.lock()) {
            held->pump();
          }
        });
      },
      server_.config().max_stream_backlog_bytes);
  const HttpResponse head{.status = 200,
                          .headers = {{"Content-Type", "text/event-stream"},
                                      {"Cache-Control", "no-store"},
                                      {"X-Accel-Buffering", "no"}},
                          .body = {}};
  stream_.expires_never();
  watch_peer();
  write_stream(response_head(head, false, true), 0, false);
  try {
    entry.streamer(request, out_);
  } catch (const std::exception& error) {
    log_error("an HTTP stream handler threw", {{"path", request.path}, {"what", error.what()}});
    out_->close();
  }
}

// The only way to learn that a silent peer has left.
void Session::watch_peer() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(1024),
                          [self = shared_from_this()](error_code ec, std::size_t bytes) {
                            if (self->writing_ && ec == asio::error::operation_aborted) {
                              return;  // the write has run into its deadline; it tells
                            }
                            self->stream_input_ += bytes;
                            if (ec || self->stream_input_ > kMaxStreamInput) {
                              self->finish_stream(ec ? "left" : "talked");
                            } else {
                              self->watch_peer();
                            }
                          });
}

void Session::pump() {
  if (ended_) {
    return;
  }
  if (out_->fell_behind()) {
    finish_stream("fell_behind");
    return;
  }
  if (writing_) {
    return;
  }
  const std::string bytes = out_->take(kWriteBytes);
  if (!bytes.empty()) {
    const std::size_t payload = bytes.size();
    write_stream(as_chunk(bytes), payload, false);
  } else if (out_->closed()) {
    write_stream("0\r\n\r\n", 0, true);
  }
}

void Session::write_stream(std::string bytes, std::size_t payload, bool last) {
  writing_ = true;
  out_body_ = std::move(bytes);
  stream_.expires_after(std::chrono::seconds(
      server_.config().idle_timeout_s));  // of this write; the pending read has none
  asio::async_write(stream_, asio::buffer(out_body_),
                    [self = shared_from_this(), payload, last](error_code ec, std::size_t) {
                      self->writing_ = false;
                      self->out_->wrote(payload);
                      if (ec) {
                        self->finish_stream(ec == beast::error::timeout ? "fell_behind" : "left");
                      } else if (last) {
                        self->finish_stream("ended");
                      } else {
                        self->pump();
                      }
                    });
}

void Session::finish_stream(const char* reason) {
  if (ended_) {
    return;
  }
  ended_ = true;
  server_.tally().stream_closed(reason);
  out_->cut();
  drop();
}

// --- Server

void Server::joined(Session* session) {
  sessions_.insert(session);
  tally_.show(sessions_.size(), streams_);
}

void Server::left(Session* session) {
  sessions_.erase(session);
  tally_.show(sessions_.size(), streams_);
  if (stopping_ && sessions_.empty()) {
    timer_.cancel();
  }
}

bool Server::open_stream() {
  if (streams_ >= config_.max_streams || stopping_) {
    return false;
  }
  ++streams_;
  tally_.show(sessions_.size(), streams_);
  return true;
}

Result<void> Server::bind() {
  error_code ec;
  const auto address = asio::ip::make_address(config_.address, ec);
  if (ec) {
    return fail(Fault::bad_config,
                "the address to listen on must be an IP address, got: " + config_.address);
  }
  const tcp::endpoint endpoint(address, config_.port);
  acceptor_.open(endpoint.protocol(), ec);
  if (!ec) {
    acceptor_.set_option(asio::socket_base::reuse_address(true), ec);
  }
  if (!ec) {
    acceptor_.bind(endpoint, ec);
  }
  if (!ec) {
    acceptor_.listen(asio::socket_base::max_listen_connections, ec);
  }
  if (ec) {
    error_code ignored;
    acceptor_.close(ignored);
    return fail(Fault::unavailable, "cannot listen on " + config_.address + ":" +
                                        std::to_string(config_.port) + ": " + ec.message());
  }
  port_ = acceptor_.local_endpoint(ec).port();
  return {};
}

Result<void> Server::start() {
  FUSIOND_CHECK(!thread_.joinable(), "a server starts once");
  if (auto bound = bind(); !bound) {
    return bound;
  }
  accept();
  thread_ = std::thread([this] { io_.run(); });
  return {};
}

void Server::accept() {
  acceptor_.async_accept([this](error_code ec, tcp::socket socket) {
    if (stopping_ || ec == asio::error::operation_aborted) {
      return;
    }
    if (ec) {  // out of file descriptors, most likely: room comes with time
      tally_.refused("accept_failed");
      timer_.expires_after(std::chrono::milliseconds(100));
      timer_.async_wait([this](error_code) {
        if (!stopping_) {
          accept();
        }
      });
      return;
    }
    admit(std::move(socket));
    accept();
  });
}

void Server::admit(tcp::socket socket) {
  const bool full = sessions_.size() >= config_.max_connections;
  const bool room = !full || make_room();
  const auto session = std::make_shared<Session>(*this, std::move(socket));
  if (room) {
    session->begin_request();
  } else {
    session->refuse(503, "too_many_connections",
                    "as many connections are open as this server allows");
  }
}

// Gives up the connection that has waited longest for its peer: a flood of half requests cannot
// keep others out.
bool Server::make_room() {
  Session* oldest = nullptr;
  for (Session* session : sessions_) {
    if (session->waits() && (oldest == nullptr || session->since() < oldest->since())) {
      oldest = session;
    }
  }
  if (oldest != nullptr) {
    tally_.refused("made_room");
    oldest->drop();
  }
  return oldest != nullptr;
}

void Server::begin_stop() {
  stopping_ = true;
  error_code ec;
  acceptor_.close(ec);
  timer_.expires_after(kStopTime);
  timer_.async_wait([this](error_code) { io_.stop(); });
  for (Session* session : sessions_) {
    session->begin_stop();
  }
  if (sessions_.empty()) {
    timer_.cancel();
  }
}

void Server::stop() {
  if (!thread_.joinable()) {
    return;
  }
  FUSIOND_CHECK(thread_.get_id() != std::this_thread::get_id(), "stop() waits for the network");
  asio::post(io_, [this] { begin_stop(); });
  thread_.join();
  for (Session* session : sessions_) {
    session->drop();
  }
  do {  // what is still pending completes as aborted and lets its session go
    io_.restart();
  } while (io_.poll() > 0);
}

}  // namespace

std::unique_ptr<HttpServer> make_http_server(HttpServerConfig config, Metrics* metrics) {
  return std::make_unique<Server>(std::move(config), metrics);
}

}  // namespace fusiond::net
