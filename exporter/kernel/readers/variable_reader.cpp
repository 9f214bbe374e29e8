// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/variable_reader.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernel/readers/walk_error.h"

namespace bpfmap::kernel {

VariableReader::VariableReader(std::string name, int section, std::uint32_t section_size,
                               const VariablePlace& place)
    : name_(std::move(name)), section_(section), section_size_(section_size), place_(place) {
  shape_.type = BPF_MAP_TYPE_ARRAY;
  shape_.key_size = sizeof(std::uint32_t);
  shape_.value_size = place.element_size;
  shape_.max_entries = place.elements;
}

Result<std::unique_ptr<MapReader>> VariableReader::open(const std::string& name, int section,
                                                        std::uint32_t section_size,
                                                        const VariablePlace& place) {
  const std::uint64_t end = place.offset + std::uint64_t{place.elements} * place.element_size;
  if (end > section_size) return walk_error(name, 0, "it ends beyond its section");
  std::unique_ptr<VariableReader> reader(new VariableReader(name, section, section_size, place));
  void* memory = ::mmap(nullptr, section_size, PROT_READ, MAP_SHARED, section, 0);
  if (memory != MAP_FAILED) {
    reader->memory_ = static_cast<const std::byte*>(memory);
  } else {
    reader->copy_ = std::make_unique<std::byte[]>(section_size);
  }
  if (auto section_read = reader->read_section(); !section_read) {
    return unexpected(section_read.error());
  }
  return std::unique_ptr<MapReader>(std::move(reader));
}

VariableReader::~VariableReader() {
  if (memory_ != nullptr) ::munmap(const_cast<std::byte*>(memory_), section_size_);
}

Result<const std::byte*> VariableReader::read_section() {
  if (memory_ != nullptr) return memory_;
  const std::uint32_t only = 0;
  if (bpf_map_lookup_elem(section_, &only, copy_.get()) != 0) {
    return walk_error(name_, errno, "look up its section");
  }
  return copy_.get();
}

Result<bool> VariableReader::next_batch(RowBlock& block) {
  block.set_count(0);
  if (block.capacity() == 0) block.reserve(64);
  auto section = read_section();
  if (!section) return unexpected(section.error());
  const std::uint32_t count = std::min(block.capacity(), place_.elements - at_);
  for (std::uint32_t row = 0; row < count; ++row) {
    const std::uint32_t index = at_ + row;
    std::memcpy(block.keys() + std::size_t{row} * sizeof(index), &index, sizeof(index));
  }
  const std::byte* from = *section + place_.offset + std::size_t{at_} * place_.element_size;
  std::memcpy(block.values(), from, std::size_t{count} * place_.element_size);
  block.set_count(count);
  at_ += count;
  return at_ < place_.elements;
}

Result<std::unique_ptr<MapReader>> open_variable_reader(const std::string& name, int section,
                                                        std::uint32_t section_size,
                                                        const VariablePlace& place) {
  return VariableReader::open(name, section, section_size, place);
}

}  // namespace bpfmap::kernel
