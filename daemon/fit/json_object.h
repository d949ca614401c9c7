// JSON objects written field by field: numbers with six decimals, what is no number as null.
#pragma once

#include <cmath>
#include <string>

#include "daemon/base/json_text.h"
#include "daemon/fit/constants.h"

namespace fusiond::fit {

[[nodiscard]] inline std::string real(double value) {
  constexpr int kDigits = 6;
  return std::isfinite(value) ? number(value, kDigits) : "null";
}

// {"name":value,…}, values already JSON.
class Object {
 public:
  Object& put(const std::string& name, const std::string& value) {
    text_ += (text_.size() == 1 ? "" : ",") + json_string(name) + ":" + value;
    return *this;
  }
  Object& text(const std::string& name, const std::string& value) {
    return put(name, json_string(value));
  }
  Object& number(const std::string& name, double value) { return put(name, real(value)); }
  Object& count(const std::string& name, std::size_t value) {
    return put(name, std::to_string(value));
  }
  [[nodiscard]] std::string done() const { return text_ + "}"; }

 private:
  std::string text_ = "{";
};

template <class List, class F>
std::string array_of(const List& list, const F& item) {
  std::string out = "[";
  for (const auto& one : list) {
    out += (out.size() == 1 ? "" : ",") + item(one);
  }
  return out + "]";
}

}  // namespace fusiond::fit
