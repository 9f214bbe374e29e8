// SPDX-License-Identifier: Apache-2.0
#include "collect/self/inventory_families.h"

#include <optional>
#include <string>

#include "collect/self/family_builder.h"

namespace bpfmap::collect {
namespace {

using Families = std::vector<prometheus::MetricFamily>;

prometheus::MetricFamily gauge(const char* name, const char* help) {
  return make_family(name, help, prometheus::MetricType::Gauge);
}

prometheus::MetricFamily counter(const char* name, const char* help) {
  return make_family(name, help, prometheus::MetricType::Counter);
}

template <typename Record>
LabelPairs identity_of(const Record& record) {
  return {{"id", std::to_string(record.id)}, {"name", record.name}, {"type", record.type}};
}

template <typename Number>
void add_if_known(prometheus::MetricFamily& family, const LabelPairs& labels,
                  const std::optional<Number>& number) {
  if (number) add_sample(family, labels, static_cast<double>(*number));
}

// A label without a value says nothing in Prometheus, so it is left out.
void add_label(LabelPairs& labels, const char* name, const std::string& value) {
  if (!value.empty()) labels.emplace_back(name, value);
}
template <typename Number>
void add_label(LabelPairs& labels, const char* name, const std::optional<Number>& number) {
  if (number) labels.emplace_back(name, std::to_string(*number));
}

}  // namespace

Families program_families(const std::vector<kernel::ProgramRecord>& programs,
                          double boot_time_seconds) {
  auto info = gauge("bpf_program_info", "A BPF program of the system; always 1.");
  auto maps = gauge("bpf_program_map_info", "A map that the program uses; always 1.");
  auto runs = counter("bpf_program_runs_total", "Runs while the kernel's BPF statistics were on.");
  auto seconds = counter("bpf_program_run_seconds_total",
                         "Time spent in it while the kernel's BPF statistics were on.");
  auto misses = counter("bpf_program_recursion_misses_total",
                        "Runs that did not take place because the program was running already.");
  auto memory = gauge("bpf_program_memory_bytes", "Kernel memory of its instructions.");
  auto verified = gauge("bpf_program_verified_instructions",
                        "Instructions that the verifier went through when it was loaded.");
  auto loaded =
      gauge("bpf_program_load_time_seconds", "Time it was loaded, since unix epoch in seconds.");
  for (const kernel::ProgramRecord& program : programs) {
    const LabelPairs labels = identity_of(program);
    LabelPairs tagged = labels;
    tagged.emplace_back("tag", program.tag);
    add_sample(info, tagged, 1);
    for (const std::uint32_t map : program.map_ids) {
      add_sample(maps, {{"id", labels.front().second}, {"map_id", std::to_string(map)}}, 1);
    }
    add_sample(runs, labels, static_cast<double>(program.runs));
    add_sample(seconds, labels, static_cast<double>(program.run_nanoseconds) / 1e9);
    add_if_known(misses, labels, program.recursion_misses);
    add_if_known(memory, labels, program.memory_bytes);
    add_if_known(verified, labels, program.verified_instructions);
    add_sample(loaded, labels, boot_time_seconds + static_cast<double>(program.load_time_ns) / 1e9);
  }
  return {std::move(info),   std::move(maps),   std::move(runs),     std::move(seconds),
          std::move(misses), std::move(memory), std::move(verified), std::move(loaded)};
}

Families map_families(const std::vector<kernel::MapRecord>& maps) {
  auto info = gauge("bpf_map_info", "A BPF map of the system; always 1.");
  auto max_entries = gauge("bpf_map_max_entries",
                           "Entries it has room for; bytes of a ring buffer or an arena's pages.");
  auto keys = gauge("bpf_map_key_bytes", "Size of a key.");
  auto values = gauge("bpf_map_value_bytes", "Size of a value; of one CPU's in per-CPU maps.");
  auto memory = gauge("bpf_map_memory_bytes", "Kernel memory of the map.");
  auto entries = gauge("bpf_map_entries", "Entries it has, of hash maps.");
  for (const kernel::MapRecord& map : maps) {
    const LabelPairs labels = identity_of(map);
    LabelPairs described = labels;
    if (map.frozen) described.emplace_back("frozen", *map.frozen ? "true" : "false");
    add_sample(info, described, 1);
    add_sample(max_entries, labels, map.max_entries);
    add_sample(keys, labels, map.key_bytes);
    add_sample(values, labels, map.value_bytes);
    add_if_known(memory, labels, map.memory_bytes);
    add_if_known(entries, labels, map.entries);
  }
  return {std::move(info),   std::move(max_entries), std::move(keys),
          std::move(values), std::move(memory),      std::move(entries)};
}

Families link_families(const std::vector<kernel::LinkRecord>& links) {
  auto info = gauge("bpf_link_info", "A BPF link of the system and what it is for; always 1.");
  for (const kernel::LinkRecord& link : links) {
    LabelPairs labels{{"id", std::to_string(link.id)}, {"type", link.type}};
    if (link.program_id != 0) labels.emplace_back("program_id", std::to_string(link.program_id));
    add_label(labels, "attach_type", link.attach_type);
    add_label(labels, "target", link.target);
    add_label(labels, "ifindex", link.ifindex);
    add_label(labels, "cgroup_id", link.cgroup_id);
    add_label(labels, "netns", link.netns);
    add_label(labels, "map_id", link.map_id);
    add_sample(info, labels, 1);
  }
  return {std::move(info)};
}

Families owner_families(const kernel::OwnerList& list) {
  auto programs =
      gauge("bpf_program_owner_info", "A process that holds the program open; always 1.");
  auto maps = gauge("bpf_map_owner_info", "A process that holds the map open; always 1.");
  auto links = gauge("bpf_link_owner_info", "A process that holds the link open; always 1.");
  const auto family_of = [&](kernel::ObjectKind kind) -> prometheus::MetricFamily& {
    switch (kind) {
      case kernel::ObjectKind::kMap: return maps;
      case kernel::ObjectKind::kLink: return links;
      default: return programs;
    }
  };
  for (const kernel::OwnerRecord& owner : list.owners) {
    add_sample(family_of(owner.kind),
               {{"id", std::to_string(owner.id)},
                {"pid", std::to_string(owner.pid)},
                {"comm", owner.comm}},
               1);
  }
  auto complete = gauge("bpf_inventory_owners_complete",
                        "Whether every process could be looked into for descriptors.");
  add_sample(complete, {}, list.complete ? 1 : 0);
  return {std::move(programs), std::move(maps), std::move(links), std::move(complete)};
}

}  // namespace bpfmap::collect
