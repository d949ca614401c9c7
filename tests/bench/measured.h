// What the benchmarks share: flags, the config file, what a process used, and a digest of what came
// out.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <time.h>

#include "daemon/config/load.h"
#include "fusiond/v1/incident.pb.h"

namespace fusiond::bench {

using Flags = std::map<std::string, std::string>;

// "--name value" pairs over the defaults; nothing when a name is not among them.
inline std::optional<Flags> flags_of(int count, char** words, Flags flags) {
  for (int i = 1; i < count; i += 2) {
    const std::string name = words[i];
    if (!name.starts_with("--") || i + 1 == count || !flags.contains(name.substr(2))) {
      std::fprintf(stderr, "not a flag, or without its value: %s\n", words[i]);
      return std::nullopt;
    }
    flags[name.substr(2)] = words[i + 1];
  }
  return flags;
}

inline std::optional<config::Loaded> load_config(const std::string& path) {
  config::Faults faults;
  auto loaded = config::load(path, faults);
  if (!faults.empty() || !loaded) {
    std::fprintf(stderr, "the config has faults; see: fusiond check --config %s\n", path.c_str());
    return std::nullopt;
  }
  return loaded;
}

inline double seconds_on(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

inline double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Of incident changes in order, all but their epoch, which is another one after every start.
class ChangesDigest {
 public:
  // False for bytes that are no incident.
  bool add(std::string_view bytes) {
    if (!scratch_.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return false;
    }
    scratch_.clear_epoch();
    scratch_.SerializeToString(&again_);
    for (const char byte : again_) {  // FNV-1a
      hash_ = (hash_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3ULL;
    }
    bytes_ += bytes.size();
    members_ += static_cast<std::uint64_t>(scratch_.members_size());
    ++count_;
    return true;
  }
  void print() const {
    std::printf("changes=%llu change_bytes=%llu members_written=%llu digest=%016llx",
                static_cast<unsigned long long>(count_), static_cast<unsigned long long>(bytes_),
                static_cast<unsigned long long>(members_), static_cast<unsigned long long>(hash_));
  }

 private:
  v1::Incident scratch_;
  std::string again_;
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
  std::uint64_t count_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t members_ = 0;
};

}  // namespace fusiond::bench
