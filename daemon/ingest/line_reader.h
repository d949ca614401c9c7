// Reads a growing file line by line from an offset. Lines beyond the limit are cut while they are
// read, so memory stays bounded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/sha256.h"

namespace fusiond::ingest {

struct Line {
  std::string text;             // without the line feed; cut when too long
  std::uint64_t number = 0;     // from 1
  std::uint64_t begin = 0;      // offset of its first byte
  std::uint64_t end = 0;        // offset behind its line feed
  std::uint64_t full_size = 0;  // 0 = not cut
  std::string full_sha256;
};

// Where reading goes on, and by what the file is known again.
struct FilePosition {
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;
  std::uint64_t line = 0;     // lines before `offset`
  std::int64_t stamp_us = 0;  // of a recorded file: the newest ingest time before `offset`
  std::uint64_t head_size =
      0;  // of the file's first bytes, at most 256 of them and not beyond offset …
  std::string head_sha256;  // … this is the hash: a file that was replaced under the same inode
                            // does not have it
};

// One line of text. Errors: corrupt.
std::string encode_position(const FilePosition& position);
Result<FilePosition> decode_position(const std::string& text);
// Written beside and renamed over, so that a crash leaves the old or the new one. Errors:
// unavailable.
Result<void> save_position(const std::string& path, const FilePosition& position);
// Nothing when there is none yet.
Result<std::optional<FilePosition>> load_position(const std::string& path);

// Threads: one at a time.
class LineReader {
 public:
  LineReader(std::string path, std::uint64_t max_line_bytes, std::uint64_t keep_bytes);
  ~LineReader() { close(); }
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // Opens the file and goes on at `position` when it is the same file, else at its begin. Errors:
  // unavailable when it cannot be opened.
  Result<void> open(const std::optional<FilePosition>& position);
  void close();
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  // True when open() went on where the position said.
  [[nodiscard]] bool resumed() const { return resumed_; }

  // Up to `max` whole lines; none at the end of the file. Errors: unavailable.
  Result<std::vector<Line>> read(std::size_t max);
  // What stands behind the last line feed, as a line; nothing when that is nothing.
  std::optional<Line> take_torn();

  // What happened to the file at its end. rotated: another file has the name. truncated: it is
  // shorter than what was read.
  enum class Fate : std::uint8_t { same, rotated, truncated };
  [[nodiscard]] Fate fate() const;
  // The position behind `end`, the end of a line that read() or take_torn() gave, with its number.
  [[nodiscard]] FilePosition position_at(std::uint64_t end, std::uint64_t line) const;

 private:
  void add_to_line(std::string_view bytes);
  Line finish_line(bool with_feed);
  [[nodiscard]] bool is_same_file(const FilePosition& position) const;

  std::string path_;
  std::uint64_t max_line_bytes_;
  std::uint64_t keep_bytes_;
  int fd_ = -1;
  bool resumed_ = false;
  std::uint64_t inode_ = 0;
  std::uint64_t read_to_ = 0;  // offset of the next byte to read
  // The line that is being read.
  std::uint64_t line_begin_ = 0;
  std::uint64_t line_number_ = 0;  // lines finished
  std::uint64_t line_size_ = 0;
  std::string line_;
  std::optional<Sha256Stream> long_hash_;
  std::string buffer_;  // read, not cut yet
  std::size_t buffer_at_ = 0;
};

}  // namespace fusiond::ingest
