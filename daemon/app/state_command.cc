#include "daemon/app/state_command.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <system_error>
#include <utility>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/json_text.h"
#include "daemon/state/snapshot.h"
#include "daemon/state/state_check.h"

namespace fusiond::app {
namespace {

namespace fs = std::filesystem;

std::string without_slash(std::string dir) {
  while (dir.size() > 1 && dir.ends_with('/')) {
    dir.pop_back();
  }
  return dir;
}

// The folders of shards that are meant, by what stands behind `dir`: itself, or those in it.
std::vector<std::string> shards_in(const std::string& dir) {
  std::error_code failed;
  if (fs::exists(dir + "/CURRENT", failed)) {
    return {""};
  }
  std::vector<std::string> shards;
  for (const auto& entry : fs::directory_iterator(dir, failed)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("shard-") && fs::exists(entry.path() / "CURRENT", failed)) {
      shards.push_back("/" + name);
    }
  }
  std::sort(shards.begin(), shards.end());
  return shards;
}

std::unexpected<Error> no_state(const std::string& dir) {
  return fail(Fault::bad_config,
              "there is no state in the folder, nor in shard-N below it: " + dir);
}

using Fields = std::vector<std::pair<std::string, std::uint64_t>>;

// A line for people, or an object.
std::string write(const std::string& dir, const Fields& fields, bool json) {
  std::string text = json ? "{\"dir\":" + json_string(dir) : dir + ":";
  for (const auto& [name, value] : fields) {
    text += json ? ",\"" + name + "\":" + std::to_string(value)
                 : " " + name + "=" + std::to_string(value);
  }
  return text;
}

std::string write(const std::string& dir, const state::StateReport& report, bool json) {
  std::string text = write(dir,
                           {{"problems", report.problem_count},
                            {"format", report.format},
                            {"epoch", report.epoch},
                            {"next_offset", report.next_offset},
                            {"steps", report.steps},
                            {"events", report.events},
                            {"incidents", report.incidents},
                            {"bytes", report.bytes}},
                           json);
  if (!json) {
    for (const auto& problem : report.problems) {
      text += "\n  " + problem.where + ": " + problem.what;
    }
    return text + (report.good() ? " good\n" : "\n");
  }
  text += ",\"good\":" + std::string(report.good() ? "true" : "false") + ",\"found\":[";
  const char* between = "";
  for (const auto& problem : report.problems) {
    text += between;
    text +=
        "{\"where\":" + json_string(problem.where) + ",\"what\":" + json_string(problem.what) + "}";
    between = ",";
  }
  return text + "]}\n";
}

std::string write(const state::Snapshot& snapshot, const std::string& dir, bool json) {
  std::uint64_t bytes = 0;
  for (const auto& file : snapshot.files) {
    bytes += file.bytes;
  }
  std::string text = write(dir,
                           {{"format", snapshot.format},
                            {"epoch", snapshot.epoch},
                            {"next_offset", snapshot.next_offset},
                            {"files", snapshot.files.size()},
                            {"bytes", bytes}},
                           json);
  text += json ? ",\"made_at\":" + json_string(snapshot.made_at) + "}" : " of " + snapshot.made_at;
  return text + "\n";
}

// One line for each shard of `dir`, in one answer.
Result<StateAnswer> each_shard(const std::string& dir,
                               const std::function<Result<StateAnswer>(const std::string&)>& act) {
  const auto shards = shards_in(dir);
  if (shards.empty()) {
    return no_state(dir);
  }
  StateAnswer all;
  for (const std::string& shard : shards) {
    auto one = act(shard);
    if (!one) {
      return one;
    }
    all.text += one->text;
    all.good = all.good && one->good;
  }
  return all;
}

}  // namespace

Result<StateAnswer> state_verify(const StateOptions& options) {
  const std::string dir = without_slash(options.state);
  return each_shard(dir, [&](const std::string& shard) -> Result<StateAnswer> {
    const std::string folder = dir + shard;
    auto report = state::check_state(folder);
    if (!report) {
      return fail(report.error());
    }
    std::error_code failed;
    if (fs::exists(folder + "/" + state::kManifest, failed)) {
      if (const auto listed = state::verify_snapshot(folder); !listed) {
        ++report->problem_count;
        report->problems.push_back({state::kManifest, listed.error().message});
      }
    }
    return StateAnswer{write(folder, *report, options.json), report->good()};
  });
}

Result<StateAnswer> state_snapshot(const StateOptions& options) {
  const std::string from = without_slash(options.state);
  const std::string to = without_slash(options.snapshot);
  return each_shard(from, [&](const std::string& shard) -> Result<StateAnswer> {
    std::error_code ignored;
    fs::create_directories(fs::path(to + shard).parent_path(), ignored);
    const auto made = state::make_snapshot(from + shard, to + shard, SystemClock().now());
    return made ? Result<StateAnswer>(StateAnswer{write(*made, to + shard, options.json)})
                : fail(made.error());
  });
}

Result<StateAnswer> state_restore(const StateOptions& options) {
  const std::string from = without_slash(options.snapshot);
  const std::string to = without_slash(options.state);
  return each_shard(from, [&](const std::string& shard) -> Result<StateAnswer> {
    std::error_code ignored;
    fs::create_directories(fs::path(to + shard).parent_path(), ignored);
    const auto restored = state::restore_snapshot(from + shard, to + shard);
    return restored ? Result<StateAnswer>(StateAnswer{write(*restored, to + shard, options.json)})
                    : fail(restored.error());
  });
}

}  // namespace fusiond::app
