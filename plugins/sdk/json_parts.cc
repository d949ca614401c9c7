// Works on brackets and quotes alone; whether a part is JSON is for the parser that reads it.
#include "plugins/sdk/json_parts.h"

#include <algorithm>

namespace fusiond::sdk {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr auto kEnd = std::string_view::npos;

std::size_t skip_blank(std::string_view text, std::size_t at) {
  const auto found = text.find_first_not_of(kBlank, at);
  return found == kEnd ? text.size() : found;
}

// `at` is the opening quote; returns the place after the closing one.
std::size_t string_end(std::string_view text, std::size_t at) {
  for (++at; (at = text.find_first_of("\"\\", at)) != kEnd; at += 2) {
    if (text[at] == '"') {
      return at + 1;
    }
  }
  return kEnd;
}

std::size_t nested_end(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while ((at = text.find_first_of("\"[]{}", at)) != kEnd) {
    const char c = text[at];
    if (c == '"') {
      at = string_end(text, at);
      if (at == kEnd) {
        return kEnd;
      }
      continue;
    }
    ++at;
    if (c == '[' || c == '{') {
      ++depth;
    } else if (--depth == 0) {
      return at;
    }
  }
  return kEnd;
}

// Whether a value that ends with `last` is whole: a number or a word at the end of the text may
// have been cut.
bool is_closed(char last) {
  return last == '}' || last == ']' || last == '"';
}

// The elements of the array whose "[" is at `at`; returns the place after its "]", or npos after
// noting a break.
std::size_t split_array(std::string_view body, std::size_t at, Parts& out) {
  const auto stop = [&](std::string reason, std::string detail, std::size_t where) {
    detail += " at byte " + std::to_string(where);
    out.broken = Break{std::move(reason), std::move(detail), where, body.substr(where)};
    return kEnd;
  };
  at = skip_blank(body, at + 1);
  if (at < body.size() && body[at] == ']') {
    return at + 1;
  }
  while (true) {
    if (at == body.size()) {
      return stop("truncated", "the list ends before its ]", at);
    }
    const auto end = json_value_end(body, at);
    if (end == kEnd || (end == body.size() && !is_closed(body[end - 1]))) {
      return stop("truncated", "the list ends within a row, which starts", at);
    }
    if (end == at) {
      return stop("bad_json", "a row was expected", at);
    }
    out.parts.push_back({body.substr(at, end - at), at, out.parts.size(), true});
    at = skip_blank(body, end);
    if (at == body.size()) {
      return stop("truncated", "the list ends before its ]", at);
    }
    if (body[at] == ']') {
      return at + 1;
    }
    if (body[at] != ',') {
      return stop("bad_json", "a comma or ] was expected", at);
    }
    at = skip_blank(body, at + 1);
  }
}

// Looks through the members of the object at `at` for a list of rows; the place of its "[", or
// npos.
std::size_t find_rows(std::string_view body, std::size_t at,
                      std::span<const std::string_view> row_members) {
  at = skip_blank(body, at + 1);
  while (at < body.size() && body[at] == '"') {
    const auto key_end = string_end(body, at);
    if (key_end == kEnd) {
      return kEnd;
    }
    const auto key = body.substr(at + 1, key_end - at - 2);
    at = skip_blank(body, key_end);
    if (at == body.size() || body[at] != ':') {
      return kEnd;
    }
    at = skip_blank(body, at + 1);
    if (at < body.size() && body[at] == '[' &&
        std::ranges::find(row_members, key) != row_members.end()) {
      return at;
    }
    const auto end = at < body.size() ? json_value_end(body, at) : kEnd;
    if (end == kEnd || end == at) {
      return kEnd;
    }
    at = skip_blank(body, end);
    if (at == body.size() || body[at] != ',') {
      return kEnd;
    }
    at = skip_blank(body, at + 1);
  }
  return kEnd;
}

// Lines, when the first is a whole object and more follows, or when several lines start with "{" at
// their first byte although the whole is not one object (then some line is broken).
bool holds_lines(std::string_view body, std::size_t at) {
  const auto end = json_value_end(body, at);
  const auto line_end = std::min(body.find('\n', at), body.size());
  if (end != kEnd) {
    return end <= line_end && skip_blank(body, end) != body.size();
  }
  return body.find("\n{", at) != kEnd;
}

void split_object(std::string_view body, std::size_t at,
                  std::span<const std::string_view> row_members, Parts& out) {
  const auto rows = find_rows(body, at, row_members);
  if (rows != kEnd) {
    const auto after = split_array(body, rows, out);
    if (after != kEnd && json_value_end(body, at) == kEnd) {
      out.broken = Break{
          "truncated",
          "the object round the list ends before its } at byte " + std::to_string(body.size()),
          after, body.substr(after)};
    }
    return;
  }
  while (at < body.size()) {  // one object, or several after one another
    const auto end = json_value_end(body, at);
    if (end == kEnd || body[at] != '{') {
      out.broken = Break{
          end == kEnd ? "truncated" : "bad_json",
          (end == kEnd ? "the object that starts at byte " + std::to_string(at) + " has no end"
                       : "an object was expected at byte " + std::to_string(at)),
          at, body.substr(at)};
      return;
    }
    out.parts.push_back({body.substr(at, end - at), at, out.parts.size(), true});
    at = skip_blank(body, end);
  }
}

}  // namespace

std::string_view without_bom(std::string_view text) {
  return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

std::size_t json_value_end(std::string_view text, std::size_t begin) {
  switch (text[begin]) {
    case '{':
    case '[':
      return nested_end(text, begin);
    case '"':
      return string_end(text, begin);
    default:
      return std::min(text.find_first_of(",]}: \t\r\n", begin), text.size());
  }
}

std::string position_of(std::string_view unit, std::size_t number, std::size_t offset) {
  return std::string(unit) + " " + std::to_string(number) + ", byte " + std::to_string(offset);
}

Parts split_lines(std::string_view body) {
  Parts out;
  out.unit = "line";
  std::size_t number = 0;
  for (std::size_t at = 0; at < body.size(); ++number) {
    const auto newline = body.find('\n', at);
    const auto end = std::min(newline, body.size());
    auto line = body.substr(at, end - at);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.find_first_not_of(kBlank) != kEnd) {
      out.parts.push_back({line, at, number, newline != kEnd});
    }
    at = end + 1;
  }
  return out;
}

Parts split_json(std::string_view body, std::span<const std::string_view> row_members) {
  Parts out;
  const auto at = skip_blank(body, body.size() - without_bom(body).size());
  if (at == body.size()) {
    return out;
  }
  if (body[at] == '[') {
    const auto end = split_array(body, at, out);
    const auto rest = end == kEnd ? body.size() : skip_blank(body, end);
    if (rest != body.size()) {
      out.broken =
          Break{"bad_json", "bytes after the end of the list at byte " + std::to_string(rest), rest,
                body.substr(rest)};
    }
    return out;
  }
  if (body[at] == '{' && holds_lines(body, at)) {
    return split_lines(body);
  }
  if (body[at] == '{') {
    split_object(body, at, row_members, out);
    return out;
  }
  out.broken =
      Break{"not_json", "neither a list nor an object at byte " + std::to_string(at), at, body};
  return out;
}

}  // namespace fusiond::sdk
