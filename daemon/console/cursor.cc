#include "daemon/console/cursor.h"

#include <charconv>
#include <cstddef>
#include <utility>

namespace fusiond::console {
namespace {

constexpr std::size_t kMaxPartitions = 4096;

template <class Number>
bool read_number(std::string_view text, Number& out) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  return ec == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<Cursor> Cursor::parse(std::string_view text) {
  Cursor cursor;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const auto colon = part.find(':');
    std::uint32_t partition = 0;
    std::uint64_t next = 0;
    if (colon == std::string_view::npos || !read_number(part.substr(0, colon), partition) ||
        !read_number(part.substr(colon + 1), next) || cursor.next_.size() >= kMaxPartitions) {
      return fail(Fault::bad_input, "a cursor reads like 0:1234, got: " + std::string(part));
    }
    cursor.next_[partition] = next;
  }
  return cursor;
}

std::string Cursor::str() const {
  std::string text;
  for (const auto& [partition, next] : next_) {
    text.append(text.empty() ? "" : ",").append(std::to_string(partition));
    text.append(":").append(std::to_string(next));
  }
  return text;
}

std::uint64_t Cursor::next(std::uint32_t partition) const {
  const auto found = next_.find(partition);
  return found == next_.end() ? 0 : found->second;
}

}  // namespace fusiond::console
