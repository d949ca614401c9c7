#include "daemon/console/page.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace fusiond::console {
namespace {

namespace fs = std::filesystem;
using net::HttpRequest;
using net::HttpResponse;

constexpr std::uintmax_t kMaxFileBytes = 64 << 20;
constexpr std::string_view kPolicy =
    "default-src 'self'; worker-src 'self' blob:; img-src 'self' data: blob:; style-src 'self' "
    "'unsafe-inline'";

// The path below the folder; nothing for one that leads out of it, names something hidden, or is
// not how a page names its files.
std::optional<fs::path> below(std::string_view path) {
  fs::path out;
  if (path.find_first_of(std::string_view("\\\0", 2)) != std::string_view::npos) {
    return std::nullopt;
  }
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size());
    if (part.starts_with('.') || (part.empty() && !path.empty())) {
      return std::nullopt;
    }
    out /= part;
  }
  return out;
}

// A link that leads out of the folder is not followed.
bool is_inside(const fs::path& folder, const fs::path& file) {
  std::error_code ec;
  const fs::path root = fs::canonical(folder, ec);
  const fs::path real = ec ? fs::path() : fs::canonical(file, ec);
  return !ec && std::ranges::mismatch(root, real).in1 == root.end();
}

std::string etag_of(std::uintmax_t size, fs::file_time_type written) {
  return "\"" + std::to_string(size) + "-" + std::to_string(written.time_since_epoch().count()) +
         "\"";
}

std::optional<std::string> contents_of(const fs::path& file, std::uintmax_t size) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes(static_cast<std::size_t>(size), '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return in ? std::optional(std::move(bytes)) : std::nullopt;
}

HttpResponse no_page(const std::string& web_dir) {
  HttpResponse response{.status = 503};
  response.headers = {{"Content-Type", "text/html; charset=utf-8"}, {"Cache-Control", "no-store"}};
  response.body =
      "<!doctype html><html lang=\"en\"><title>fusiond</title><h1>The page is not there</h1>"
      "<p>The daemon runs, but the built page was not found in the folder that "
      "<code>console.web_dir</code> names"
      " (";
  for (const char c : web_dir.empty() ? std::string("it is empty") : web_dir) {
    response.body += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
  }
  response.body +=
      "). Build it, or set the key.</p><p>The incidents are at <a "
      "href=\"/api/v1/incidents\">/api/v1/incidents</a>, "
      "the state of the daemon at <a href=\"/api/v1/status\">/api/v1/status</a>.</p></html>\n";
  return response;
}

HttpResponse file_response(const HttpRequest& request, const fs::path& file, bool for_ever) {
  std::error_code ec;
  const auto size = fs::file_size(file, ec);
  const auto written = ec ? fs::file_time_type() : fs::last_write_time(file, ec);
  if (ec || size > kMaxFileBytes) {
    return net::http_problem(404, "nothing is served at " + request.path);
  }
  HttpResponse response;
  response.headers = {
      {"Content-Type", mime_type(file)},
      {"Cache-Control", for_ever ? "public, max-age=31536000, immutable" : "no-cache"},
      {"ETag", etag_of(size, written)},
      {"Content-Security-Policy", std::string(kPolicy)},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"}};
  const auto known = request.headers.find("if-none-match");
  if (known != request.headers.end() && known->second == etag_of(size, written)) {
    response.status = 304;
    return response;
  }
  auto contents = contents_of(file, size);
  if (!contents) {
    return net::http_problem(500, "the file cannot be read: " + request.path);
  }
  response.body = std::move(*contents);
  return response;
}

}  // namespace

std::string mime_type(const fs::path& file) {
  using Type = std::pair<std::string_view, std::string_view>;
  static constexpr std::array kTypes = {
      Type{".html", "text/html; charset=utf-8"},
      Type{".js", "text/javascript; charset=utf-8"},
      Type{".mjs", "text/javascript; charset=utf-8"},
      Type{".css", "text/css; charset=utf-8"},
      Type{".svg", "image/svg+xml"},
      Type{".png", "image/png"},
      Type{".jpg", "image/jpeg"},
      Type{".webp", "image/webp"},
      Type{".ico", "image/x-icon"},
      Type{".json", "application/json"},
      Type{".geojson", "application/geo+json"},
      Type{".map", "application/json"},
      Type{".pbf", "application/x-protobuf"},
      Type{".mvt", "application/vnd.mapbox-vector-tile"},
      Type{".woff2", "font/woff2"},
      Type{".woff", "font/woff"},
      Type{".webmanifest", "application/manifest+json"},
      Type{".wasm", "application/wasm"},
      Type{".txt", "text/plain; charset=utf-8"},
  };
  const std::string ending = file.extension().string();
  const auto* found =
      std::ranges::find(kTypes, ending, [](const Type& type) { return type.first; });
  return std::string(found == kTypes.end() ? "application/octet-stream" : found->second);
}

HttpResponse Page::serve(const HttpRequest& request) const {
  const fs::path folder(web_dir_);
  const fs::path index = folder / "index.html";
  std::error_code ec;
  if (web_dir_.empty() || !fs::is_regular_file(index, ec)) {
    return no_page(web_dir_);
  }
  const auto path = below(request.path);
  if (!path) {
    return net::http_problem(404, "nothing is served at " + request.path);
  }
  fs::path file = folder / *path;
  if (!file.has_filename() || file.extension().empty()) {
    file = index;  // a view of the page, or the page itself
  }
  if (!fs::is_regular_file(file, ec) || !is_inside(folder, file)) {
    return net::http_problem(404, "nothing is served at " + request.path);
  }
  return file_response(request, file, request.path.starts_with("/assets/"));
}

}  // namespace fusiond::console
