// Reads a source's settings and finds all their faults at once: wrong types, values out of range,
// keys nobody reads.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sdk/json_read.h"

namespace fusiond::sdk {

// One line "<json pointer>: <what>" per fault.
class Faults {
 public:
  void add(std::string_view pointer, std::string_view what);
  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// One object of the settings. Each reader names its key; finish() reports the keys that no reader
// named.
class Settings {
 public:
  Settings(std::optional<Json> object, std::string pointer, Faults& faults);

  std::string text(std::string_view key, std::string_view otherwise = {});
  std::string required_text(std::string_view key);
  bool flag(std::string_view key, bool otherwise);
  double number(std::string_view key, double otherwise, double least, double most);
  std::vector<std::string> texts(std::string_view key,
                                 std::vector<std::string> otherwise = {});  // a list, or one text
  std::map<std::string, std::string> table(std::string_view key);  // name -> text or number
  Settings object(std::string_view key);                           // empty when absent
  std::vector<Settings> objects(std::string_view key);             // a list of objects
  // The raw value, for a key that may have several forms.
  std::optional<Json> value(std::string_view key);

  void finish();
  void fault(std::string_view key,
             std::string_view what);  // `key` may be a path below this object: "priorities/A"
  [[nodiscard]] bool given() const { return object_.has_value(); }
  [[nodiscard]] std::vector<std::string> keys() const;
  [[nodiscard]] std::string pointer_to(std::string_view key) const;
  [[nodiscard]] Faults& faults() { return faults_; }

 private:
  std::optional<Json> object_;
  std::string pointer_;
  Faults& faults_;
  std::vector<std::string> read_;
};

// Parses settings text (empty = no settings) and hands the object to `read`; answers with the
// faults, empty when good.
template <class Reader>
[[nodiscard]] std::string read_settings(std::string_view json, Reader&& read) {
  Faults faults;
  simdjson::dom::parser parser;
  const std::string_view body = trimmed(json).empty() ? std::string_view("{}") : json;
  Json root;
  const auto code = parser.parse(body.data(), body.size()).get(root);
  if (code != simdjson::SUCCESS) {
    faults.add("", std::string("not JSON: ") + simdjson::error_message(code));
    return faults.text();
  }
  Settings settings(root, "", faults);
  if (settings.given()) {
    read(settings);
    settings.finish();
  }
  return faults.text();
}

// The candidate that differs least from `word`, or empty when none is near.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       const std::vector<std::string>& candidates);

}  // namespace fusiond::sdk
