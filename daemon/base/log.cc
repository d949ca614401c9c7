#include "daemon/base/log.h"

#include <memory>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "daemon/base/json_text.h"

namespace fusiond {
namespace {

struct Sink {
  std::shared_ptr<spdlog::logger> logger = std::make_shared<spdlog::logger>(
      "fusiond", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  LogFormat format = LogFormat::text;
  Sink() { logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc); }
};

Sink& sink() {
  static Sink the_sink;
  return the_sink;
}

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string as_text(std::string_view message, std::initializer_list<LogField> fields) {
  std::string line(message);
  for (const auto& field : fields) {
    line.push_back(' ');
    line.append(field.key);
    line.push_back('=');
    append_json_string(line, field.value);
  }
  return line;
}

std::string as_json(std::string_view message, std::initializer_list<LogField> fields) {
  std::string line = "\"message\":";
  append_json_string(line, message);
  for (const auto& field : fields) {
    line.push_back(',');
    append_json_string(line, field.key);
    line.push_back(':');
    append_json_string(line, field.value);
  }
  return line;
}

}  // namespace

void set_log(LogLevel level, LogFormat format) {
  auto& s = sink();
  s.format = format;
  s.logger->set_level(level_of(level));
  s.logger->flush_on(spdlog::level::info);
  if (format == LogFormat::json) {
    s.logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
                          spdlog::pattern_time_type::utc);
  }
}

void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  auto& s = sink();
  if (!s.logger->should_log(level_of(level))) {
    return;
  }
  const std::string line =
      s.format == LogFormat::json ? as_json(message, fields) : as_text(message, fields);
  s.logger->log(level_of(level), spdlog::string_view_t(line));
}

}  // namespace fusiond
