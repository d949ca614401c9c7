#include "daemon/ingest/line_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace fusiond::ingest {
namespace {

constexpr std::size_t kChunkBytes = 256 << 10;
constexpr std::uint64_t kHeadBytes = 256;

std::string errno_text() {
  return std::generic_category().message(errno);
}

std::optional<std::string> head_of(int fd, std::uint64_t size) {
  std::string head(size, '\0');
  const auto got = ::pread(fd, head.data(), size, 0);
  if (got < 0 || static_cast<std::uint64_t>(got) != size) {
    return std::nullopt;
  }
  return hex_of(sha256(head));
}

}  // namespace

std::string encode_position(const FilePosition& position) {
  std::ostringstream out;
  out << "fusiond-position 1 " << position.inode << ' ' << position.offset << ' ' << position.line
      << ' ' << position.stamp_us << ' ' << position.head_size << ' '
      << (position.head_sha256.empty() ? "-" : position.head_sha256) << '\n';
  return out.str();
}

Result<FilePosition> decode_position(const std::string& text) {
  std::istringstream in(text);
  std::string word;
  int version = 0;
  FilePosition position;
  in >> word >> version >> position.inode >> position.offset >> position.line >>
      position.stamp_us >> position.head_size >> position.head_sha256;
  if (!in || word != "fusiond-position" || version != 1 || position.head_size > kHeadBytes) {
    return fail(Fault::corrupt, "is no file position: " + text.substr(0, 100));
  }
  if (position.head_sha256 == "-") {
    position.head_sha256.clear();
  }
  return position;
}

Result<void> save_position(const std::string& path, const FilePosition& position) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  const std::string beside = path + ".new";
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    out << encode_position(position);
    out.flush();
    if (!out) {
      return fail(Fault::unavailable, "writing a file position: " + beside);
    }
  }
  std::filesystem::rename(beside, path, error);
  if (error) {
    return fail(Fault::unavailable, "renaming a file position: " + path + ": " + error.message());
  }
  return {};
}

Result<std::optional<FilePosition>> load_position(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return std::optional<FilePosition>{};
  }
  std::ostringstream text;
  text << in.rdbuf();
  auto position = decode_position(text.str());
  if (!position) {
    return fail(position.error().within(path));
  }
  return std::optional(*position);
}

LineReader::LineReader(std::string path, std::uint64_t max_line_bytes, std::uint64_t keep_bytes)
    : path_(std::move(path)), max_line_bytes_(max_line_bytes), keep_bytes_(keep_bytes) {}

void LineReader::close() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
  fd_ = -1;
}

bool LineReader::is_same_file(const FilePosition& position) const {
  struct stat now{};
  if (::fstat(fd_, &now) != 0 || static_cast<std::uint64_t>(now.st_ino) != position.inode ||
      static_cast<std::uint64_t>(now.st_size) < position.offset) {
    return false;
  }
  return position.head_size == 0 || head_of(fd_, position.head_size) == position.head_sha256;
}

Result<void> LineReader::open(const std::optional<FilePosition>& position) {
  close();
  fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat now{};
  if (fd_ < 0 || ::fstat(fd_, &now) != 0) {
    const std::string why = errno_text();
    close();
    return fail(Fault::unavailable, "opening " + path_ + ": " + why);
  }
  if (!S_ISREG(now.st_mode)) {
    close();
    return fail(Fault::unavailable, "opening " + path_ + ": it is no plain file");
  }
  inode_ = static_cast<std::uint64_t>(now.st_ino);
  resumed_ = position && is_same_file(*position);
  read_to_ = resumed_ ? position->offset : 0;
  line_number_ = resumed_ ? position->line : 0;
  line_begin_ = read_to_;
  line_size_ = 0;
  line_.clear();
  long_hash_.reset();
  buffer_.clear();
  buffer_at_ = 0;
  return {};
}

void LineReader::add_to_line(std::string_view bytes) {
  line_size_ += bytes.size();
  if (long_hash_) {
    long_hash_->add(bytes);
    return;
  }
  if (line_size_ <= max_line_bytes_) {
    line_.append(bytes);
    return;
  }
  long_hash_.emplace();
  long_hash_->add(line_);
  long_hash_->add(bytes);
  line_.append(bytes.substr(0, keep_bytes_));
  line_.resize(std::min<std::size_t>(line_.size(), keep_bytes_));
}

Line LineReader::finish_line(bool with_feed) {
  Line line;
  line.text = std::move(line_);
  line.number = ++line_number_;
  line.begin = line_begin_;
  line.end = line_begin_ + line_size_ + (with_feed ? 1 : 0);
  if (long_hash_) {
    line.full_size = line_size_;
    line.full_sha256 = hex_of(long_hash_->finish());
  } else if (line.text.ends_with('\r')) {
    line.text.pop_back();
  }
  long_hash_.reset();
  line_.clear();
  line_begin_ = line.end;
  line_size_ = 0;
  return line;
}

Result<std::vector<Line>> LineReader::read(std::size_t max) {
  std::vector<Line> lines;
  while (lines.size() < max) {
    if (buffer_at_ == buffer_.size()) {
      buffer_.resize(kChunkBytes);
      buffer_at_ = 0;
      const auto got = ::pread(fd_, buffer_.data(), kChunkBytes, static_cast<off_t>(read_to_));
      buffer_.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
      if (got < 0) {
        return fail(Fault::unavailable, "reading " + path_ + ": " + errno_text());
      }
      if (got == 0) {
        break;
      }
      read_to_ += static_cast<std::uint64_t>(got);
    }
    const std::string_view rest = std::string_view(buffer_).substr(buffer_at_);
    const auto feed = rest.find('\n');
    if (feed == std::string_view::npos) {
      add_to_line(rest);
      buffer_at_ = buffer_.size();
      continue;
    }
    add_to_line(rest.substr(0, feed));
    buffer_at_ += feed + 1;
    lines.push_back(finish_line(true));
  }
  return lines;
}

std::optional<Line> LineReader::take_torn() {
  if (line_size_ == 0) {
    return std::nullopt;
  }
  return finish_line(false);
}

LineReader::Fate LineReader::fate() const {
  struct stat open_file{};
  if (::fstat(fd_, &open_file) == 0 && static_cast<std::uint64_t>(open_file.st_size) < read_to_) {
    return Fate::truncated;
  }
  struct stat named{};
  if (::stat(path_.c_str(), &named) == 0 && static_cast<std::uint64_t>(named.st_ino) != inode_) {
    return Fate::rotated;
  }
  return Fate::same;
}

FilePosition LineReader::position_at(std::uint64_t end, std::uint64_t line) const {
  FilePosition position;
  position.inode = inode_;
  position.offset = end;
  position.line = line;
  position.head_size = std::min(kHeadBytes, end);
  position.head_sha256 = head_of(fd_, position.head_size).value_or("");
  if (position.head_sha256.empty()) {
    position.head_size = 0;
  }
  return position;
}

}  // namespace fusiond::ingest
