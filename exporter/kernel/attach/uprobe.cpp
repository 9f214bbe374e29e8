// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/uprobe.h"

#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/sha256.h"
#include "kernel/attach/binary_file.h"
#include "kernel/attach/uprobe_multi.h"
#include "kernel/libbpf/load_failure.h"
#include "kernel/libbpf/log.h"

namespace bpfmap::kernel {
namespace {

// Without uprobe_multi each function takes a link and two descriptors.
constexpr std::size_t kMostLinks = 500;
// The kernel's own limit (MAX_UPROBE_MULTI_CNT) is 2^20.
constexpr std::size_t kMostFunctions = 65536;

std::string where(const model::UprobeTarget& target) {
  std::string text = "to " + target.binary + ":" + target.symbol;
  if (target.symbol.empty() || target.offset != 0) {
    text += (target.symbol.empty() ? "" : "+") + std::to_string(target.offset);
  }
  if (target.pid >= 0) text += " of process " + std::to_string(target.pid);
  return text;
}

// The file, not its path, which may lead to another one tomorrow, and where in it.
std::string place_of(const model::UprobeTarget& target, const std::string& file,
                     const std::string& at) {
  std::string place = target.return_probe ? "uretprobe " : "uprobe ";
  place += target.binary + " " + file + " " + at;
  if (target.pid >= 0) place += " process " + std::to_string(target.pid);
  return place;
}

Error probe_refusal(const LoadedProgram& program, const model::UprobeTarget& target, int code,
                    std::string detail) {
  return attach_error(program, where(target), code, std::move(detail), "uprobe");
}

Result<Attachment::Handle> attach_one(const LoadedProgram& program,
                                      const model::UprobeTarget& target, const std::string& path,
                                      std::uint64_t offset) {
  LibbpfLog log;
  bpf_uprobe_opts options{};
  options.sz = sizeof(options);
  options.retprobe = target.return_probe;
  LinkPtr link(
      bpf_program__attach_uprobe_opts(program.handle, target.pid, path.c_str(), offset, &options));
  if (link) return Attachment::Handle(std::move(link));
  const int code = errno;
  return unexpected(probe_refusal(program, target, code, join_warnings(log.warnings())));
}

// What the kernel says of a function that begins with an instruction it cannot step over.
bool cannot_be_probed(int code) {
  constexpr int kNotSupported = 524;  // ENOTSUPP, which is the kernel's own
  return code == kNotSupported || code == EOPNOTSUPP || code == EINVAL;
}

// Those of many that can be probed, found by halves: the kernel refuses all for one.
std::vector<std::uint64_t> probeable(int program, const UprobeMulti& probes) {
  if (link_uprobe_multi(program, probes)) return {probes.offsets.begin(), probes.offsets.end()};
  if (!cannot_be_probed(errno) || probes.offsets.size() < 2) return {};
  const std::size_t half = probes.offsets.size() / 2;
  UprobeMulti part = probes;
  part.offsets = probes.offsets.first(half);
  std::vector<std::uint64_t> good = probeable(program, part);
  part.offsets = probes.offsets.subspan(half);
  const std::vector<std::uint64_t> more = probeable(program, part);
  good.insert(good.end(), more.begin(), more.end());
  return good;
}

// Without those that cannot be probed. None where nothing can, with errno.
UniqueFd link_what_can_be(const LoadedProgram& program, const model::UprobeTarget& target,
                          UprobeMulti probes) {
  const int fd = bpf_program__fd(program.handle);
  const std::size_t all = probes.offsets.size();
  UniqueFd link = link_uprobe_multi(fd, probes);
  const int code = errno;
  if (link || !cannot_be_probed(code) || all < 2) return link;
  const std::vector<std::uint64_t> good = probeable(fd, probes);
  probes.offsets = good;
  if (!good.empty()) link = link_uprobe_multi(fd, probes);
  if (link) {
    log::warning("functions that cannot be probed are left out", {{"program", program.name},
                                                                  {"place", where(target)},
                                                                  {"left_out", all - good.size()},
                                                                  {"probed", good.size()}});
  } else {
    errno = code;
  }
  return link;
}

Result<Attachment::Handle> attach_many(const LoadedProgram& program,
                                       const model::UprobeTarget& target, const std::string& path,
                                       const std::vector<std::uint64_t>& offsets) {
  UniqueFd link =
      link_what_can_be(program, target, {path, offsets, target.return_probe, target.pid});
  if (link) return Attachment::Handle(std::move(link));
  const int code = errno;
  std::string detail;
  if (offsets.size() > 1) detail = std::to_string(offsets.size()) + " functions at once";
  return unexpected(probe_refusal(program, target, code, std::move(detail)));
}

// All of them by one text, which stays the same as long as they do.
std::string together(const std::vector<std::uint64_t>& offsets) {
  if (offsets.size() == 1) return std::to_string(offsets.front());
  std::string text;
  for (const std::uint64_t offset : offsets) text += std::to_string(offset) + ' ';
  return std::to_string(offsets.size()) + " functions " + sha256_hex(text).substr(0, 16);
}

// Without a symbol the offset is one in the file.
FunctionFinder::Offsets offsets_of(const LoadedProgram& program, const model::UprobeTarget& target,
                                   const std::string& path) {
  if (target.symbol.empty()) return std::vector<std::uint64_t>{target.offset};
  FunctionFinder once;
  FunctionFinder& finder = program.functions == nullptr ? once : *program.functions;
  FunctionFinder::Offsets offsets = finder.find(path, target.symbol);
  if (offsets) {
    for (std::uint64_t& offset : *offsets) offset += target.offset;
  }
  return offsets;
}

Error not_found(const LoadedProgram& program, const model::UprobeTarget& target, const Error& why) {
  Error error = probe_refusal(program, target, why.code, why.detail);
  if (!why.hint.empty()) error.hint = why.hint;
  return error;
}

Error too_many(const LoadedProgram& program, const model::UprobeTarget& target, std::size_t found,
               std::size_t most) {
  Error error =
      bad_target(program, std::to_string(found) + " functions of " + target.binary + " match '" +
                              target.symbol + "', and " + std::to_string(most) + " are the most");
  error.hint = "write a pattern that matches less";
  return error;
}

Sites sites_at(const LoadedProgram& program, const model::UprobeTarget& target,
               const std::string& path, const std::vector<std::uint64_t>& offsets) {
  const std::string file = file_identity(path);
  Sites sites;
  if (is_for_uprobe_multi(program.handle)) {
    sites.found.push_back({place_of(target, file, together(offsets)), where(target),
                           [&program, &target, path, offsets] {
                             return attach_many(program, target, path, offsets);
                           }});
    return sites;
  }
  for (const std::uint64_t offset : offsets) {
    sites.found.push_back(
        {place_of(target, file, std::to_string(offset)), where(target),
         [&program, &target, path, offset] { return attach_one(program, target, path, offset); }});
  }
  return sites;
}

}  // namespace

Sites uprobe_sites(const LoadedProgram& program, const model::UprobeTarget& target) {
  if (target.symbol.empty() && target.offset == 0) {
    return {{}, {bad_target(program, "a uprobe needs a symbol or an offset")}, {}};
  }
  const std::string path = path_of_binary(target.binary);
  if (file_identity(path).empty()) {
    return {{}, {probe_refusal(program, target, ENOENT, "there is no file '" + path + "'")}, {}};
  }
  const FunctionFinder::Offsets offsets = offsets_of(program, target, path);
  if (!offsets) return {{}, {not_found(program, target, offsets.error())}, {}};
  const std::size_t most = is_for_uprobe_multi(program.handle) ? kMostFunctions : kMostLinks;
  if (offsets->size() > most) {
    return {{}, {too_many(program, target, offsets->size(), most)}, {}};
  }
  return sites_at(program, target, path, *offsets);
}

}  // namespace bpfmap::kernel
