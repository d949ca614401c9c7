#include "daemon/ingest/recorded.h"

#include <optional>
#include <simdjson.h>

namespace fusiond::ingest {
namespace {

namespace json = simdjson::ondemand;

constexpr std::int64_t kMaxUs = 7'258'118'400'000'000;  // the year 2200

struct Fields {
  std::optional<WallTime> received;
  std::optional<std::string> body;
  std::string content_type;
};

std::unexpected<Error> no_record(std::string_view why) {
  return fail(Fault::bad_input, "no recorded delivery: " + std::string(why));
}

std::unexpected<Error> json_error(simdjson::error_code code) {
  if (code == simdjson::UTF8_ERROR) {
    return fail(Fault::bad_input, "invalid UTF-8");
  }
  return no_record(simdjson::error_message(code));
}

Result<void> read_text(json::value value, std::optional<std::string>& out) {
  std::string_view text;
  if (const auto code = value.get_string().get(text); code != simdjson::SUCCESS) {
    return json_error(code);
  }
  out = std::string(text);
  return {};
}

Result<void> read_received(json::value value, Fields& fields) {
  std::optional<std::string> text;
  if (auto read = read_text(value, text); !read) {
    return read;
  }
  const auto time = parse_rfc3339(*text);
  if (!time) {
    return fail(time.error().within("received"));
  }
  fields.received = *time;
  return {};
}

Result<void> read_received_us(json::value value, Fields& fields) {
  std::int64_t us = 0;
  if (const auto code = value.get_int64().get(us); code != simdjson::SUCCESS) {
    return json_error(code);
  }
  fields.received = wall_time(us);
  return {};
}

Result<void> read_field(json::field field, Fields& fields) {
  std::string_view key;
  if (const auto code = field.unescaped_key().get(key); code != simdjson::SUCCESS) {
    return json_error(code);
  }
  if (key == "received") {
    return read_received(field.value(), fields);
  }
  if (key == "received_us") {
    return read_received_us(field.value(), fields);
  }
  if (key == "body_text") {
    return read_text(field.value(), fields.body);
  }
  if (key == "content_type") {
    std::optional<std::string> type;
    auto read = read_text(field.value(), type);
    fields.content_type = type.value_or("");
    return read;
  }
  if (key == "body") {
    std::string_view body;
    if (const auto code = simdjson::to_json_string(field.value()).get(body);
        code != simdjson::SUCCESS) {
      return json_error(code);
    }
    const auto last = body.find_last_not_of(" \t\r\n");
    fields.body = std::string(body.substr(0, last == std::string_view::npos ? 0 : last + 1));
  }
  return {};
}

}  // namespace

Result<Recorded> read_recorded(std::string_view line) {
  const simdjson::padded_string padded(line);
  thread_local json::parser parser;  // keeps its memory from line to line
  json::document document;
  if (const auto code = parser.iterate(padded).get(document); code != simdjson::SUCCESS) {
    return json_error(code);
  }
  json::object object;
  if (const auto code = document.get_object().get(object); code != simdjson::SUCCESS) {
    return json_error(code);
  }
  Fields fields;
  for (auto each : object) {
    json::field field;
    if (const auto code = std::move(each).get(field); code != simdjson::SUCCESS) {
      return json_error(code);
    }
    if (auto read = read_field(std::move(field), fields); !read) {
      return fail(read.error());
    }
  }
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return no_record("something stands behind it");
  }
  if (!fields.received) {
    return no_record("received or received_us is missing");
  }
  const std::int64_t us = micros_of(*fields.received);
  if (us < 0 || us > kMaxUs) {
    return no_record("received must lie between 1970 and 2200, got: " + std::to_string(us));
  }
  if (!fields.body) {
    return no_record("body or body_text is missing");
  }
  return Recorded{*fields.received, std::move(*fields.body), std::move(fields.content_type)};
}

}  // namespace fusiond::ingest
