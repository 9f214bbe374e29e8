// SPDX-License-Identifier: Apache-2.0
#include <linux/bpf.h>

#include <utility>

#include "kernel/readers/storage_reader.h"

// The keys that the programs bpf/iter_*_storage.bpf.c write.
namespace bpfmap::kernel {
namespace {

constexpr std::uint32_t kCgrpStorage = 32;  // newer than the headers of Debian 12

class KeyBuilder {
 public:
  explicit KeyBuilder(std::string name) { key_.name = std::move(name); }

  // `type` is one of explicit_type().
  KeyBuilder& add(const char* name, const char* type, std::uint32_t count = 1) {
    TypePtr member = explicit_type(type);
    if (count > 1) member = array_of(std::move(member), count);
    const std::uint32_t size = member->size;
    key_.members.push_back({name, std::move(member), key_.size * 8, 0});
    key_.size += size;
    return *this;
  }

  TypePtr build() {
    key_.kind = TypeKind::kStruct;
    return std::make_shared<const Type>(std::move(key_));
  }

 private:
  Type key_;
};

}  // namespace

TypePtr storage_key(std::uint32_t map_type) {
  switch (map_type) {
    case BPF_MAP_TYPE_TASK_STORAGE:
      return KeyBuilder("struct task_key")
          .add("pid", "u32")
          .add("tgid", "u32")
          .add("comm", "char", 16)
          .build();
    case kCgrpStorage: return KeyBuilder("struct cgroup_key").add("id", "u64").build();
    case BPF_MAP_TYPE_SK_STORAGE:
      return KeyBuilder("struct socket_key")
          .add("cookie", "u64")
          .add("family", "u16")
          .add("protocol", "u16")
          .add("local_port", "u16")
          .add("remote_port", "u16")
          .add("local_address", "u8", 16)
          .add("remote_address", "u8", 16)
          .build();
    default: return nullptr;
  }
}

}  // namespace bpfmap::kernel
