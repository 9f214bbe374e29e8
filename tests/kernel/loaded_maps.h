// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "decode/compile_object.h"
#include "kernel/object.h"

namespace bpfmap::test {

using Bytes = std::vector<std::uint8_t>;

// Series as they are written, with the exact text of their values: a double would forget
// the low digits.
using Samples = std::map<std::string, std::string>;

// A row as `bpftool -j map dump` shows it: the reading that is independent of the exporter's.
struct DumpedRow {
  Bytes key;
  std::vector<Bytes> values;  // one, or one for each CPU
};

// A test object whose maps are loaded and can be filled, read by the exporter and read by bpftool.
// The maps end with it.
class LoadedMaps {
 public:
  // Fails the test where the object cannot be loaded.
  explicit LoadedMaps(const std::string& object);
  // One that the test has loaded, and attached perhaps.
  LoadedMaps(std::string name, kernel::Object object);

  int fd(const std::string& map) const { return object_.map_fd(map); }
  const kernel::MapInfo& info(const std::string& map) const;

  void update(const std::string& map, const void* key, const void* value);
  // The value's bytes for each CPU, as many as value_size says.
  void update_cpus(const std::string& map, const void* key, const std::vector<Bytes>& values);

  // What bpftool reads.
  std::vector<DumpedRow> dump(const std::string& map) const;

  // Compiles a configuration (YAML; `object:` is put before it), walks its first map with its
  // reader and renders it. An error becomes a failure of the test, and an empty page.
  std::string render(const std::string& yaml) const;
  // The same, taken apart. Fails the test where a series stands twice.
  Samples samples(const std::string& yaml) const;

 private:
  std::string name_;
  kernel::Object object_;
};

// All rows that a reader finds; a failed walk fails the test.
std::vector<DumpedRow> walk(kernel::MapReader& reader, const kernel::MapShape& shape,
                            std::uint32_t rows_per_batch);

// In the order of their keys, to be compared.
std::vector<DumpedRow> sorted(std::vector<DumpedRow> rows);
bool operator==(const DumpedRow& a, const DumpedRow& b);

}  // namespace bpfmap::test
