// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/diagnostics.h"
#include "config/tree.h"
#include "model/attach_target.h"
#include "model/reader_choice.h"

// The typed model of a configuration file: docs/configuration.md describes the language. A Config
// is built once by parse_config() and immutable afterwards, hence readable from any thread. It says
// nothing about what exists in the object or kernel: decode/ checks that against BTF, with the
// positions kept here.
namespace bpfmap::config {

// Multiplies by numerator / denominator. A ratio and not a factor, because 15 / 1e6 is 0.000015
// exactly rounded, where 15 * 1e-6 is not.
struct Ratio {
  double numerator = 1;
  double denominator = 1;
};

// A part of a key or value: a path through BTF ("a.b[2].c"), or bytes named by hand where there
// is no BTF.
struct ExplicitField {
  std::uint32_t offset = 0;
  std::optional<std::uint32_t> size;  // bytes; needed for char and bytes, makes an array of numbers
  std::string type;                   // u8..u64, s8..s64, be16..be64, f32, f64, bool, char, bytes
};
struct FieldRef {
  Position at;
  std::string path;  // empty where `bytes` is set
  std::optional<ExplicitField> bytes;
};

// `decode: name`, `decode: {name: arguments}`, or a list of them, applied in order.
struct DecoderConfig {
  Located<std::string> name;
  Tree arguments;  // kNull where there are none
};

struct LabelConfig {
  Located<std::string> name;
  FieldRef field;  // the label's own name where the user left it out
  // `value: comm`: the field is one of the value, and not of the key.
  bool is_of_value = false;
  std::optional<Located<std::string>> constant;  // `constant: text`: the field is unused then
  std::vector<DecoderConfig> decode;             // empty: by the BTF type
  // Regular expressions (RE2) that the whole of the label's text must, or must not, match.
  std::optional<Located<std::string>> keep;
  std::optional<Located<std::string>> drop;
};

enum class MetricKind { kCounter, kGauge, kHistogram };
enum class Aggregate { kSum, kMax, kMin };
// What counts the nanoseconds since boot: bpf_ktime_get_boot_ns(), or bpf_ktime_get_ns(), which
// stands still while the machine sleeps.
enum class BootClock { kBoot, kMonotonic };
// What the slot of a value v is. Those that round up have bounds that v can be; those that round
// down end before the next slot begins.
enum class BucketScale {
  kExp2,          // the smallest i with v <= 2^i
  kExp2Zero,      // the same, one higher: slot 0 is 0
  kLog2,          // floor(log2(v)); 0 for 0
  kBccHist,       // the same, one higher: bpf_log2l() of bcc
  kBpftraceHist,  // hist() of bpftrace: slot 0 is what is negative
  kBpftraceLhist,
  kLinear,       // the smallest i with v <= i * step
  kLinearFloor,  // floor(v / step)
  kExplicit,     // a slot is an index of the bounds
  kFixed,        // a slot is a bound itself
};

// The arguments of bpftrace's lhist(): slot 0 is what lies below `min`, the last what lies above.
struct LhistRange {
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::int64_t step = 1;
};

struct BucketsConfig {
  Position at;
  BucketScale scale = BucketScale::kExp2;
  // `guessed: true`: nothing has confirmed the scale yet.
  std::optional<Position> guessed;
  std::uint32_t bits = 0;  // kBpftraceHist: the argument of hist() of that name
  LhistRange lhist;        // kBpftraceLhist, which has neither `min`, `max` nor `step`
  std::optional<Located<std::int64_t>> min;  // slot of the first bucket, inclusive
  std::optional<Located<std::int64_t>> max;  // slot of the last finite bucket, inclusive
  std::optional<Located<double>> step;       // kLinear, kLinearFloor (whole); 1 where left out
  std::vector<Located<double>> bounds;  // kExplicit, kFixed (whole numbers): strictly increasing
  Ratio unit;                           // what a 1 of bounds and sum is in the metric's unit
  std::optional<FieldRef> sum;          // a field of the value
  std::optional<Located<std::uint64_t>> sum_key;  // or the slot whose entry holds the sum
};

struct MetricConfig {
  MetricKind kind = MetricKind::kCounter;
  Located<std::string> name;  // without the prefix
  std::string help;
  std::optional<FieldRef> value;
  std::optional<FieldRef> bucket;  // histogram: the key field that holds the slot
  std::optional<BucketsConfig> buckets;
  Ratio scale;  // of counters and gauges
  std::optional<Located<Aggregate>> aggregate;
  // Of a gauge that is a point in time: what the value is read from. It is in nanoseconds then, is
  // exported as a Unix time in seconds, and has an aggregate, which is no sum.
  std::optional<Located<BootClock>> clock;
};

// Where a map comes from.
enum class MapOrigin {
  kObject,      // a map of the file's object
  kVariable,    // a global variable of the file's object
  kPinned,      // maps pinned in bpffs, by path or glob
  kLoadedName,  // maps that another process has loaded, by name
  kLoadedId,    // or by id
};

// read: what the map holds. accumulate: totals in user space that survive eviction and deletion.
// drain: entries are taken out of the map and added to totals.
enum class MapMode { kRead, kAccumulate, kDrain };

struct TopConfig {
  Position at;
  std::uint64_t n = 0;
  std::optional<Located<std::string>> by;  // a metric of the map; its first where there is none
};

// What only a map that carries events has.
struct EventConfig {
  std::optional<Located<std::string>> type;      // the struct; with or without "struct "
  std::optional<Located<std::uint64_t>> size;    // or its bytes, where no BTF describes it
  std::optional<Located<std::uint64_t>> buffer;  // bytes for each CPU
  std::optional<Duration> reset_every;           // totals begin anew at 0 after that time
};

// A key that the file describes as bytes, one label behind the other, as ebpf_exporter's format
// does. What is said about it can only be judged when the map is known.
struct KeyLayout {
  Position at;
  std::uint32_t bytes = 0;  // of all labels, with what is skipped behind them
  // The last label is called cpu and has 2 bytes: of a per-CPU map it is the CPU, and no part
  // of the key.
  bool may_end_with_cpu = false;
};

// How a map that others have loaded is looked for.
struct ForeignConfig {
  std::string name;                              // the path or glob, or the name
  std::optional<Located<std::string>> program;   // only maps that a program of that name uses,
  std::optional<Located<std::string>> owner;     // or that a process holds: its name or its pid
  std::optional<Located<std::string>> variable;  // the map is a section of variables: this one
  bool adds_up = false;                          // `map_label: false`: several are meant as one
};

struct MapConfig {
  // The name in the object, the variable, the path or glob, the name or "id 7", with
  // what chooses among maps of that name behind it: also what messages and the exporter's own
  // metrics call it.
  Located<std::string> map;
  MapOrigin origin = MapOrigin::kObject;
  std::uint32_t id = 0;   // kLoadedId
  ForeignConfig foreign;  // unless the map is the object's
  // Of several maps that match: a label that tells them apart, which names the file or the id.
  std::optional<Located<std::string>> map_label;
  Located<model::ReaderChoice> reader{model::ReaderChoice::kAuto, {}};
  Duration interval{};  // the file's or the default where the map has none of its own
  Duration max_age{};
  std::optional<std::vector<LabelConfig>> labels;  // nullopt: every key field
  std::optional<Located<std::string>> cpu_label;   // `cpu: true` or `cpu: NAME`
  std::optional<Located<std::uint64_t>> only_key;  // the one entry that is read
  std::optional<KeyLayout> layout;                 // only in files of ebpf_exporter's format
  bool skip_zero = false;
  Located<MapMode> mode{MapMode::kRead, {}};
  std::optional<Located<std::uint64_t>> max_series;
  std::optional<TopConfig> top;
  std::optional<Located<Duration>> expire_after;
  bool delete_expired = false;
  EventConfig events;
  std::vector<MetricConfig> metrics;

  bool is_foreign() const { return origin != MapOrigin::kObject && origin != MapOrigin::kVariable; }
};

// What a program is attached to, where its section does not say it all.
struct AttachConfig {
  Position at;        // of its kind: of `xdp` in `attach: { xdp: ... }`
  Position named_at;  // of what it names: the interfaces, the path, the event or the binary
  model::AttachTarget target;
};

struct ProgramConfig {
  Located<std::string> name;
  bool load = true;                  // false: the program is left out altogether
  bool required = true;              // false: a failure to load or attach is a warning and a metric
  std::vector<AttachConfig> attach;  // empty: by the section's name
  bool has_attach = false;           // also where what it says is wrong, which is reported already
};

// Sets of programs, of which the first that works is used.
struct ProgramSet {
  Position at;
  std::vector<Located<std::string>> programs;
};
struct AlternativesConfig {
  Position at;
  std::vector<ProgramSet> sets;
};

// The size of a map, where it is not the object's. None of the numbers is 0.
struct MapSizeConfig {
  std::optional<Located<std::uint64_t>> key_size;
  std::optional<Located<std::uint64_t>> value_size;
  std::optional<Located<std::uint64_t>> max_entries;

  bool empty() const { return !key_size && !value_size && !max_entries; }
};
struct MapSizesConfig {
  Located<std::string> map;
  MapSizeConfig own;
  MapSizeConfig inner;  // of the maps in a map of maps
};

struct GlobalConfig {
  Located<std::string> name;
  Tree value;
};

// A global variable that gets the address of a kernel symbol before the object is loaded.
struct KernelAddressConfig {
  Located<std::string> global;
  Located<std::string> symbol;
};

// A map that is kept filled with the ids of cgroups: those whose path some expression matches.
struct CgroupIdsConfig {
  Located<std::string> map;
  std::vector<Located<std::string>> paths;  // regular expressions (RE2), found anywhere in the path
};

struct ConstantLabel {
  Located<std::string> name;
  std::string value;
};

// Whose format a file is written in.
enum class Dialect { kOwn, kEbpfExporter };

struct Config {
  std::shared_ptr<const Source> source;
  Dialect dialect = Dialect::kOwn;
  // The file's name without folder and ending; the `config` label of the exporter's own metrics.
  std::string name;
  std::string sha256;  // of the file's bytes, lower-case hex
  // Path; relative ones are made relative to the file's folder.
  std::optional<Located<std::string>> object;
  std::optional<Located<std::string>> builtin;  // or the name of an embedded object
  // Where the object is named, for what concerns it as a whole.
  Position object_position() const {
    if (object) return object->at;
    return builtin ? builtin->at : Position{};
  }
  Located<std::string> prefix;
  std::vector<ConstantLabel> labels;
  std::vector<GlobalConfig> globals;
  std::vector<KernelAddressConfig> kernel_addresses;
  std::vector<ProgramConfig> programs;
  std::vector<AlternativesConfig> alternatives;
  bool programs_required = true;  // those that `programs` does not name
  std::vector<CgroupIdsConfig> cgroup_ids;
  std::vector<MapConfig> maps;
  std::vector<MapSizesConfig> map_sizes;  // of maps of the object, those without metrics too
  bool inventory = false;                 // metrics of all programs, maps and links of the system
  // `pin: true`: maps and programs outlive the exporter.
  Located<bool> pin{false, {}};

  bool has_object() const { return object.has_value() || builtin.has_value(); }
};

inline constexpr Duration kDefaultInterval = std::chrono::seconds(5);
inline constexpr Duration kDefaultMaxAge = std::chrono::seconds(1);

}  // namespace bpfmap::config
