// The built page, served from its folder: nothing outside of it, and nothing hidden in it.
#pragma once

#include <filesystem>
#include <string>

#include "daemon/net/http_server.h"

namespace fusiond::console {

// Threads: any.
class Page {
 public:
  explicit Page(std::string web_dir) : web_dir_(std::move(web_dir)) {}

  // "/" and paths that look like no file are index.html; names under /assets/ carry a hash of their
  // contents and may be kept for ever, everything else is asked for again (ETag).
  [[nodiscard]] net::HttpResponse serve(const net::HttpRequest& request) const;

 private:
  std::string web_dir_;
};

// By the ending of the name; "application/octet-stream" for what the page has no business with.
std::string mime_type(const std::filesystem::path& file);

}  // namespace fusiond::console
