#include "daemon/base/log.h"

#include <memory>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace fusiond {
namespace {

// JSON string content: quotes, backslashes and control characters escaped; other bytes as they are.
void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out.append("\\u00");
      out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
      out.push_back(kHex[static_cast<unsigned char>(c) & 0x0f]);
    } else {
      out.push_back(c);
    }
  }
}

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
    line.append("=\"");
    append_escaped(line, field.value);
    line.push_back('"');
  }
  return line;
}

std::string as_json(std::string_view message, std::initializer_list<LogField> fields) {
  std::string line = "\"message\":\"";
  append_escaped(line, message);
  line.push_back('"');
  for (const auto& field : fields) {
    line.append(",\"");
    append_escaped(line, field.key);
    line.append("\":\"");
    append_escaped(line, field.value);
    line.push_back('"');
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
