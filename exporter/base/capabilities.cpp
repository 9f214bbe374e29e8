// SPDX-License-Identifier: Apache-2.0
#include "base/capabilities.h"

#include <linux/capability.h>
#include <sys/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <memory>

namespace bpfmap {
namespace {

constexpr std::string_view kPrefix = "cap_";

Error capability_error(const char* operation) {
  return Error{.kind = ErrorKind::kSystem,
               .operation = operation,
               .subject = "capabilities of the process",
               .code = errno};
}

using Words = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

__user_cap_header_struct header() { return {_LINUX_CAPABILITY_VERSION_3, 0}; }

}  // namespace

std::optional<std::string> capability_name(int number) {
  const std::unique_ptr<char, int (*)(void*)> name(::cap_to_name(number), ::cap_free);
  // A number that libcap has no name for is written as one.
  if (name == nullptr || !std::string_view(name.get()).starts_with(kPrefix)) return std::nullopt;
  return name.get();
}

std::optional<int> capability_number(std::string_view name) {
  std::string full(name);
  for (char& c : full) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (!full.starts_with(kPrefix)) full.insert(0, kPrefix);
  for (int number = 0; number < kMostCapabilities; ++number) {
    if (capability_name(number) == full) return number;
  }
  return std::nullopt;
}

std::string capability_names(CapabilitySet set) {
  std::string names;
  for (int number = 0; number < kMostCapabilities; ++number) {
    if (!set.has(number)) continue;
    if (!names.empty()) names += ',';
    names += capability_name(number).value_or(std::string(kPrefix) + std::to_string(number));
  }
  return names.empty() ? "none" : names;
}

Result<CapabilitySet> permitted_capabilities() {
  __user_cap_header_struct request = header();
  Words words{};
  if (::syscall(SYS_capget, &request, words.data()) != 0) {
    return unexpected(capability_error("read the"));
  }
  return CapabilitySet(words[0].permitted | std::uint64_t{words[1].permitted} << 32U);
}

Result<void> keep_capabilities(CapabilitySet kept) {
  const auto permitted = permitted_capabilities();
  if (!permitted) return unexpected(permitted.error());
  const std::uint64_t bits = permitted->both(kept).bits();
  __user_cap_header_struct request = header();
  Words words{};
  for (std::size_t word = 0; word < words.size(); ++word) {
    words[word].permitted = static_cast<std::uint32_t>(bits >> (32U * word));
    words[word].effective = words[word].permitted;
  }
  if (::syscall(SYS_capset, &request, words.data()) != 0) {
    return unexpected(capability_error("give up"));
  }
  return {};
}

void keep_capabilities_to_read(CapabilitySet others) {
  CapabilitySet kept = others;
  kept.add(CAP_DAC_READ_SEARCH);
  static_cast<void>(keep_capabilities(kept));
}

}  // namespace bpfmap
