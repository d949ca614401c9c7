#include "daemon/console/page.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "tests/support/temp_folder.h"

using fusiond::console::mime_type;
using fusiond::console::Page;
using fusiond::net::HttpRequest;
using fusiond::net::HttpResponse;
using fusiond::test::TempFolder;

namespace {

struct PageTest {
  PageTest() {
    write("web/index.html", "<html>the page</html>");
    write("web/assets/app-1a2b.js", "let x");
    write("web/map/tiles/1.pbf", "tile");
    write("web/.hidden.txt", "plans");
    write("secret.txt", "plans");
    std::filesystem::create_symlink(folder.path() + "/secret.txt", folder.path() + "/web/link.txt");
  }
  void write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = folder.path() + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  [[nodiscard]] HttpResponse get(const std::string& path, const std::string& etag = "") const {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    if (!etag.empty()) {
      request.headers["if-none-match"] = etag;
    }
    return Page(folder.path() + "/web").serve(request);
  }
  TempFolder folder;
};

std::string header_of(const HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) {
      return value;
    }
  }
  return {};
}

}  // namespace

TEST_CASE("the page is served with its policy and is asked for again", "[console][page]") {
  const PageTest t;
  for (const auto* path : {"/", "/index.html", "/incident/5f0c"}) {
    const auto response = t.get(path);
    CHECK(response.status == 200);
    CHECK(response.body == "<html>the page</html>");
    CHECK(header_of(response, "Content-Type") == "text/html; charset=utf-8");
    CHECK(header_of(response, "Cache-Control") == "no-cache");
    CHECK(header_of(response, "Content-Security-Policy").starts_with("default-src 'self';"));
  }
}

TEST_CASE("what carries a hash in its name is kept for ever, the rest is asked for again",
          "[console][page]") {
  const PageTest t;
  const auto script = t.get("/assets/app-1a2b.js");
  CHECK(script.body == "let x");
  CHECK(header_of(script, "Cache-Control") == "public, max-age=31536000, immutable");
  const auto tile = t.get("/map/tiles/1.pbf");
  CHECK(header_of(tile, "Content-Type") == "application/x-protobuf");
  const auto again = t.get("/map/tiles/1.pbf", header_of(tile, "ETag"));
  CHECK(again.status == 304);
  CHECK(again.body.empty());
}

TEST_CASE("nothing outside the folder is served, and nothing hidden in it", "[console][page]") {
  const PageTest t;
  for (const auto* path :
       {"/../secret.txt", "/assets/../../secret.txt", "/./index.html", "/.hidden.txt", "/..",
        "//etc/passwd.txt", "/assets//app-1a2b.js", "/..\\secret.txt", "/link.txt",
        "/assets/none.js", "/assets.txt/", "/%2e%2e/secret.txt"}) {
    INFO(path);
    const auto response = t.get(path);
    CHECK(response.body.find("plans") == std::string::npos);
    CHECK((response.status == 404 || response.body == "<html>the page</html>"));
  }
  for (const auto* path : {"/../secret.txt", "/.hidden.txt", "/link.txt", "/assets/none.js"}) {
    CHECK(t.get(path).status == 404);
  }
}

TEST_CASE("a page that was not built is said so, and the name of the folder is no markup",
          "[console][page]") {
  HttpRequest request;
  request.path = "/";
  const auto response = Page("/nowhere/<script>").serve(request);
  CHECK(response.status == 503);
  CHECK(response.body.find("/nowhere/&lt;script>") != std::string::npos);
  CHECK(Page("").serve(request).status == 503);
}

TEST_CASE("the endings that the page uses have their types", "[console][page]") {
  CHECK(mime_type("a.js") == "text/javascript; charset=utf-8");
  CHECK(mime_type("a.css") == "text/css; charset=utf-8");
  CHECK(mime_type("a.svg") == "image/svg+xml");
  CHECK(mime_type("a.json") == "application/json");
  CHECK(mime_type("a.woff2") == "font/woff2");
  CHECK(mime_type("a.webmanifest") == "application/manifest+json");
  CHECK(mime_type("a.exe") == "application/octet-stream");
}
