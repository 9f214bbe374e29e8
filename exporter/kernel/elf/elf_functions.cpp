// SPDX-License-Identifier: Apache-2.0
#include "kernel/elf/elf_functions.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "base/unique_fd.h"

namespace bpfmap::kernel {
namespace {

struct EndElf {
  void operator()(Elf* elf) const { elf_end(elf); }
};
using ElfPtr = std::unique_ptr<Elf, EndElf>;

constexpr GElf_Versym kHidden = 0x8000;
constexpr GElf_Versym kFirstVersion = 2;  // below are local symbols and those without a version

Error file_error(const std::string& path, int code, std::string detail) {
  return Error{.kind = ErrorKind::kConfiguration,
               .operation = "read symbols of",
               .subject = path,
               .code = code,
               .detail = std::move(detail)};
}

// Takes an opened file apart. libelf checks all sizes and offsets against the file.
class FunctionReader {
 public:
  FunctionReader(Elf* elf, const std::function<void(const ElfFunction&)>& visit)
      : elf_(elf), visit_(visit) {}

  void read() {
    read_segments();
    Elf_Scn* section = nullptr;
    while ((section = elf_nextscn(elf_, section)) != nullptr) {
      GElf_Shdr header;
      if (gelf_getshdr(section, &header) != nullptr) read_versions_of(section, header);
    }
    while ((section = elf_nextscn(elf_, section)) != nullptr) {
      GElf_Shdr header;
      if (gelf_getshdr(section, &header) == nullptr) continue;
      if (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM)
        visit_table(section, header);
    }
  }

 private:
  struct Segment {
    std::uint64_t offset;
    std::uint64_t size;
    std::uint64_t address;
  };

  void read_segments() {
    std::size_t count = 0;
    if (elf_getphdrnum(elf_, &count) != 0) return;
    for (std::size_t i = 0; i < count && i <= std::numeric_limits<std::uint16_t>::max(); ++i) {
      GElf_Phdr header;
      if (gelf_getphdr(elf_, static_cast<int>(i), &header) == nullptr) return;
      if (header.p_type == PT_LOAD) {
        segments_.push_back({header.p_offset, header.p_filesz, header.p_vaddr});
      }
    }
  }

  void read_versions_of(Elf_Scn* section, const GElf_Shdr& header) {
    if (header.sh_type == SHT_GNU_versym) versions_ = elf_getdata(section, nullptr);
    if (header.sh_type != SHT_GNU_verdef) return;
    Elf_Data* data = elf_getdata(section, nullptr);
    std::size_t at = 0;
    for (GElf_Word left = header.sh_info; data != nullptr && left > 0; --left) {
      GElf_Verdef definition;
      GElf_Verdaux name;
      if (gelf_getverdef(data, static_cast<int>(at), &definition) == nullptr) return;
      const std::size_t first = at + definition.vd_aux;
      if (gelf_getverdaux(data, static_cast<int>(first), &name) == nullptr) return;
      const char* text = elf_strptr(elf_, header.sh_link, name.vda_name);
      const std::size_t index = definition.vd_ndx;
      if (names_.size() <= index) names_.resize(index + 1);
      if (text != nullptr) names_[index] = text;
      if (definition.vd_next == 0) return;
      at += definition.vd_next;
    }
  }

  void visit_table(Elf_Scn* section, const GElf_Shdr& header) {
    Elf_Data* data = elf_getdata(section, nullptr);
    if (data == nullptr || header.sh_entsize == 0) return;
    const std::size_t count =
        std::min<std::size_t>(data->d_size / header.sh_entsize, std::numeric_limits<int>::max());
    for (std::size_t i = 0; i < count; ++i) {
      GElf_Sym symbol;
      if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) return;
      visit_symbol(symbol, header, static_cast<int>(i));
    }
  }

  void visit_symbol(const GElf_Sym& symbol, const GElf_Shdr& table, int index) {
    const auto type = GELF_ST_TYPE(symbol.st_info);
    if (type != STT_FUNC && type != STT_GNU_IFUNC) return;
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_value == 0) return;
    const char* name = elf_strptr(elf_, table.sh_link, symbol.st_name);
    ElfFunction function;
    if (name == nullptr || *name == '\0' || !find_offset(symbol.st_value, function.offset)) return;
    function.name = name;
    function.is_local = GELF_ST_BIND(symbol.st_info) == STB_LOCAL;
    function.is_indirect = type == STT_GNU_IFUNC;
    if (table.sh_type == SHT_DYNSYM) {
      add_version(index, function);
    } else {
      split_version(function);
    }
    visit_(function);
  }

  void add_version(int index, ElfFunction& function) const {
    GElf_Versym version = 0;
    if (versions_ == nullptr || gelf_getversym(versions_, index, &version) == nullptr) return;
    const std::size_t number = version & ~kHidden;
    if (number < kFirstVersion || number >= names_.size()) return;
    function.version = names_[number];
    function.is_default = (version & kHidden) == 0;
  }

  // Linkers write versions into the names of .symtab.
  static void split_version(ElfFunction& function) {
    const std::size_t at = function.name.find('@');
    if (at == std::string_view::npos || at == 0) return;
    const std::size_t version = function.name.find_first_not_of('@', at);
    if (version == std::string_view::npos) return;
    function.is_default = version == at + 2;
    function.version = function.name.substr(version);
    function.name = function.name.substr(0, at);
  }

  bool find_offset(std::uint64_t address, std::uint64_t& offset) const {
    for (const Segment& segment : segments_) {
      if (address < segment.address || address - segment.address >= segment.size) continue;
      offset = address - segment.address + segment.offset;
      return true;
    }
    return false;
  }

  Elf* elf_;
  const std::function<void(const ElfFunction&)>& visit_;
  std::vector<Segment> segments_;
  Elf_Data* versions_ = nullptr;
  std::vector<std::string_view> names_;  // of versions, by their numbers
};

}  // namespace

Result<void> visit_functions(const std::string& path,
                             const std::function<void(const ElfFunction&)>& visit) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return unexpected(file_error(path, errno, {}));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return unexpected(file_error(path, errno, {}));
  if (!S_ISREG(info.st_mode)) return unexpected(file_error(path, 0, "it is no file"));
  elf_version(EV_CURRENT);
  const ElfPtr elf(elf_begin(fd.get(), ELF_C_READ, nullptr));
  if (elf == nullptr || elf_kind(elf.get()) != ELF_K_ELF) {
    return unexpected(file_error(path, 0, "it is no ELF file: no binary and no library"));
  }
  FunctionReader(elf.get(), visit).read();
  return {};
}

}  // namespace bpfmap::kernel
