// Structured log lines for operators. error = data lost or a person needed, warn = odd but
// recovered, info = a state changed. Per-event facts are counters, not lines; no names, plates or
// addresses of people.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace fusiond {

enum class LogLevel { debug, info, warn, error };
enum class LogFormat { text, json };

struct LogField {
  std::string_view key;
  std::string value;
};

// Both may be called once, before the first thread; the default is info as text on standard error.
void set_log(LogLevel level, LogFormat format);

// Threads: any.
void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});
inline void log_info(std::string_view message, std::initializer_list<LogField> fields = {}) {
  log(LogLevel::info, message, fields);
}
inline void log_warn(std::string_view message, std::initializer_list<LogField> fields = {}) {
  log(LogLevel::warn, message, fields);
}
inline void log_error(std::string_view message, std::initializer_list<LogField> fields = {}) {
  log(LogLevel::error, message, fields);
}

}  // namespace fusiond
