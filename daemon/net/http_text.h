// The text of HTTP/1.1 that needs no socket: targets, heads of answers, the route table. Used by
// http_server.cc alone, tested alone.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/net/http_server.h"

namespace fusiond::net {

struct Target {
  std::string path;                            // decoded, begins with '/'
  std::map<std::string, std::string> query{};  // decoded; of a repeated name the last
};

// Reads "/path?query" or "http://host/path?query". Errors: bad_input for anything else, a bad
// %-escape, a NUL.
Result<Target> parse_target(std::string_view target);

std::string lower_case(std::string_view ascii);
std::string_view reason_phrase(int status);

// The status line and headers, with Content-Length unless `chunked`. Line breaks in header values
// are left out.
std::string response_head(const HttpResponse& response, bool keep_alive, bool chunked);

// A piece of a chunked body.
std::string as_chunk(std::string_view bytes);

class Routes {
 public:
  struct Entry {
    std::string method;
    std::string path;
    HttpServer::Handler handler{};  // one of the two
    HttpServer::StreamHandler streamer{};
  };
  struct Found {
    const Entry* entry = nullptr;  // none: 404, or 405 with `allowed`
    std::string allowed{};         // "GET, HEAD"
  };

  void add(Entry entry);
  // The longest match of the path wins among the entries of the method; HEAD falls back to GET.
  [[nodiscard]] Found find(std::string_view method, std::string_view path) const;

 private:
  std::vector<Entry> entries_;
};

// The answer to a request for what was found: the handler's, 404, 405, or 500 when the handler
// throws. A stream is answered as to HEAD.
HttpResponse respond(const Routes::Found& found, const HttpRequest& request);

}  // namespace fusiond::net
