#include "daemon/app/text_files.h"

#include <fstream>
#include <iostream>
#include <sstream>

namespace fusiond::app {

Result<std::string> read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return fail(Fault::bad_config, "cannot be read: " + path);
  }
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Result<void> write_whole(const std::string& path, const std::string& text) {
  if (path.empty()) {
    return {};
  }
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  if (!(out << text) || !out.flush()) {
    return fail(Fault::bad_config, "cannot be written: " + path);
  }
  return {};
}

Result<void> each_line(
    const std::string& path,
    const std::function<Result<void>(const std::string& line, std::uint64_t number)>& read) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) {
      return fail(Fault::bad_config, "cannot be read: " + path);
    }
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::uint64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    }
    if (auto good = read(line, number); !good) {
      return fail(good.error().within(path + ":" + std::to_string(number)));
    }
  }
  return {};
}

}  // namespace fusiond::app
