// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace bpfmap::config {

// A valid file with every key of the language.
inline constexpr const char* kEveryKey = R"(# every key
object: packets.bpf.o
prefix: acme_
labels: { team: network, site: "${SITE:-lab}" }
interval: 10s
max_age: 500ms
globals: { sample_rate: 100, name: "100", ports: [80, 443] }
programs:
  count_packets:
    attach: { xdp: { interfaces: [eth0, "veth*"], mode: generic } }
  count_egress:
    attach:
      - tc: { interfaces: eth0, direction: egress, priority: 10 }
      - cgroup: /sys/fs/cgroup
      - cgroup: { path: /sys/fs/cgroup/a, type: cgroup_skb/egress }
  profile: { attach: { perf_event: { type: software, event: cpu-clock, frequency: 99 } } }
  misses: { attach: { perf_event: { type: hardware, event: cache-misses, period: 1000 } } }
  probe: { attach: { uprobe: { binary: a, symbol: b, offset: 4, return: true, pid: 7 } } }
  trace: { attach: { usdt: { binary: a, provider: b, name: c, pid: 7 } } }
  old_kernels: { required: false }
  debugging: { load: false }
  by_section:
  lookup: { attach: { netns: { path: /run/netns/x } } }
  one_of: [[by_btf, by_btf_too], [by_raw]]
maps:
  - map: packets
    mode: read
    reader: batch
    interval: 1s
    max_age: 250ms
    skip_zero: true
    cpu: core
    labels: &labels
      interface: { field: key.ifindex, decode: ifname }
      protocol:
      port: { decode: [number, { map: { table: { 80: http }, keep_unknown: true } }] }
      source: { constant: kernel }
      mac: { offset: 4, size: 6, type: bytes, decode: { hex: } }
    metrics:
      - counter: packets_total
        help: Packets seen.
        value: packets
        scale: 0.5
        aggregate: sum
      - { gauge: backlog_seconds, value: { offset: 8, type: u64 }, unit: 100us, aggregate: max }
      - histogram: size_bytes
        value: sizes
        buckets: { scale: exp2zero, min: 1, max: 16, unit: 1KiB, sum: total }
  - map: latency
    labels:
      <<: *labels
      protocol: { field: proto }
    cpu: true
    metrics:
      - histogram: latency_seconds
        bucket: slot
        buckets: { scale: exp2, min: 0, max: 26, unit: 1us, sum: { key: 27 } }
      - histogram: wait_seconds
        bucket: { offset: 0, type: u32 }
        buckets: { scale: linear, step: 2.5, max: 9, sum: { offset: 8, type: u64 } }
      - histogram: depth
        buckets: { scale: explicit, bounds: [0.5, 1, 1e3], unit: 1 }
      - histogram: batch
        buckets: [1, 10]
  - map: totals
    labels: {}
    cpu: false
    metrics: [ { counter: all_total } ]
  - map: requests
    event: struct request
    buffer: 64KiB
    max_entries: 65536
    max_series: 500
    labels: { op: }
    metrics: [ { counter: requests_total } ]
  - map: outer
    key_size: 4
    value_size: 4
    inner: { max_entries: 64, value_size: 8, key_size: 4 }
  - map: owners
    labels:
      comm: { value: owner.comm, keep: "[a-z]+" }
      tag: { value: { offset: 24, size: 4, type: char } }
    metrics:
      - { gauge: seen_seconds, value: seen, clock: monotonic, aggregate: min }
      - { gauge: last_seconds, value: last, clock: boot }
pin: true
)";

}  // namespace bpfmap::config
