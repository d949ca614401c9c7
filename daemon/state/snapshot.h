// Copies of a state folder that can be trusted: made while its owner runs or not, checked, with a
// list of their files and hashes, and put back onto an empty folder. Tables are linked, not copied,
// where the file system allows it: a snapshot costs little, and what damages a table then damages
// both; one for keeps goes to another disk.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/time.h"
#include "daemon/state/state_check.h"

namespace fusiond::state {

inline constexpr const char* kManifest = "snapshot.json";

struct SnapshotFile {
  std::string name;
  std::uint64_t bytes = 0;
  std::string sha256;
};
struct Snapshot {
  std::string dir;
  std::string made_at;
  std::uint64_t format = 0;
  std::uint64_t epoch = 0;
  std::uint64_t next_offset = 0;  // where the events log goes on
  std::uint64_t steps = 0;
  std::vector<SnapshotFile> files;
};

// Makes `to`, which must not be there, out of the state folder `from`; nothing is left of it when
// that fails. Of a running owner it holds a moment during the call: whole steps, from the first
// that counts to one of the last. Errors: unavailable (no state, no room, its owner was too busy),
// corrupt with the first problem: a damaged state gives no snapshot.
Result<Snapshot> make_snapshot(const std::string& from, const std::string& to, WallTime now);

// Compares a snapshot with its list: every file, its size and its hash, and no others. Errors:
// corrupt, with the file; unavailable; bad_config when it is no snapshot.
Result<Snapshot> verify_snapshot(const std::string& dir);

// Puts a snapshot onto `to`, which must be empty or not there, as copies; verified before and
// after. The next start goes on from its offset under a higher epoch. Errors: as verify_snapshot.
Result<Snapshot> restore_snapshot(const std::string& snapshot, const std::string& to);

// The snapshots below `dir`, oldest first; their names are the times at which they were made.
std::vector<std::string> snapshots_in(const std::string& dir);
// Makes one below `dir` and removes the oldest beyond `keep`.
Result<Snapshot> keep_snapshot(const std::string& from, const std::string& dir, std::size_t keep,
                               WallTime now);

}  // namespace fusiond::state
