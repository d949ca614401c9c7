// A folder of a test's own, gone with it.
#pragma once

#include <filesystem>
#include <stdlib.h>
#include <string>
#include <system_error>

#include "daemon/base/check.h"

namespace fusiond::test {

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "fusiond-test-XXXXXX").string();
    FUSIOND_CHECK(::mkdtemp(name.data()) != nullptr, "a test needs a folder of its own");
    path_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace fusiond::test
