// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/netns.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <utility>

#include "base/unique_fd.h"
#include "kernel/libbpf/load_failure.h"
#include "kernel/libbpf/log.h"

namespace bpfmap::kernel {
namespace {

// Of the thread, as interfaces are looked for.
constexpr const char* kOwnNetwork = "/proc/thread-self/ns/net";

std::string where(const model::NetnsTarget& target) {
  return target.path.empty() ? "to the network namespace of this process"
                             : "to network namespace '" + target.path + "'";
}

// A namespace of the same name may be another one. What it takes of one type says nothing about
// other types.
std::string place_of(const struct stat& network, const LoadedProgram& program) {
  return "netns " + std::to_string(network.st_dev) + ":" + std::to_string(network.st_ino) + " " +
         program.type;
}

// Whatever the path leads to: opening it must not wait for anything.
UniqueFd open_network(const model::NetnsTarget& target) {
  const char* path = target.path.empty() ? kOwnNetwork : target.path.c_str();
  return UniqueFd(open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
}

bool is_network_namespace(int fd) { return ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET; }

Error not_opened(const LoadedProgram& program, const model::NetnsTarget& target, int code) {
  Error error = bad_target(program, {});
  error.subject += " " + where(target);
  error.code = code;
  return error;
}

Error no_network(const LoadedProgram& program, const model::NetnsTarget& target) {
  Error error = bad_target(program, "'" + target.path + "' is not a network namespace");
  error.hint =
      "those that `ip netns` has made are below /run/netns, that of a process is "
      "/proc/PID/ns/net";
  return error;
}

Result<Attachment::Handle> attach(const LoadedProgram& program, const model::NetnsTarget& target) {
  const UniqueFd network = open_network(target);
  if (!network) return unexpected(not_opened(program, target, errno));
  LibbpfLog log;
  LinkPtr link(bpf_program__attach_netns(program.handle, network.get()));
  if (link) return Attachment::Handle(std::move(link));
  const int code = errno;
  return unexpected(
      attach_error(program, where(target), code, join_warnings(log.warnings()), "netns"));
}

}  // namespace

Sites netns_sites(const LoadedProgram& program, const model::NetnsTarget& target) {
  const UniqueFd network = open_network(target);
  struct stat info {};
  if (!network || fstat(network.get(), &info) != 0) {
    return {{}, {not_opened(program, target, errno)}, {}};
  }
  if (!is_network_namespace(network.get())) return {{}, {no_network(program, target)}, {}};
  return {{{place_of(info, program), where(target),
            [&program, &target] { return attach(program, target); }}},
          {},
          {}};
}

}  // namespace bpfmap::kernel
