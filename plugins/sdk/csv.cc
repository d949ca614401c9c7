#include "plugins/sdk/csv.h"

namespace fusiond::sdk {

std::optional<CsvRecord> CsvReader::next() {
  while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) {
    ++at_;
  }
  if (at_ >= text_.size()) {
    return std::nullopt;
  }
  CsvRecord out;
  out.offset = at_;
  std::string field;
  bool quoted = false;
  bool ended = false;
  while (at_ < text_.size() && !ended) {
    const char c = text_[at_++];
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (at_ < text_.size() && text_[at_] == '"') {
        field += '"';
        ++at_;
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      out.fields.push_back(std::move(field));
      field.clear();
    } else if (c == '\n') {
      ended = true;
    } else if (c != '\r') {
      field += c;
    }
  }
  out.fields.push_back(std::move(field));
  out.complete = ended;
  out.quote_open = quoted;
  out.bytes = text_.substr(out.offset, at_ - out.offset - (ended ? 1 : 0));
  if (out.bytes.ends_with('\r')) {
    out.bytes.remove_suffix(1);
  }
  return out;
}

}  // namespace fusiond::sdk
