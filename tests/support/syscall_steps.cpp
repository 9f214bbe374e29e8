// SPDX-License-Identifier: Apache-2.0
#include "support/syscall_steps.h"

#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace bpfmap::test {
namespace {

struct NamedCall {
  long number;
  const char* name;
};

// Not every architecture has all of them.
constexpr NamedCall kFileCalls[] = {
#ifdef SYS_rename
    {SYS_rename, "rename"},
#endif
#ifdef SYS_renameat
    {SYS_renameat, "renameat"},
#endif
    {SYS_renameat2, "renameat2"},
#ifdef SYS_unlink
    {SYS_unlink, "unlink"},
#endif
    {SYS_unlinkat, "unlinkat"},
#ifdef SYS_rmdir
    {SYS_rmdir, "rmdir"},
#endif
};

constexpr NamedCall kBpfCommands[] = {{BPF_MAP_CREATE, "bpf(MAP_CREATE)"},
                                      {BPF_MAP_UPDATE_ELEM, "bpf(MAP_UPDATE_ELEM)"},
                                      {BPF_OBJ_PIN, "bpf(OBJ_PIN)"},
                                      {BPF_LINK_UPDATE, "bpf(LINK_UPDATE)"}};

// "If the number is this one, hold the call."
void hold(std::vector<sock_filter>& filter, long number) {
  filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<__u32>(number), 0, 1));
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF));
}

// For the calling thread and those that it starts, as long as it lives. The descriptor at which
// calls are waited for, or a negative errno.
int hold_calls_of_this_thread() {
  std::vector<sock_filter> filter{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<__u32>(offsetof(seccomp_data, nr)))};
  hold(filter, SYS_bpf);
  for (const NamedCall& call : kFileCalls) hold(filter, call.number);
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -errno;
  const long fd =
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  return fd < 0 ? -errno : static_cast<int>(fd);
}

// None for what changes nothing.
std::optional<std::string> step_name(const seccomp_data& data) {
  if (data.nr == SYS_bpf) {
    for (const NamedCall& command : kBpfCommands) {
      if (data.args[0] == static_cast<__u64>(command.number)) return command.name;
    }
    return std::nullopt;
  }
  for (const NamedCall& call : kFileCalls) {
    if (data.nr == call.number) return call.name;
  }
  return std::nullopt;
}

// Answers the calls that wait at a descriptor.
class Steps {
 public:
  Steps(int listener, const std::function<int(const SyscallStep&)>& judge)
      : listener_(listener), judge_(judge) {}

  void answer_next(int patience_ms) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, patience_ms) <= 0 || (waiting.revents & POLLIN) == 0) return;
    seccomp_notif call;
    std::memset(&call, 0, sizeof(call));
    if (::ioctl(listener_, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) return;
    int failure = 0;
    if (const auto name = step_name(call.data)) failure = judge_({++count_, *name});
    seccomp_notif_resp answer{};
    answer.id = call.id;
    answer.error = -failure;
    answer.flags = failure == 0 ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
    ::ioctl(listener_, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }

  int count() const { return count_; }

 private:
  int listener_;
  const std::function<int(const SyscallStep&)>& judge_;
  int count_ = 0;
};

}  // namespace

std::string why_no_syscall_steps() {
  int fd = -1;
  std::thread([&fd] { fd = hold_calls_of_this_thread(); }).join();
  if (fd < 0) return std::string("system calls cannot be held: ") + strerrordesc_np(-fd);
  ::close(fd);
  return {};
}

int run_in_steps(const std::function<void()>& work,
                 const std::function<int(const SyscallStep&)>& judge) {
  constexpr int kLookMs = 10;  // whether the work is over
  std::promise<int> opened;
  std::atomic<bool> is_over = false;
  std::thread worker([&] {
    const int listener = hold_calls_of_this_thread();
    opened.set_value(listener);
    if (listener >= 0) work();
    is_over = true;
  });
  const UniqueFd listener(opened.get_future().get());
  Steps steps(listener.get(), judge);
  while (!is_over) steps.answer_next(kLookMs);
  worker.join();
  if (!listener) throw std::runtime_error("system calls cannot be held");
  return steps.count();
}

}  // namespace bpfmap::test
