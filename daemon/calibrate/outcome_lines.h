// A line of a file of outcomes → Outcome. README.md lists the forms.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/calibrate/finding.h"

namespace fusiond::calibrate {

// The cells of a line of CSV: commas, double quotes around a cell, doubled inside one. Errors:
// bad_input (quotes that do not close, or that close before the cell does).
[[nodiscard]] Result<std::vector<std::string>> csv_cells(const std::string& line);

// Threads: one at a time.
class OutcomeLines {
 public:
  explicit OutcomeLines(const Codes& codes);
  ~OutcomeLines();

  // Nothing for a head and for a blank line. JSON when the file's first line begins with a brace,
  // else CSV, whose first line is its head. Errors: bad_input that names the column and the value;
  // bad_config for a head that no line below it can be read by.
  Result<std::optional<Outcome>> read(const std::string& line);

 private:
  struct Parser;
  struct Raw;
  Result<void> read_head(const std::string& line);
  Result<Raw> of_csv(const std::string& line) const;
  Result<Raw> of_json(const std::string& line);
  Result<Outcome> outcome_of(const Raw& raw) const;

  const Codes& codes_;
  std::unique_ptr<Parser> parser_;
  enum class Form : std::uint8_t { unknown, csv, json } form_ = Form::unknown;
  std::vector<std::string> columns_;
};

// A line of a file of codes (CSV: code,outcome) into `codes`. The first line is its head.
class CodeLines {
 public:
  Result<void> read(const std::string& line, Codes& codes);

 private:
  std::vector<std::string> columns_;
};

}  // namespace fusiond::calibrate
