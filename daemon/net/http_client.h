// One blocking HTTP(S) request on the caller's thread, with a time limit and a size limit. Beast,
// Asio and OpenSSL stay inside http_client.cc.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/net/http_server.h"

namespace fusiond::net {

struct HttpCall {
  std::string method = "GET";
  std::string url{};  // http:// or https:// (certificate and host name checked)
  HttpHeaders headers{};
  std::string body{};
  std::chrono::milliseconds timeout{
      10'000};  // for all of it: name look-up, connect, TLS, request, answer
  std::size_t max_body_bytes = 64 << 20;
  // Where the bytes of the body go that came before the answer broke off; left alone when none of
  // it came. Null = they are dropped.
  std::string* broken_off = nullptr;
  std::string ca_file{};  // PEM file of the authorities to trust; empty = the system's
  // For answers that do not end (event streams): gets the body's bytes as they come, instead of the
  // response; false ends the call. The limit of the body then counts from one call to the next.
  std::function<bool(std::string_view)> on_body{};
};

// Errors: bad_config for a URL that is none, a header that would break the request, an unreadable
// ca_file; unavailable for everything on the way (refused, timed out, broken off before the
// announced length); bad_input for a body beyond the limit. Any HTTP status is an answer, not an
// error.
Result<HttpResponse> http_call(const HttpCall& call);

}  // namespace fusiond::net
