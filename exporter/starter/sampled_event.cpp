// SPDX-License-Identifier: Apache-2.0
#include "starter/sampled_event.h"

#include <array>
#include <string_view>
#include <vector>

#include "starter/words.h"

namespace bpfmap::starter {
namespace {

// Names of programs have one word of each list; an empty second list asks for none.
struct EventWords {
  std::array<std::string_view, 4> first;
  std::array<std::string_view, 4> second;
  std::string_view type;
  std::string_view event;
};

constexpr auto kEvents = std::to_array<EventWords>({
    {{"cache", "llc"}, {"miss", "misses"}, "hardware", "cache-misses"},
    {{"cache", "llc"}, {"ref", "refs", "reference", "references"}, "hardware", "cache-references"},
    {{"branch", "branches"}, {"miss", "misses"}, "hardware", "branch-misses"},
    {{"branches"}, {}, "hardware", "branch-instructions"},
    {{"instructions", "insns"}, {}, "hardware", "instructions"},
    {{"cycles"}, {}, "hardware", "cpu-cycles"},
    {{"major", "majflt"}, {"fault", "faults", "majflt"}, "software", "major-faults"},
    {{"fault", "faults", "pagefault", "pagefaults"}, {}, "software", "page-faults"},
    {{"migration", "migrations"}, {}, "software", "cpu-migrations"},
    {{"switch", "switches"}, {}, "software", "context-switches"},
    {{"sample", "samples", "profile", "clock"}, {}, "software", "cpu-clock"},
});

bool has_one_of(const std::vector<std::string>& words,
                const std::array<std::string_view, 4>& wanted) {
  return !first_of(words, wanted).empty();
}

}  // namespace

std::optional<SampledEvent> sampled_event(const std::string& program) {
  const std::vector<std::string> words = words_of(program);
  for (const EventWords& event : kEvents) {
    const bool needs_second = !event.second.front().empty();
    if (!has_one_of(words, event.first)) continue;
    if (needs_second && !has_one_of(words, event.second)) continue;
    const bool is_hardware = event.type == "hardware";
    const bool is_clock = event.event == "cpu-clock";
    return SampledEvent{"{ type: " + std::string(event.type) +
                            ", event: " + std::string(event.event) +
                            (is_clock      ? ", frequency: 99 }"
                             : is_hardware ? ", period: 100000 }"
                                           : ", period: 1 }"),
                        std::string(event.event), is_hardware};
  }
  return std::nullopt;
}

}  // namespace bpfmap::starter
