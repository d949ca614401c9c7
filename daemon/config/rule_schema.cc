// The JSON Schema of a rule file, from the table that the loader reads by: editors complete and
// explain with it. It says less than the loader checks, and nothing else.
#include "daemon/base/json_text.h"
#include "daemon/config/load_bundle.h"
#include "daemon/config/rule_keys.h"

namespace fusiond::config {
namespace {

class SchemaWriting {
 public:
  std::string out;

  void object(const KeyTable& keys) {
    out += R"({"type":"object","additionalProperties":false,"properties":{)";
    bool first = true;
    std::string required;
    for (const Key& key : keys.keys) {
      if (key.shape == Shape::planned || key.shape == Shape::refused) {
        continue;
      }
      out += first ? "" : ",";
      first = false;
      append_json_string(out, key.name);
      out += ":";
      value(key);
      if (key.required) {
        required += required.empty() ? "" : ",";
        append_json_string(required, key.name);
      }
    }
    out += "}";
    if (!required.empty()) {
      out += ",\"required\":[" + required + "]";
    }
    out += "}";
  }

 private:
  void value(const Key& key) {
    switch (key.shape) {
      case Shape::object:
        described(key, [&] { object(*key.inner); });
        return;
      case Shape::objects:
        described(key, [&] {
          out += R"({"type":"array","items":)";
          object(*key.inner);
          out += "}";
        });
        return;
      case Shape::number:
        described(key, [&] {
          out += R"({"type":"integer","minimum":)" + std::to_string(key.low) + R"(,"maximum":)" +
                 std::to_string(key.high) + "}";
        });
        return;
      case Shape::share:
        described(key, [&] { out += R"({"type":"number","minimum":0,"maximum":1})"; });
        return;
      case Shape::truth:
        described(key, [&] { out += R"({"type":"boolean"})"; });
        return;
      case Shape::point:
        described(key, [&] {
          out += R"({"type":"array","items":{"type":"number"},"minItems":2,"maxItems":2})";
        });
        return;
      case Shape::names:
      case Shape::words:
        described(key, [&] {
          out += R"({"anyOf":[)";
          one(key);
          out += R"(,{"type":"array","minItems":1,"uniqueItems":true,"items":)";
          one(key);
          out += "}]}";
        });
        return;
      default:
        described(key, [&] { one(key); });
    }
  }

  void one(const Key& key) {
    if (!key.choices.empty()) {
      out += R"({"enum":[)";
      for (std::size_t i = 0; i < key.choices.size(); ++i) {
        out += i == 0 ? "" : ",";
        append_json_string(out, key.choices[i]);
      }
      out += "]}";
      return;
    }
    out += R"({"type":["string","number"])";
    if (const std::string_view pattern = pattern_of(key.shape); !pattern.empty()) {
      out += R"(,"pattern":)";
      append_json_string(out, pattern);
    }
    out += "}";
  }

  static std::string_view pattern_of(Shape shape) {
    switch (shape) {
      case Shape::distance:
        return R"(^[0-9.]+ ?(m|km|ft|mi)$)";
      case Shape::length_of_time:
        return R"(^[-+]?[0-9.]+ ?(s|min|h|d)$)";
      case Shape::most_time:
        return R"(^at most [0-9.]+ ?(s|min|h|d)$)";
      case Shape::speed:
        return R"(^(at most )?[0-9.]+ ?(km/h|mph|m/s)$)";
      case Shape::factor:
        return R"(^[0-9.]+x$)";
      case Shape::least_share:
      case Shape::least_number:
        return R"(^at least [0-9.]+$)";
      case Shape::date:
        return R"(^[0-9]{4}-[0-9]{2}-[0-9]{2}$)";
      case Shape::hours:
        return R"(^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2} .+$)";
      default:
        return {};
    }
  }

  template <class Write>
  void described(const Key& key, Write write) {
    write();
    out.pop_back();
    out += R"(,"description":)";
    append_json_string(out, key.meaning);
    out += "}";
  }
};

}  // namespace

std::string rule_schema() {
  SchemaWriting writing;
  writing.object(rule_keys());
  writing.out.insert(
      1,
      R"("$schema":"https://json-schema.org/draft/2020-12/schema","title":"a rule of fusiond",)");
  return writing.out + "\n";
}

}  // namespace fusiond::config
