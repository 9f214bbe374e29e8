// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "collect/event_totals.h"
#include "decode/compile/compile_events.h"
#include "support/row_builder.h"
#include "unit/collect/collect_fixture.h"

// Streams without a kernel: events by hand, and the plans of their maps.
namespace bpfmap::collect {

struct Event {
  std::uint64_t id = 0;
  std::uint64_t bytes = 0;
};

// What rows have for a value with kEventSettings.
struct EventRow {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  std::uint64_t slots[5] = {};
  std::uint64_t sum = 0;
};

inline constexpr const char* kEventSettings =
    "labels: { id: }, metrics: [ { counter: a_total }, { counter: bytes_total, value: bytes }, "
    "{ histogram: size, value: bytes, buckets: { scale: linear, max: 3 } } ]";

// From an entry of `maps` without its braces and name.
inline decode::CompiledEvents compile_events(const std::string& settings,
                                             std::uint32_t type = BPF_MAP_TYPE_RINGBUF) {
  const auto source = std::make_shared<const config::Source>(config::Source{
      "test.yaml", "object: x.bpf.o\nmaps: [ { map: events, " + settings + " } ]\n"});
  config::Diagnostics diagnostics(source);
  const auto no_variables = [](const std::string&) { return std::optional<std::string>(); };
  const config::Config config = config::parse_config(source, no_variables, diagnostics);
  kernel::MapInfo info;
  info.name = "events";
  info.shape.type = type;
  info.value = test::structure("struct event",
                               {{"id", test::number("u64")}, {"bytes", test::number("u64")}});
  auto compiled = decode::compile_events(config, config.maps.at(0), info, {}, {}, diagnostics);
  if (!compiled) throw std::runtime_error(diagnostics.render());
  return *std::move(compiled);
}

inline void add(EventTotals& totals, const Event& event) {
  totals.add(std::as_bytes(std::span(&event, 1)));
}

}  // namespace bpfmap::collect
