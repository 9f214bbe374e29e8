// SPDX-License-Identifier: Apache-2.0
#include "kernel/loaded_maps.h"

#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include "config/load.h"
#include "host/host_names.h"
#include "kernel/map_syscalls.h"
#include "kernel/open_reader.h"
#include "support/child_process.h"
#include "support/rendering.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

kernel::Object load(const std::string& name) {
  auto object = kernel::Object::open_file(test_object(name));
  if (!object) throw std::runtime_error(object.error().message());
  if (auto loaded = object->load({}); !loaded) throw std::runtime_error(loaded.error().message());
  return *std::move(object);
}

Bytes bytes_of(const YAML::Node& list) {
  Bytes bytes;
  for (const YAML::Node& item : list) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(item.as<std::string>(), nullptr, 16)));
  }
  return bytes;
}

}  // namespace

LoadedMaps::LoadedMaps(const std::string& object) : name_(object), object_(load(object)) {}

LoadedMaps::LoadedMaps(std::string name, kernel::Object object)
    : name_(std::move(name)), object_(std::move(object)) {}

const kernel::MapInfo& LoadedMaps::info(const std::string& map) const {
  for (const kernel::MapInfo& info : object_.maps()) {
    if (info.name == map) return info;
  }
  throw std::runtime_error("no map " + map + " in " + name_);
}

void LoadedMaps::update(const std::string& map, const void* key, const void* value) {
  const std::uint64_t flags = info(map).shape.has_spin_lock ? BPF_F_LOCK : 0;
  EXPECT_EQ(::bpf_map_update_elem(fd(map), key, value, flags), 0) << map << ": " << errno;
}

void LoadedMaps::update_cpus(const std::string& map, const void* key,
                             const std::vector<Bytes>& values) {
  const kernel::MapShape& shape = info(map).shape;
  ASSERT_EQ(values.size(), shape.cpus);
  Bytes row(shape.row_value_size());
  for (std::size_t cpu = 0; cpu < values.size(); ++cpu) {
    std::copy(values[cpu].begin(), values[cpu].end(),
              row.begin() + static_cast<std::ptrdiff_t>(cpu * shape.cpu_stride()));
  }
  update(map, key, row.data());
}

std::vector<DumpedRow> LoadedMaps::dump(const std::string& map) const {
  bpf_map_info info{};
  std::uint32_t size = sizeof(info);
  EXPECT_EQ(::bpf_obj_get_info_by_fd(fd(map), &info, &size), 0);
  const Finished dump =
      run_program({"bpftool", "-j", "map", "dump", "id", std::to_string(info.id)});
  EXPECT_EQ(dump.exit_code, 0) << dump.out << dump.err;
  std::vector<DumpedRow> rows;
  for (const YAML::Node& item : YAML::Load(dump.out)) {  // JSON is YAML
    DumpedRow row;
    row.key = bytes_of(item["key"]);
    if (item["values"]) {
      for (const YAML::Node& cpu : item["values"]) row.values.push_back(bytes_of(cpu["value"]));
    } else {
      row.values.push_back(bytes_of(item["value"]));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string LoadedMaps::render(const std::string& yaml) const {
  const auto source = std::make_shared<const config::Source>(
      config::Source{"test.yaml", "object: " + test_object(name_) + "\n" + yaml});
  config::Diagnostics diagnostics(source);
  const config::Config config =
      config::parse_config(source, config::process_environment(), diagnostics);
  decode::MetricNames names;
  const decode::ObjectPlan plan = decode::compile_object(
      config, {name_, object_.programs(), object_.maps(), object_.globals()}, names, diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << diagnostics.render();
  if (diagnostics.has_errors()) return {};
  const decode::MapPlan& map = plan.maps.at(0);
  auto reader = kernel::open_reader(map.info.name, fd(map.info.name), map.info.shape, map.reader,
                                    kernel::kernel_map_syscalls());
  EXPECT_TRUE(reader) << (reader ? "" : reader.error().message());
  if (!reader) return {};
  std::vector<kernel::RowBlock> rows;
  for (bool more = true; more;) {
    kernel::RowBlock block(map.info.shape, 64);
    const auto result = (*reader)->next_batch(block);
    EXPECT_TRUE(result) << (result ? "" : result.error().message());
    more = result && *result;
    rows.push_back(std::move(block));
  }
  host::HostNames host{std::make_shared<host::Host>()};
  return test::render(map.samples, rows, host).body.to_string();
}

Samples LoadedMaps::samples(const std::string& yaml) const {
  Samples samples;
  std::istringstream lines(render(yaml));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const std::size_t space = line.rfind(' ');
    const bool is_new = samples.emplace(line.substr(0, space), line.substr(space + 1)).second;
    EXPECT_TRUE(is_new) << "twice: " << line;
  }
  return samples;
}

std::vector<DumpedRow> walk(kernel::MapReader& reader, const kernel::MapShape& shape,
                            std::uint32_t rows_per_batch) {
  std::vector<DumpedRow> rows;
  reader.rewind();
  for (bool more = true; more;) {
    kernel::RowBlock block(shape, rows_per_batch);
    const auto result = reader.next_batch(block);
    EXPECT_TRUE(result) << (result ? "" : result.error().message());
    more = result && *result;
    for (std::uint32_t row = 0; row < block.count(); ++row) {
      DumpedRow dumped;
      const auto* key = reinterpret_cast<const std::uint8_t*>(block.key(row));
      dumped.key.assign(key, key + shape.key_size);
      const auto* value = reinterpret_cast<const std::uint8_t*>(block.value(row));
      for (std::uint32_t cpu = 0; cpu < shape.cpus; ++cpu, value += shape.cpu_stride()) {
        dumped.values.emplace_back(value, value + shape.value_size);
      }
      rows.push_back(std::move(dumped));
    }
  }
  return rows;
}

std::vector<DumpedRow> sorted(std::vector<DumpedRow> rows) {
  std::sort(rows.begin(), rows.end(),
            [](const DumpedRow& a, const DumpedRow& b) { return a.key < b.key; });
  return rows;
}

bool operator==(const DumpedRow& a, const DumpedRow& b) {
  return a.key == b.key && a.values == b.values;
}

}  // namespace bpfmap::test
