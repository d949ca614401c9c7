#include "plugins/social/sse.h"

#include <algorithm>
#include <utility>

namespace fusiond::social {
namespace {

// Takes one line into the event; false for a comment.
bool take_line(std::string_view line, StreamEvent& event) {
  if (line.starts_with(':')) {
    return false;
  }
  const auto colon = std::min(line.find(':'), line.size());
  auto value = line.substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) {
    value.remove_prefix(1);
  }
  if (line.substr(0, colon) == "event") {
    event.name = value;
  } else if (line.substr(0, colon) == "data") {
    event.data.append(event.data.empty() ? "" : "\n").append(value);
  }
  return true;
}

}  // namespace

bool is_event_stream(std::string_view text) {
  const auto begin = text.find_first_not_of("\r\n");
  const auto rest = begin == std::string_view::npos ? std::string_view{} : text.substr(begin);
  return rest.starts_with(':') || rest.starts_with("event:") || rest.starts_with("data:") ||
         rest.starts_with("id:") || rest.starts_with("retry:");
}

std::vector<StreamEvent> read_event_stream(std::string_view text) {
  std::vector<StreamEvent> out;
  StreamEvent event;
  bool open = false;
  const auto close = [&](std::size_t end, bool complete) {
    if (open) {
      event.bytes = text.substr(event.offset, end - event.offset);
      event.complete = complete;
      event.number = out.size();
      out.push_back(std::exchange(event, {}));
      open = false;
    }
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto newline = text.find('\n', at);
    const auto end = std::min(newline, text.size());
    auto line = text.substr(at, end - at);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.empty()) {
      close(at, true);
    } else if (line.starts_with(':')) {
      out.push_back({.name = {},
                     .data = {},
                     .bytes = line,
                     .offset = at,
                     .number = out.size(),
                     .complete = true,
                     .comment = true});
    } else {
      if (!open) {
        event.offset = at;
        open = true;
      }
      take_line(line, event);
    }
    if (newline == std::string_view::npos) {
      close(text.size(), false);
    }
    at = end + 1;
  }
  close(text.size(), true);
  return out;
}

}  // namespace fusiond::social
