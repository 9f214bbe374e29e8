// SPDX-License-Identifier: Apache-2.0
#include "kernel/perf_event_names.h"

#include <linux/perf_event.h>

#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/suggest.h"

namespace bpfmap::kernel {
namespace {

struct NamedCode {
  std::string_view name;
  std::uint64_t code;
};

constexpr std::array<NamedCode, 4> kEventTypes{{{"hardware", PERF_TYPE_HARDWARE},
                                                {"software", PERF_TYPE_SOFTWARE},
                                                {"hw_cache", PERF_TYPE_HW_CACHE},
                                                {"raw", PERF_TYPE_RAW}}};

constexpr std::array<NamedCode, 14> kHardware{{
    {"cpu-cycles", PERF_COUNT_HW_CPU_CYCLES},
    {"cycles", PERF_COUNT_HW_CPU_CYCLES},
    {"instructions", PERF_COUNT_HW_INSTRUCTIONS},
    {"cache-references", PERF_COUNT_HW_CACHE_REFERENCES},
    {"cache-misses", PERF_COUNT_HW_CACHE_MISSES},
    {"branch-instructions", PERF_COUNT_HW_BRANCH_INSTRUCTIONS},
    {"branches", PERF_COUNT_HW_BRANCH_INSTRUCTIONS},
    {"branch-misses", PERF_COUNT_HW_BRANCH_MISSES},
    {"bus-cycles", PERF_COUNT_HW_BUS_CYCLES},
    {"stalled-cycles-frontend", PERF_COUNT_HW_STALLED_CYCLES_FRONTEND},
    {"idle-cycles-frontend", PERF_COUNT_HW_STALLED_CYCLES_FRONTEND},
    {"stalled-cycles-backend", PERF_COUNT_HW_STALLED_CYCLES_BACKEND},
    {"idle-cycles-backend", PERF_COUNT_HW_STALLED_CYCLES_BACKEND},
    {"ref-cycles", PERF_COUNT_HW_REF_CPU_CYCLES},
}};

constexpr std::array<NamedCode, 15> kSoftware{{
    {"cpu-clock", PERF_COUNT_SW_CPU_CLOCK},
    {"task-clock", PERF_COUNT_SW_TASK_CLOCK},
    {"page-faults", PERF_COUNT_SW_PAGE_FAULTS},
    {"faults", PERF_COUNT_SW_PAGE_FAULTS},
    {"context-switches", PERF_COUNT_SW_CONTEXT_SWITCHES},
    {"cs", PERF_COUNT_SW_CONTEXT_SWITCHES},
    {"cpu-migrations", PERF_COUNT_SW_CPU_MIGRATIONS},
    {"migrations", PERF_COUNT_SW_CPU_MIGRATIONS},
    {"minor-faults", PERF_COUNT_SW_PAGE_FAULTS_MIN},
    {"major-faults", PERF_COUNT_SW_PAGE_FAULTS_MAJ},
    {"alignment-faults", PERF_COUNT_SW_ALIGNMENT_FAULTS},
    {"emulation-faults", PERF_COUNT_SW_EMULATION_FAULTS},
    {"dummy", PERF_COUNT_SW_DUMMY},
    {"bpf-output", 10},       // PERF_COUNT_SW_BPF_OUTPUT
    {"cgroup-switches", 11},  // PERF_COUNT_SW_CGROUP_SWITCHES, missing from older headers
}};

// The names of a cache event: CACHE-OPERATION, where a miss is `load-misses` and an
// access is `loads`.
constexpr std::array<NamedCode, 7> kCaches{{{"L1-dcache", PERF_COUNT_HW_CACHE_L1D},
                                            {"L1-icache", PERF_COUNT_HW_CACHE_L1I},
                                            {"LLC", PERF_COUNT_HW_CACHE_LL},
                                            {"dTLB", PERF_COUNT_HW_CACHE_DTLB},
                                            {"iTLB", PERF_COUNT_HW_CACHE_ITLB},
                                            {"branch", PERF_COUNT_HW_CACHE_BPU},
                                            {"node", PERF_COUNT_HW_CACHE_NODE}}};

constexpr std::uint64_t cache_operation(std::uint64_t operation, std::uint64_t result) {
  return operation << 8 | result << 16;
}

constexpr std::array<NamedCode, 6> kCacheOperations{{
    {"loads", cache_operation(PERF_COUNT_HW_CACHE_OP_READ, PERF_COUNT_HW_CACHE_RESULT_ACCESS)},
    {"load-misses", cache_operation(PERF_COUNT_HW_CACHE_OP_READ, PERF_COUNT_HW_CACHE_RESULT_MISS)},
    {"stores", cache_operation(PERF_COUNT_HW_CACHE_OP_WRITE, PERF_COUNT_HW_CACHE_RESULT_ACCESS)},
    {"store-misses",
     cache_operation(PERF_COUNT_HW_CACHE_OP_WRITE, PERF_COUNT_HW_CACHE_RESULT_MISS)},
    {"prefetches",
     cache_operation(PERF_COUNT_HW_CACHE_OP_PREFETCH, PERF_COUNT_HW_CACHE_RESULT_ACCESS)},
    {"prefetch-misses",
     cache_operation(PERF_COUNT_HW_CACHE_OP_PREFETCH, PERF_COUNT_HW_CACHE_RESULT_MISS)},
}};

std::optional<std::uint64_t> find(std::span<const NamedCode> list, std::string_view name) {
  for (const NamedCode& candidate : list) {
    if (candidate.name == name) return candidate.code;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> code_of(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  }
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string> names_of(std::span<const NamedCode> list) {
  std::vector<std::string> names;
  for (const NamedCode& candidate : list) names.emplace_back(candidate.name);
  return names;
}

std::vector<std::string> cache_event_names() {
  std::vector<std::string> names;
  for (const NamedCode& cache : kCaches) {
    for (const NamedCode& operation : kCacheOperations) {
      names.push_back(std::string(cache.name) + "-" + std::string(operation.name));
    }
  }
  return names;
}

std::optional<std::uint64_t> find_cache_event(std::string_view event) {
  for (const NamedCode& cache : kCaches) {
    if (!event.starts_with(cache.name)) continue;
    const std::string_view rest = event.substr(cache.name.size());
    if (!rest.starts_with('-')) continue;
    if (const auto operation = find(kCacheOperations, rest.substr(1))) {
      return cache.code | *operation;
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> find_event(std::uint64_t type, std::string_view event) {
  if (const auto number = code_of(event)) return number;
  switch (type) {
    case PERF_TYPE_HARDWARE: return find(kHardware, event);
    case PERF_TYPE_SOFTWARE: return find(kSoftware, event);
    case PERF_TYPE_HW_CACHE: return find_cache_event(event);
    case PERF_TYPE_RAW:
      return event.starts_with('r') ? code_of("0x" + std::string(event.substr(1))) : std::nullopt;
    default: return std::nullopt;
  }
}

std::string suggest_event(std::uint64_t type, std::string_view event) {
  switch (type) {
    case PERF_TYPE_HARDWARE: return suggestion(event, names_of(kHardware));
    case PERF_TYPE_SOFTWARE: return suggestion(event, names_of(kSoftware));
    case PERF_TYPE_HW_CACHE: return suggestion(event, cache_event_names());
    default: return " (events of this type are numbers)";
  }
}

}  // namespace

Result<PerfEventCode> perf_event_code(const std::string& type, const std::string& event) {
  Error error{.kind = ErrorKind::kConfiguration};
  auto type_code = find(kEventTypes, type);
  if (!type_code) type_code = code_of(type);
  if (!type_code || *type_code > UINT32_MAX) {
    error.operation =
        "unknown perf event type '" + type + "'" + suggestion(type, names_of(kEventTypes));
    return unexpected(std::move(error));
  }
  const auto config = find_event(*type_code, event);
  if (!config) {
    error.operation =
        "unknown " + type + " event '" + event + "'" + suggest_event(*type_code, event);
    return unexpected(std::move(error));
  }
  return PerfEventCode{static_cast<std::uint32_t>(*type_code), *config};
}

}  // namespace bpfmap::kernel
