// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

// Structured logging to stderr: a message and fields, written as logfmt or as one JSON object a
// line. Everything here may be called from any thread; configure() before other threads exist.
namespace bpfmap::log {

enum class Level { kDebug, kInfo, kWarning, kError };
enum class Format { kLogfmt, kJson };

struct Field {
  Field(std::string_view name, std::string_view text) : key(name), value(text) {}
  Field(std::string_view name, const char* text) : key(name), value(text) {}
  Field(std::string_view name, const std::string& text) : key(name), value(text) {}
  template <std::integral T>
  Field(std::string_view name, T number) : key(name), value(std::to_string(number)) {}

  std::string_view key;
  std::string value;
};

using Fields = std::initializer_list<Field>;

// Without `times`, lines have no `ts`: where something else puts one before each.
void configure(Level level, Format format, bool times = true);

void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warning(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

// One line without its newline; without `ts` where `time` is empty. What the tests of the two
// formats look at.
std::string format_line(Format format, std::string_view time, Level level, std::string_view message,
                        Fields fields);

}  // namespace bpfmap::log
