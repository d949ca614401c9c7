#include "daemon/state/snapshot.h"

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "daemon/base/json_text.h"
#include "daemon/base/sha256.h"

namespace fusiond::state {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = 1U << 20U;
constexpr int kTries = 10;  // while the owner drops what is being linked
constexpr std::string_view kHalfMade = ".part";

std::unexpected<Error> unavailable(const std::string& doing, const std::error_code& why) {
  return fail(Fault::unavailable, doing + ": " + why.message());
}

// Files of RocksDB that make up a state; its lock, its log for people and its scratch are none.
bool belongs(const std::string& name) {
  return name == "CURRENT" || name == "IDENTITY" || name.ends_with(".sst") ||
         name.ends_with(".log") || name.starts_with("MANIFEST-") || name.starts_with("OPTIONS-");
}
// Written once, and never again.
bool is_table(const std::string& name) {
  return name.ends_with(".sst");
}

Result<void> sync_path(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool good = file >= 0 && ::fsync(file) == 0;
  const std::error_code why(errno, std::generic_category());
  if (file >= 0) {
    ::close(file);
  }
  return good ? Result<void>() : unavailable("syncing " + path, why);
}

Result<void> copy_one(const fs::path& from, const fs::path& to, bool may_link) {
  std::error_code failed;
  if (may_link) {
    fs::create_hard_link(from, to, failed);
    if (!failed) {
      return {};
    }
  }
  fs::copy_file(from, to, failed);
  return failed ? unavailable("copying " + from.string(), failed) : sync_path(to.string());
}

Result<SnapshotFile> describe(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  SnapshotFile file{path.filename().string(), 0, ""};
  Sha256Stream hash;
  std::string piece(kPiece, '\0');
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto got = static_cast<std::size_t>(in.gcount());
    hash.add(std::string_view(piece).substr(0, got));
    file.bytes += got;
  }
  if (!in.eof()) {
    return fail(Fault::unavailable, "cannot be read: " + path.string());
  }
  file.sha256 = hex_of(hash.finish());
  return file;
}

Result<std::vector<std::string>> names_in(const std::string& dir) {
  std::vector<std::string> names;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(dir, failed)) {
    names.push_back(entry.path().filename().string());
  }
  if (failed) {
    return unavailable("reading " + dir, failed);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// One look at the folder. What names the others goes first: a file that it names and that is gone
// by then is noticed when the result is opened.
Result<void> copy_state(const std::string& from, const std::string& to) {
  std::error_code failed;
  if (!fs::create_directories(to, failed) || failed) {
    return unavailable("making " + to, failed);
  }
  const auto names = names_in(from);
  if (!names) {
    return fail(names.error());
  }
  const auto copy_if = [&](auto is_due) -> Result<void> {
    for (const std::string& name : *names) {
      if (belongs(name) && is_due(name)) {
        if (auto done = copy_one(from + "/" + name, to + "/" + name, is_table(name)); !done) {
          return done;
        }
      }
    }
    return {};
  };
  if (auto done = copy_if([](const std::string& name) { return !is_table(name); }); !done) {
    return done;
  }
  return copy_if(is_table);
}

std::string json_of(const Snapshot& snapshot) {
  std::string text = "{\n \"fusiond_snapshot\": 1,\n \"made_at\": " + json_string(snapshot.made_at);
  for (const auto& [name, value] :
       {std::pair("format", snapshot.format), std::pair("epoch", snapshot.epoch),
        std::pair("next_offset", snapshot.next_offset), std::pair("steps", snapshot.steps)}) {
    text += ",\n " + json_string(name) + ": " + std::to_string(value);
  }
  text += ",\n \"files\": [";
  const char* between = "\n";
  for (const SnapshotFile& file : snapshot.files) {
    text += between;
    text += "  {\"sha256\": " + json_string(file.sha256) +
            ", \"bytes\": " + std::to_string(file.bytes) + ", \"name\": " + json_string(file.name) +
            "}";
    between = ",\n";
  }
  return text + "\n ]\n}\n";
}

// Reads what json_of() wrote, and nothing else: a value after its name, a file a line.
std::string value_of(std::string_view line, std::string_view name) {
  const std::string quoted = "\"" + std::string(name) + "\": ";
  const auto at = line.find(quoted);
  if (at == std::string_view::npos) {
    return "";
  }
  line.remove_prefix(at + quoted.size());
  const bool is_text = line.starts_with('"');
  line.remove_prefix(is_text ? 1 : 0);
  return std::string(line.substr(0, line.find_first_of(is_text ? "\"" : ",}\n")));
}

std::uint64_t number_of(std::string_view line, std::string_view name) {
  const std::string text = value_of(line, name);
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Result<Snapshot> read_manifest(const std::string& dir) {
  std::ifstream in(dir + "/" + kManifest);
  if (!in) {
    return fail(Fault::bad_config, "there is no snapshot in the folder: " + dir);
  }
  Snapshot snapshot;
  snapshot.dir = dir;
  bool known = false;
  for (std::string line; std::getline(in, line);) {
    known = known || number_of(line, "fusiond_snapshot") == 1;
    if (const std::string hash = value_of(line, "sha256"); !hash.empty()) {
      snapshot.files.push_back({value_of(line, "name"), number_of(line, "bytes"), hash});
      continue;
    }
    for (const auto& [name, number] :
         {std::pair("format", &snapshot.format), std::pair("epoch", &snapshot.epoch),
          std::pair("next_offset", &snapshot.next_offset), std::pair("steps", &snapshot.steps)}) {
      *number = std::max(*number, number_of(line, name));
    }
    if (const std::string made = value_of(line, "made_at"); !made.empty()) {
      snapshot.made_at = made;
    }
  }
  if (!known || snapshot.files.empty()) {
    return fail(Fault::corrupt, "it makes no sense: " + dir + "/" + kManifest);
  }
  return snapshot;
}

Result<void> write_manifest(const Snapshot& snapshot, const std::string& dir) {
  const std::string path = dir + "/" + kManifest;
  {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << json_of(snapshot);
    if (!out.flush()) {
      return fail(Fault::unavailable, "cannot be written: " + path);
    }
  }
  return sync_path(path);
}

// Of a copy that was just made.
Result<Snapshot> list(const std::string& dir, WallTime now) {
  const auto report = check_state(dir);
  if (!report) {
    return fail(report.error());
  }
  if (!report->good()) {
    const auto& first = report->problems.front();
    return fail(Fault::corrupt, first.where + ": " + first.what);
  }
  Snapshot snapshot{dir,
                    to_rfc3339(micros_of(now)),
                    report->format,
                    report->epoch,
                    report->next_offset,
                    report->steps,
                    {}};
  const auto names = names_in(dir);
  if (!names) {
    return fail(names.error());
  }
  for (const std::string& name : *names) {
    if (!belongs(name)) {
      continue;
    }
    auto file = describe(dir + "/" + name);
    if (!file) {
      return fail(file.error());
    }
    snapshot.files.push_back(std::move(*file));
  }
  return snapshot;
}

Result<Snapshot> try_snapshot(const std::string& from, const std::string& to, WallTime now) {
  if (auto copied = copy_state(from, to); !copied) {
    return fail(copied.error());
  }
  auto snapshot = list(to, now);
  if (snapshot) {
    if (auto written = write_manifest(*snapshot, to); !written) {
      return fail(written.error());
    }
  }
  return snapshot;
}

void remove_all(const std::string& dir) {
  std::error_code ignored;
  fs::remove_all(dir, ignored);
}

// Gives a finished folder its name, for good.
Result<void> settle(const std::string& made, const std::string& to) {
  if (auto synced = sync_path(made); !synced) {
    return synced;
  }
  std::error_code failed;
  fs::rename(made, to, failed);
  if (failed) {
    return unavailable("renaming " + made, failed);
  }
  const fs::path parent = fs::path(to).parent_path();
  return sync_path(parent.empty() ? "." : parent.string());
}

}  // namespace

Result<Snapshot> make_snapshot(const std::string& from, const std::string& to, WallTime now) {
  std::error_code failed;
  if (fs::exists(to, failed)) {
    return fail(Fault::bad_config, "it is there already: " + to);
  }
  if (!fs::exists(from + "/CURRENT", failed)) {
    return fail(Fault::unavailable, "there is no state in the folder: " + from);
  }
  const std::string part = to + std::string(kHalfMade);
  Result<Snapshot> snapshot;
  for (int i = 0; i < kTries; ++i) {
    remove_all(part);
    snapshot = try_snapshot(from, part, now);
    if (snapshot) {
      break;
    }
  }
  if (snapshot) {
    snapshot->dir = to;
    if (auto done = settle(part, to); !done) {
      snapshot = fail(done.error());
    }
  }
  if (!snapshot) {
    remove_all(part);
    return fail(snapshot.error().within("no snapshot of " + from));
  }
  return snapshot;
}

Result<Snapshot> verify_snapshot(const std::string& dir) {
  auto snapshot = read_manifest(dir);
  if (!snapshot) {
    return snapshot;
  }
  std::map<std::string, bool> seen;
  for (const SnapshotFile& file : snapshot->files) {
    std::error_code failed;
    if (!fs::exists(dir + "/" + file.name, failed)) {
      return fail(Fault::corrupt, "a file is missing: " + dir + "/" + file.name);
    }
    const auto found = describe(dir + "/" + file.name);
    if (!found) {
      return fail(found.error());
    }
    if (found->bytes != file.bytes || found->sha256 != file.sha256) {
      return fail(Fault::corrupt, "a file is not what it was: " + dir + "/" + file.name);
    }
    seen[file.name] = true;
  }
  const auto names = names_in(dir);
  if (!names) {
    return fail(names.error());
  }
  for (const std::string& name : *names) {
    if (belongs(name) && !seen.contains(name)) {
      return fail(Fault::corrupt, "a file is not in the list: " + dir + "/" + name);
    }
  }
  return snapshot;
}

Result<Snapshot> restore_snapshot(const std::string& snapshot, const std::string& to) {
  auto good = verify_snapshot(snapshot);
  if (!good) {
    return good;
  }
  std::error_code failed;
  if (fs::exists(to, failed) && !fs::is_empty(to, failed)) {
    return fail(Fault::bad_config, "the folder is not empty; move it away: " + to);
  }
  const std::string part = to + std::string(kHalfMade);
  remove_all(part);
  if (!fs::create_directories(part, failed) || failed) {
    return unavailable("making " + part, failed);
  }
  for (const SnapshotFile& file : good->files) {
    if (auto done = copy_one(snapshot + "/" + file.name, part + "/" + file.name, false); !done) {
      remove_all(part);
      return fail(done.error());
    }
    const auto copied = describe(part + "/" + file.name);
    if (!copied || copied->sha256 != file.sha256) {
      remove_all(part);
      return fail(Fault::corrupt, "a copy is not what it was: " + file.name);
    }
  }
  const auto report = check_state(part);
  if (!report || !report->good()) {
    const std::string why = report ? report->problems.front().what : report.error().message;
    remove_all(part);
    return fail(Fault::corrupt, snapshot + ": " + why);
  }
  fs::remove(to, failed);  // empty
  if (auto done = settle(part, to); !done) {
    return fail(done.error());
  }
  return good;
}

std::vector<std::string> snapshots_in(const std::string& dir) {
  std::vector<std::string> found;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(dir, failed)) {
    if (fs::exists(entry.path() / kManifest, failed) &&
        !entry.path().string().ends_with(kHalfMade)) {
      found.push_back(entry.path().string());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<Snapshot> keep_snapshot(const std::string& from, const std::string& dir, std::size_t keep,
                               WallTime now) {
  std::error_code failed;
  fs::create_directories(dir, failed);
  if (failed) {
    return unavailable("making " + dir, failed);
  }
  std::string name = to_rfc3339(micros_of(now));
  std::replace(name.begin(), name.end(), ':', '-');
  auto made = make_snapshot(from, dir + "/" + name, now);
  if (!made) {
    return made;
  }
  const auto all = snapshots_in(dir);
  for (std::size_t i = 0; i + keep < all.size(); ++i) {
    remove_all(all[i]);
  }
  return made;
}

}  // namespace fusiond::state
