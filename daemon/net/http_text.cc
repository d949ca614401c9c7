#include "daemon/net/http_text.h"

#include <array>
#include <charconv>
#include <exception>
#include <set>
#include <utility>

#include "daemon/base/json_text.h"
#include "daemon/base/log.h"

namespace fusiond::net {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return -1;
}

Result<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return fail(Fault::bad_input, "bad %-escape in the request target");
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c == '\0') {
      return fail(Fault::bad_input, "NUL in the request target");
    }
    out.push_back(c);
  }
  return out;
}

// Absolute form, as proxies send it: the host is not ours to judge.
std::string_view without_origin(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.starts_with(scheme)) {
      target.remove_prefix(scheme.size());
      const auto slash = target.find('/');
      return slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
    }
  }
  return target;
}

bool matches(std::string_view pattern, std::string_view path) {
  if (pattern.ends_with("/*")) {
    return path.starts_with(pattern.substr(0, pattern.size() - 1));
  }
  return pattern == path;
}

}  // namespace

Result<Target> parse_target(std::string_view target) {
  target = without_origin(target);
  target = target.substr(0, target.find('#'));
  if (!target.starts_with('/')) {
    return fail(Fault::bad_input, "the request target must begin with '/'");
  }
  const auto mark = target.find('?');
  auto path = decode(target.substr(0, mark), false);
  if (!path) {
    return fail(path.error());
  }
  Target out{.path = std::move(*path)};
  std::string_view rest = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
    if (pair.empty()) {
      continue;
    }
    const auto equals = pair.find('=');
    auto name = decode(pair.substr(0, equals), true);
    auto value = decode(
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true);
    if (!name || !value) {
      return fail(name ? value.error() : name.error());
    }
    out.query[std::move(*name)] = std::move(*value);
  }
  return out;
}

std::string lower_case(std::string_view ascii) {
  std::string out(ascii);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return out;
}

std::string_view reason_phrase(int status) {
  using Phrase = std::pair<int, std::string_view>;
  static constexpr std::array kPhrases = {
      Phrase{200, "OK"},
      Phrase{201, "Created"},
      Phrase{202, "Accepted"},
      Phrase{204, "No Content"},
      Phrase{206, "Partial Content"},
      Phrase{301, "Moved Permanently"},
      Phrase{302, "Found"},
      Phrase{304, "Not Modified"},
      Phrase{307, "Temporary Redirect"},
      Phrase{308, "Permanent Redirect"},
      Phrase{400, "Bad Request"},
      Phrase{401, "Unauthorized"},
      Phrase{403, "Forbidden"},
      Phrase{404, "Not Found"},
      Phrase{405, "Method Not Allowed"},
      Phrase{408, "Request Timeout"},
      Phrase{409, "Conflict"},
      Phrase{410, "Gone"},
      Phrase{411, "Length Required"},
      Phrase{413, "Content Too Large"},
      Phrase{415, "Unsupported Media Type"},
      Phrase{422, "Unprocessable Content"},
      Phrase{429, "Too Many Requests"},
      Phrase{431, "Request Header Fields Too Large"},
      Phrase{500, "Internal Server Error"},
      Phrase{501, "Not Implemented"},
      Phrase{503, "Service Unavailable"},
  };
  for (const auto& [code, phrase] : kPhrases) {
    if (code == status) {
      return phrase;
    }
  }
  return "Status";
}

std::string response_head(const HttpResponse& response, bool keep_alive, bool chunked) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head.append(reason_phrase(response.status)).append("\r\n");
  for (const auto& [name, value] : response.headers) {
    for (const std::string& part : {name + ": ", value}) {
      for (const char c : part) {
        if (c != '\r' && c != '\n') {
          head.push_back(c);
        }
      }
    }
    head.append("\r\n");
  }
  if (chunked) {
    head.append("Transfer-Encoding: chunked\r\n");
  } else if (response.status != 204 && response.status != 304) {
    head.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
  }
  head.append(keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
  return head;
}

std::string as_chunk(std::string_view bytes) {
  std::array<char, 16> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16).ptr;
  std::string chunk(digits.data(), end);
  return chunk.append("\r\n").append(bytes).append("\r\n");
}

HttpResponse http_problem(int status, std::string_view detail) {
  HttpResponse response{.status = status};
  response.headers.emplace_back("Content-Type", "application/problem+json");
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = R"({"type":"about:blank","title":)" + json_string(reason_phrase(status)) +
                  ",\"status\":" + std::to_string(status) + ",\"detail\":" + json_string(detail) +
                  "}\n";
  return response;
}

void Routes::add(Entry entry) {
  entries_.push_back(std::move(entry));
}

Routes::Found Routes::find(std::string_view method, std::string_view path) const {
  const Entry* best = nullptr;
  std::set<std::string> allowed;
  for (const auto& entry : entries_) {
    if (!matches(entry.path, path)) {
      continue;
    }
    allowed.insert(entry.method);
    const bool takes = entry.method == method || (method == "HEAD" && entry.method == "GET");
    const bool better = best == nullptr || entry.path.size() > best->path.size() ||
                        (entry.path == best->path && entry.method == method);
    if (takes && better) {
      best = &entry;
    }
  }
  Found found{.entry = best};
  if (best == nullptr) {
    if (allowed.contains("GET")) {
      allowed.insert("HEAD");
    }
    for (const auto& name : allowed) {
      found.allowed.append(found.allowed.empty() ? "" : ", ").append(name);
    }
  }
  return found;
}

HttpResponse respond(const Routes::Found& found, const HttpRequest& request) {
  if (found.entry == nullptr && found.allowed.empty()) {
    return http_problem(404, "nothing is served at " + request.path);
  }
  if (found.entry == nullptr) {
    HttpResponse response = http_problem(405, "this path takes " + found.allowed);
    response.headers.emplace_back("Allow", found.allowed);
    return response;
  }
  if (found.entry->streamer) {
    return {.status = 200, .headers = {{"Content-Type", "text/event-stream"}}};
  }
  try {
    return found.entry->handler(request);
  } catch (const std::exception& error) {
    log_error("an HTTP handler threw", {{"path", request.path}, {"what", error.what()}});
    return http_problem(500, "the handler failed");
  }
}

}  // namespace fusiond::net
