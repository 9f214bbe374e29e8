// SPDX-License-Identifier: Apache-2.0
#include "config/yaml/expand.h"

#include <optional>

#include "base/terminal_text.h"

namespace bpfmap::config {
namespace {

// A file of references to one large variable must not become gigabytes.
constexpr std::size_t kMostExpandedBytes = 1 << 20;

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool is_name(std::string_view text) {
  if (text.empty() || !is_name_start(text.front())) return false;
  for (const char c : text) {
    if (!is_name_start(c) && !(c >= '0' && c <= '9')) return false;
  }
  return true;
}

class Expander {
 public:
  Expander(Position at, const Environment& environment, Diagnostics& diagnostics)
      : at_(at), environment_(environment), diagnostics_(diagnostics) {}

  // What stands between the braces; nullopt after an error.
  std::optional<std::string> reference(std::string_view inside) const {
    const std::size_t colon = inside.find(':');
    const std::string_view name = inside.substr(0, colon);
    std::optional<std::string_view> fallback;
    if (colon != std::string_view::npos) {
      if (inside.substr(colon, 2) != ":-") return malformed(inside);
      fallback = inside.substr(colon + 2);
      if (fallback->find("${") != std::string_view::npos) {
        return fail("a default cannot hold another ${...}");
      }
    }
    if (!is_name(name)) return malformed(inside);
    return value(std::string(name), fallback);
  }

  std::nullopt_t fail(std::string message) const {
    diagnostics_.error(at_, std::move(message));
    return std::nullopt;
  }

 private:
  std::optional<std::string> value(const std::string& name,
                                   std::optional<std::string_view> fallback) const {
    std::optional<std::string> set = environment_(name);
    if (fallback && (!set || set->empty())) return std::string(*fallback);
    if (!set) {
      return fail("environment variable '" + name + "' is not set (write ${" + name +
                  ":-default} to give a default)");
    }
    if (!is_text(*set)) return fail("environment variable '" + name + "' is not UTF-8 text");
    return set;
  }

  static bool is_text(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
      const CodePoint c = decode_utf8(text, at);
      if (c.length == 0) return false;
      at += c.length;
    }
    return true;
  }

  std::nullopt_t malformed(std::string_view inside) const {
    return fail("malformed " + in_quotes("${" + std::string(inside) + "}") +
                ": expected ${NAME} or ${NAME:-default} (write $$ for a dollar)");
  }

  Position at_;
  const Environment& environment_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::string expand_environment(std::string_view text, Position at, const Environment& environment,
                               Diagnostics& diagnostics) {
  const Expander expander(at, environment, diagnostics);
  std::string out;
  while (true) {
    const std::size_t dollar = text.find('$');
    out += text.substr(0, dollar);
    if (dollar == std::string_view::npos) return out;
    text.remove_prefix(dollar);
    if (text.starts_with("$$")) {
      out += '$';
      text.remove_prefix(2);
    } else if (!text.starts_with("${")) {
      out += '$';
      text.remove_prefix(1);
    } else {
      const std::size_t close = text.find('}');
      if (close == std::string_view::npos) {
        expander.fail("'${' without a closing '}' (write $$ for a dollar)");
        return out.append(text);
      }
      const std::string_view whole = text.substr(0, close + 1);
      out += expander.reference(whole.substr(2, close - 2)).value_or(std::string(whole));
      text.remove_prefix(whole.size());
    }
    if (out.size() > kMostExpandedBytes) {
      expander.fail("more than 1 MiB after the expansion of environment variables");
      return out;
    }
  }
}

}  // namespace bpfmap::config
