// Server-sent events, as a stream's text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fusiond::social {

struct StreamEvent {
  std::string name;
  std::string data;
  std::string_view bytes;
  std::size_t offset = 0;
  std::size_t number = 0;
  bool complete = true;  // false when the text ends within a line of it
  bool comment = false;  // ":thump" and its like
};

[[nodiscard]] bool is_event_stream(std::string_view text);
[[nodiscard]] std::vector<StreamEvent> read_event_stream(std::string_view text);

}  // namespace fusiond::social
