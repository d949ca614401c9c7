#include "daemon/calibrate/outcome_lines.h"

#include <algorithm>
#include <array>
#include <simdjson.h>
#include <string_view>
#include <utility>

namespace fusiond::calibrate {
namespace {

constexpr std::size_t kMaxLine = std::size_t{1} << 16;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// What a column may be called. `by` is known, and nothing is done with it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kNames = {{
    {"id", "id"},
    {"incident_id", "id"},
    {"event_id", "id"},
    {"cad_number", "id"},
    {"outcome", "outcome"},
    {"disposition", "outcome"},
    {"code", "code"},
    {"time", "time"},
    {"by", "by"},
}};

std::string column_of(std::string_view name) {
  for (const auto& [word, column] : kNames) {
    if (word == name) {
      return std::string(column);
    }
  }
  return {};
}

bool is_blank(const std::string& line) {
  return line.find_first_not_of(" \t\r") == std::string::npos;
}

std::string without_mark(const std::string& line) {
  return line.starts_with(kByteOrderMark) ? line.substr(kByteOrderMark.size()) : line;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

// The columns of a head by their meaning; columns nobody needs stay empty.
Result<std::vector<std::string>> head_of(const std::string& line,
                                         const std::vector<std::string>& needed) {
  auto cells = csv_cells(line);
  if (!cells) {
    return fail(cells.error());
  }
  std::vector<std::string> columns;
  for (const std::string& cell : *cells) {
    columns.push_back(column_of(lower(cell)));
  }
  for (const std::string& name : needed) {
    const auto times = std::count(columns.begin(), columns.end(), name);
    if (times != 1) {
      return fail(Fault::bad_config, "the first line must name one column " + name +
                                         ", got: " + (times == 0 ? line : std::to_string(times)));
    }
  }
  return columns;
}

Result<std::string> cell_of(const std::vector<std::string>& columns,
                            const std::vector<std::string>& cells, std::string_view name) {
  if (cells.size() != columns.size()) {
    return fail(Fault::bad_input, "the head has " + std::to_string(columns.size()) +
                                      " columns, this line: " + std::to_string(cells.size()));
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] == name) {
      return cells[i];
    }
  }
  return std::string{};
}

// RFC 3339, or milliseconds since 1970.
Result<WallTime> time_of(const std::string& text) {
  constexpr std::size_t kMostDigits = 15;
  const bool digits = !text.empty() && text.size() <= kMostDigits &&
                      text.find_first_not_of("0123456789") == std::string::npos;
  if (digits) {
    return wall_time(std::stoll(text) * 1000);
  }
  auto time = parse_rfc3339(text);
  if (!time) {
    return fail(
        Fault::bad_input,
        "time must be as in 2026-07-01T18:00:00Z or 2026-07-01T11:00:00-07:00 (a local time "
        "without its offset can mean two), or milliseconds since 1970, got: " +
            text);
  }
  return time;
}

}  // namespace

Result<std::vector<std::string>> csv_cells(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  bool closed = false;  // the cell had quotes, and they were closed
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted) {
      const bool doubled = c == '"' && i + 1 < line.size() && line[i + 1] == '"';
      if (c != '"' || doubled) {
        cells.back() += c;
        i += doubled ? 1 : 0;
      } else {
        quoted = false;
        closed = true;
      }
    } else if (c == ',') {
      cells.emplace_back();
      closed = false;
    } else if (c == '"' && cells.back().find_first_not_of(" \t") == std::string::npos && !closed) {
      cells.back().clear();
      quoted = true;
    } else if (closed && c != ' ' && c != '\t' && c != '\r') {
      return fail(Fault::bad_input, "quotes close before the cell ends, got: " + line);
    } else if (!closed) {
      cells.back() += c;
    }
  }
  if (quoted) {
    return fail(Fault::bad_input, "quotes that do not close, got: " + line);
  }
  for (std::string& cell : cells) {
    const auto from = cell.find_first_not_of(" \t\r");
    cell = from == std::string::npos ? std::string{}
                                     : cell.substr(from, cell.find_last_not_of(" \t\r") + 1 - from);
  }
  return cells;
}

struct OutcomeLines::Parser {
  simdjson::dom::parser json;
};

// A line as it stands.
struct OutcomeLines::Raw {
  std::string id, outcome, time;
};

OutcomeLines::OutcomeLines(const Codes& codes)
    : codes_(codes), parser_(std::make_unique<Parser>()) {}
OutcomeLines::~OutcomeLines() = default;

Result<void> OutcomeLines::read_head(const std::string& line) {
  auto columns = head_of(line, {"id", "outcome"});
  if (!columns) {
    return fail(Fault::bad_config,
                columns.error().message + " (columns: id, outcome, and if known time, by)");
  }
  columns_ = std::move(*columns);
  form_ = Form::csv;
  return {};
}

Result<OutcomeLines::Raw> OutcomeLines::of_csv(const std::string& line) const {
  const auto cells = csv_cells(line);
  if (!cells) {
    return fail(cells.error());
  }
  Raw raw;
  for (const auto& [name, value] :
       {std::pair{"id", &raw.id}, {"outcome", &raw.outcome}, {"time", &raw.time}}) {
    auto cell = cell_of(columns_, *cells, name);
    if (!cell) {
      return fail(cell.error());
    }
    *value = std::move(*cell);
  }
  return raw;
}

Result<OutcomeLines::Raw> OutcomeLines::of_json(const std::string& line) {
  simdjson::dom::object object;
  if (const auto code = parser_->json.parse(line).get(object); code != simdjson::SUCCESS) {
    return fail(Fault::bad_input, std::string("no JSON object: ") + simdjson::error_message(code));
  }
  Raw raw;
  for (const auto [key, value] : object) {
    const std::string name = column_of(lower(std::string(key)));
    std::string* const text = name == "id"        ? &raw.id
                              : name == "outcome" ? &raw.outcome
                              : name == "time"    ? &raw.time
                                                  : nullptr;
    if (text == nullptr || value.is_null()) {
      continue;
    }
    std::string_view said;
    std::int64_t number = 0;
    if (!text->empty()) {
      return fail(Fault::bad_input,
                  "two fields mean " + name + ", the second: " + std::string(key));
    }
    if (value.get(said) == simdjson::SUCCESS) {
      *text = said;
    } else if (name == "time" && value.get(number) == simdjson::SUCCESS) {
      *text = std::to_string(number);
    } else {
      return fail(Fault::bad_input,
                  std::string(key) + " must be a text, got: " + simdjson::minify(value));
    }
  }
  return raw;
}

Result<Outcome> OutcomeLines::outcome_of(const Raw& raw) const {
  Outcome outcome;
  if (raw.id.empty()) {
    return fail(Fault::bad_input, "id is missing");
  }
  outcome.id = raw.id;
  if (!raw.outcome.empty()) {
    const auto finding = codes_.read(raw.outcome);
    if (!finding) {
      return fail(Fault::bad_input,
                  "outcome must be founded, unfounded, unconfirmed, unknown, duplicate, or a code "
                  "of --codes, got: " +
                      raw.outcome);
    }
    outcome.finding = *finding;
  }
  if (!raw.time.empty()) {
    auto time = time_of(raw.time);
    if (!time) {
      return fail(time.error());
    }
    outcome.at = *time;
  }
  return outcome;
}

Result<std::optional<Outcome>> OutcomeLines::read(const std::string& given) {
  const std::string line = form_ == Form::unknown ? without_mark(given) : given;
  if (is_blank(line)) {
    return std::nullopt;
  }
  if (line.size() > kMaxLine) {
    return fail(Fault::bad_input, "longer than " + std::to_string(kMaxLine) +
                                      " bytes, got: " + std::to_string(line.size()));
  }
  if (form_ == Form::unknown) {
    if (line[line.find_first_not_of(" \t")] == '{') {
      form_ = Form::json;
    } else if (auto good = read_head(line); !good) {
      return fail(good.error());
    } else {
      return std::nullopt;
    }
  }
  auto raw = form_ == Form::csv ? of_csv(line) : of_json(line);
  if (!raw) {
    return fail(raw.error());
  }
  auto outcome = outcome_of(*raw);
  if (!outcome) {
    return fail(outcome.error());
  }
  return std::optional(std::move(*outcome));
}

Result<void> CodeLines::read(const std::string& given, Codes& codes) {
  const std::string line = columns_.empty() ? without_mark(given) : given;
  if (is_blank(line)) {
    return {};
  }
  if (columns_.empty()) {
    auto columns = head_of(line, {"code", "outcome"});
    if (!columns) {
      return fail(columns.error());
    }
    columns_ = std::move(*columns);
    return {};
  }
  const auto cells = csv_cells(line);
  if (!cells) {
    return fail(cells.error());
  }
  const auto code = cell_of(columns_, *cells, "code");
  const auto word = cell_of(columns_, *cells, "outcome");
  if (!code || !word) {
    return fail(code ? word.error() : code.error());
  }
  const auto finding = finding_of(*word);
  if (code->empty() || !finding) {
    return fail(Fault::bad_config,
                "a code and one of founded, unfounded, unconfirmed, unknown, duplicate expected, "
                "got: " +
                    line);
  }
  if (!codes.add(*code, *finding)) {
    return fail(Fault::bad_config, "the code was given another meaning above, got: " + line);
  }
  return {};
}

}  // namespace fusiond::calibrate
