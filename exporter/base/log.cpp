// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <memory>

namespace bpfmap::log {
namespace {

std::string_view level_name(Level level) {
  switch (level) {
    case Level::kDebug: return "debug";
    case Level::kInfo: return "info";
    case Level::kWarning: return "warn";
    case Level::kError: return "error";
  }
  return "error";
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::kDebug: return spdlog::level::debug;
    case Level::kInfo: return spdlog::level::info;
    case Level::kWarning: return spdlog::level::warn;
    case Level::kError: return spdlog::level::err;
  }
  return spdlog::level::err;
}

// Quoting that is valid both for a JSON string and for a quoted logfmt value.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

bool needs_quotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\') return true;
  }
  return false;
}

void append_pair(std::string& out, Format format, std::string_view key, std::string_view value) {
  if (format == Format::kJson) {
    out += out.empty() ? '{' : ',';
    append_quoted(out, key);
    out += ':';
    append_quoted(out, value);
    return;
  }
  if (!out.empty()) out += ' ';
  out += key;
  out += '=';
  if (needs_quotes(value)) {
    append_quoted(out, value);
  } else {
    out += value;
  }
}

// The one process-wide piece of state: where log lines go is a property of the process.
struct Sink {
  Sink() : logger("bpfmap_exporter", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger.set_pattern("%v");
    logger.flush_on(spdlog::level::debug);
  }
  spdlog::logger logger;
  std::atomic<Format> format{Format::kLogfmt};
  std::atomic<bool> times{true};
};

Sink& sink() {
  static Sink instance;
  return instance;
}

std::string time_now() {
  using std::chrono::milliseconds, std::chrono::system_clock;
  const auto now = std::chrono::time_point_cast<milliseconds>(system_clock::now());
  const auto ms = static_cast<int>(now.time_since_epoch().count() % 1000);
  const std::time_t seconds = system_clock::to_time_t(now);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char day[32];
  const std::size_t length = std::strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &utc);
  return fmt::format("{}.{:03d}Z", std::string_view(day, length), ms);
}

void write(Level level, std::string_view message, Fields fields) {
  Sink& to = sink();
  if (!to.logger.should_log(spdlog_level(level))) return;
  const std::string time = to.times ? time_now() : std::string();
  to.logger.log(spdlog_level(level), "{}", format_line(to.format, time, level, message, fields));
}

}  // namespace

std::string format_line(Format format, std::string_view time, Level level, std::string_view message,
                        Fields fields) {
  std::string line;
  if (!time.empty()) append_pair(line, format, "ts", time);
  append_pair(line, format, "level", level_name(level));
  append_pair(line, format, "msg", message);
  for (const Field& field : fields) append_pair(line, format, field.key, field.value);
  if (format == Format::kJson) line += '}';
  return line;
}

void configure(Level level, Format format, bool times) {
  sink().logger.set_level(spdlog_level(level));
  sink().format = format;
  sink().times = times;
}

void debug(std::string_view message, Fields fields) { write(Level::kDebug, message, fields); }
void info(std::string_view message, Fields fields) { write(Level::kInfo, message, fields); }
void warning(std::string_view message, Fields fields) { write(Level::kWarning, message, fields); }
void error(std::string_view message, Fields fields) { write(Level::kError, message, fields); }

}  // namespace bpfmap::log
