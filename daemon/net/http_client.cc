// Each phase is one asynchronous step that this thread runs to its end on an io_context of its own;
// tcp_stream ends it at the deadline. The answer is parsed by Beast from bytes that a Wire
// delivers, so that plain and TLS connections share one parser.
#include "daemon/net/http_client.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"

namespace fusiond::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;
using Monotonic = std::chrono::steady_clock::time_point;

constexpr std::size_t kReadBytes = 64 << 10;
constexpr std::uint32_t kMaxHeaderBytes = 64 << 10;
constexpr int kMaxLookUps = 16;

Monotonic now() {
  return Monotonic{SystemClock().mono()};
}

// --- URL

struct Url {
  bool tls = false;
  std::string host;       // without the brackets of an IPv6 address
  std::string authority;  // for the Host header
  std::string port;
  std::string target;
};

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) != 0x7F;
  });
}

std::unexpected<Error> bad_url(std::string_view why, const std::string& url) {
  return fail(Fault::bad_config, "not a URL to call, " + std::string(why) + ": " + url);
}

Result<Url> parse_url(const std::string& text) {
  Url url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    url.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return bad_url("it must begin with http:// or https://", text);
  }
  if (!is_plain(text)) {
    return bad_url("it has a space or a control character", text);
  }
  rest = rest.substr(0, rest.find('#'));
  const auto end = rest.find_first_of("/?");
  std::string_view authority = rest.substr(0, end);
  url.target = end == std::string_view::npos ? "" : std::string(rest.substr(end));
  if (!url.target.starts_with('/')) {
    url.target.insert(0, "/");
  }
  if (authority.find('@') != std::string_view::npos) {
    return fail(Fault::bad_config,
                "a URL to call must not carry a user or a password; use a header");
  }
  url.authority = std::string(authority);
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  url.port = has_port ? std::string(authority.substr(colon + 1)) : (url.tls ? "443" : "80");
  std::string_view host = authority.substr(0, has_port ? colon : authority.size());
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  url.host = std::string(host);
  std::uint16_t number = 0;
  const auto [stop, ec] =
      std::from_chars(url.port.data(), url.port.data() + url.port.size(), number);
  if (ec != std::errc() || stop != url.port.data() + url.port.size() || number == 0) {
    return bad_url("the port must be 1 to 65535", text);
  }
  if (url.host.empty()) {
    return bad_url("it has no host", text);
  }
  return url;
}

// --- Name look-up

struct LookUp {
  Mutex mutex;
  Signal done;
  bool finished GUARDED_BY(mutex) = false;
  error_code ec GUARDED_BY(mutex);
  std::vector<tcp::endpoint> endpoints GUARDED_BY(mutex);
};

std::atomic<int>& look_ups() {
  static std::atomic<int> count = 0;
  return count;
}

// The system's resolver cannot be interrupted. It runs on a thread that is left behind when it
// outlasts the deadline; shared_ptr because whichever side is last lets go. A limit keeps a dead
// name server from piling threads up.
Result<std::vector<tcp::endpoint>> look_up(const Url& url, Monotonic deadline) {
  error_code ec;
  const auto address = asio::ip::make_address(url.host, ec);
  if (!ec) {
    return std::vector<tcp::endpoint>{{address, static_cast<std::uint16_t>(std::stoi(url.port))}};
  }
  if (look_ups().fetch_add(1) >= kMaxLookUps) {
    look_ups().fetch_sub(1);
    return fail(Fault::unavailable, "too many name look-ups hang already, looking up: " + url.host);
  }
  auto shared = std::make_shared<LookUp>();
  std::thread([shared, host = url.host, port = url.port] {
    asio::io_context io;
    tcp::resolver resolver(io);
    error_code failed;
    const auto found = resolver.resolve(host, port, failed);
    {
      MutexLock lock(shared->mutex);
      shared->ec = failed;
      for (const auto& entry : found) {
        shared->endpoints.push_back(entry.endpoint());
      }
      shared->finished = true;
    }
    shared->done.notify_all();
    look_ups().fetch_sub(1);
  }).detach();
  MutexLock lock(shared->mutex);
  while (!shared->finished) {
    if (shared->done.wait_until(shared->mutex, deadline) == std::cv_status::timeout &&
        !shared->finished) {
      return fail(Fault::unavailable, "timed out looking up " + url.host);
    }
  }
  if (shared->ec || shared->endpoints.empty()) {
    return fail(Fault::unavailable, "cannot look up " + url.host + ": " + shared->ec.message());
  }
  return shared->endpoints;
}

// --- Connections

class Wire {
 public:
  Wire() = default;
  virtual ~Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  virtual error_code open(const std::vector<tcp::endpoint>& endpoints) = 0;
  virtual error_code write(std::string_view bytes) = 0;
  virtual error_code read_some(beast::flat_buffer& into) = 0;
};

template <class Stream>
class StreamWire : public Wire {
 public:
  explicit StreamWire(Monotonic deadline) : deadline_(deadline) {}

  error_code write(std::string_view bytes) override {
    return run(
        [&](auto done) { asio::async_write(stream(), asio::buffer(bytes), std::move(done)); });
  }
  error_code read_some(beast::flat_buffer& into) override {
    std::size_t count = 0;
    const auto room = into.prepare(kReadBytes);
    const error_code ec = run([&](auto done) {
      stream().async_read_some(room, [&count, done](error_code result, std::size_t bytes) mutable {
        count = bytes;
        done(result, bytes);
      });
    });
    into.commit(count);
    return ec;
  }

 protected:
  virtual Stream& stream() = 0;

  template <class Start>
  error_code run(Start start) {
    error_code ec;
    beast::get_lowest_layer(stream()).expires_at(deadline_);
    start([&ec](error_code result, const auto&...) { ec = result; });
    io_.restart();
    io_.run();
    return ec;
  }
  error_code connect(const std::vector<tcp::endpoint>& endpoints) {
    return run([&](auto done) {
      beast::get_lowest_layer(stream()).async_connect(endpoints, std::move(done));
    });
  }

  asio::io_context io_{1};

 private:
  Monotonic deadline_;
};

class PlainWire final : public StreamWire<beast::tcp_stream> {
 public:
  explicit PlainWire(Monotonic deadline) : StreamWire(deadline), stream_(io_) {}
  error_code open(const std::vector<tcp::endpoint>& endpoints) override {
    return connect(endpoints);
  }

 private:
  beast::tcp_stream& stream() override { return stream_; }
  beast::tcp_stream stream_;
};

using TlsStream = ssl::stream<beast::tcp_stream>;

class TlsWire final : public StreamWire<TlsStream> {
 public:
  TlsWire(Monotonic deadline, ssl::context& context, const std::string& host)
      : StreamWire(deadline), stream_(io_, context), host_(host) {}

  error_code open(const std::vector<tcp::endpoint>& endpoints) override {
    error_code ec;
    stream_.set_verify_mode(ssl::verify_peer, ec);
    if (!ec) {
      stream_.set_verify_callback(ssl::host_name_verification(host_), ec);
    }
    if (ec) {
      return ec;
    }
    error_code no_address;
    asio::ip::make_address(host_, no_address);
    if (no_address && SSL_set_tlsext_host_name(stream_.native_handle(), host_.c_str()) != 1) {
      return asio::error::invalid_argument;
    }
    ec = connect(endpoints);
    if (ec) {
      return ec;
    }
    return run(
        [&](auto done) { stream_.async_handshake(ssl::stream_base::client, std::move(done)); });
  }

 private:
  TlsStream& stream() override { return stream_; }
  TlsStream stream_;
  std::string host_;
};

Result<void> prepare(ssl::context& context, const std::string& ca_file) {
  error_code ec;
  if (ca_file.empty()) {
    context.set_default_verify_paths(ec);
  } else {
    context.load_verify_file(ca_file, ec);
  }
  if (ec) {
    return fail(Fault::bad_config,
                "cannot read the certificate authorities (" + ec.message() + "): " + ca_file);
  }
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  return {};
}

// --- The exchange

bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

Result<std::string> request_text(const HttpCall& call, const Url& url) {
  if (!is_token(call.method)) {
    return fail(Fault::bad_config, "not an HTTP method: " + call.method);
  }
  std::string text =
      call.method + " " + url.target + " HTTP/1.1\r\nHost: " + url.authority + "\r\n";
  bool has_agent = false;
  for (const auto& [name, value] : call.headers) {
    if (!is_token(name) ||
        value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return fail(Fault::bad_config, "not a header that can be sent: " + name);
    }
    has_agent = has_agent || beast::iequals(name, "user-agent");
    text.append(name).append(": ").append(value).append("\r\n");
  }
  text.append(has_agent ? "" : "User-Agent: fusiond\r\n");
  if (!call.body.empty() || call.method == "POST" || call.method == "PUT" ||
      call.method == "PATCH") {
    text.append("Content-Length: ").append(std::to_string(call.body.size())).append("\r\n");
  }
  return text.append("Connection: close\r\n\r\n").append(call.body);
}

using Parser = http::response_parser<http::string_body>;

void begin(std::unique_ptr<Parser>& parser, const HttpCall& call) {
  parser = std::make_unique<Parser>();
  parser->eager(true);
  parser->header_limit(kMaxHeaderBytes);
  parser->body_limit(call.max_body_bytes);
  parser->skip(call.method == "HEAD");
}

Error lost(const HttpCall& call, const std::string& what, error_code ec) {
  const std::string why = ec == beast::error::timeout
                              ? "timed out after " + std::to_string(call.timeout.count()) + " ms"
                              : ec.message();
  return {Fault::unavailable, what + " " + call.url + ": " + why};
}

Error broken_off(const HttpCall& call, Parser& parser, error_code ec) {
  if (call.broken_off != nullptr && parser.is_header_done() && !parser.get().body().empty()) {
    *call.broken_off = parser.get().body();
  }
  if (!parser.is_header_done() || ec == beast::error::timeout) {
    const std::string got =
        parser.is_header_done()
            ? " after " + std::to_string(parser.get().body().size()) + " bytes of the body"
            : "";
    return lost(call, "no whole answer" + got + " from", ec);
  }
  std::string message = "the answer broke off after " + std::to_string(parser.get().body().size());
  const auto announced = parser.content_length();
  message += announced ? " of " + std::to_string(*announced) + " bytes" : " bytes";
  return {Fault::unavailable, message + ": " + call.url};
}

Error unparsed(const HttpCall& call, error_code ec) {
  if (ec == http::error::body_limit) {
    return {Fault::bad_input, "the answer is longer than " + std::to_string(call.max_body_bytes) +
                                  " bytes: " + call.url};
  }
  return {Fault::unavailable, "the answer is no HTTP (" + ec.message() + "): " + call.url};
}

// Hands what came of the body to the caller. False when he has had enough.
bool hand_on(const HttpCall& call, Parser& parser) {
  auto& body = parser.get().body();
  if (!call.on_body || !parser.is_header_done() || body.empty()) {
    return true;
  }
  const bool more = call.on_body(body);
  body.clear();
  parser.body_limit(call.max_body_bytes);
  return more;
}

// Reads until the answer is whole; interim answers (1xx) are passed over.
Result<void> read_answer(const HttpCall& call, Wire& wire, std::unique_ptr<Parser>& parser) {
  beast::flat_buffer buffer;
  begin(parser, call);
  while (true) {
    error_code parsed;
    if (buffer.size() > 0) {
      buffer.consume(parser->put(buffer.data(), parsed));
    }
    if (parsed && parsed != http::error::need_more) {
      return fail(unparsed(call, parsed));
    }
    if (!hand_on(call, *parser)) {
      return {};
    }
    if (!parsed && parser->is_done()) {
      const int status =
          parser->get().result_int() <= 599 ? static_cast<int>(parser->get().result_int()) : 0;
      if (status / 100 != 1) {
        return {};
      }
      begin(parser, call);
      continue;
    }
    const error_code ec = wire.read_some(buffer);
    if (!ec) {
      continue;
    }
    error_code incomplete;
    if (ec == asio::error::eof && parser->is_header_done()) {
      parser->put_eof(incomplete);
    } else {
      incomplete = ec;
    }
    if (incomplete) {
      return fail(broken_off(call, *parser, ec));
    }
    return {};
  }
}

HttpResponse response_of(Parser& parser) {
  auto message = parser.release();
  HttpResponse response;
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    const auto name = field.name_string();
    const auto value = field.value();
    response.headers.emplace_back(std::string(name.data(), name.size()),
                                  std::string(value.data(), value.size()));
  }
  response.body = std::move(message.body());
  return response;
}

Result<HttpResponse> exchange(const HttpCall& call) {
  const Monotonic deadline = now() + call.timeout;
  const auto url = parse_url(call.url);
  if (!url) {
    return fail(url.error());
  }
  const auto request = request_text(call, *url);
  if (!request) {
    return fail(request.error());
  }
  ssl::context context(ssl::context::tls_client);
  if (url->tls) {
    if (auto prepared = prepare(context, call.ca_file); !prepared) {
      return fail(prepared.error());
    }
  }
  const auto endpoints = look_up(*url, deadline);
  if (!endpoints) {
    return fail(endpoints.error());
  }
  std::unique_ptr<Wire> wire;
  if (url->tls) {
    wire = std::make_unique<TlsWire>(deadline, context, url->host);
  } else {
    wire = std::make_unique<PlainWire>(deadline);
  }
  if (const error_code ec = wire->open(*endpoints)) {
    return fail(lost(call, "cannot connect to", ec));
  }
  const error_code unsent = wire->write(
      *request);  // a server may refuse and answer before it has read all: the answer counts
  std::unique_ptr<Parser> parser;
  if (auto read = read_answer(call, *wire, parser); !read) {
    return unsent ? fail(lost(call, "cannot send the request to", unsent)) : fail(read.error());
  }
  return response_of(*parser);
}

}  // namespace

Result<HttpResponse> http_call(const HttpCall& call) {
  try {
    return exchange(call);
  } catch (const std::exception& error) {  // out of memory or threads, mostly
    return fail(Fault::unavailable, "calling " + call.url + ": " + error.what());
  }
}

}  // namespace fusiond::net
