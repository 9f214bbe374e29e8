// SPDX-License-Identifier: Apache-2.0
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "base/unique_fd.h"
#include "kernel/attach/tc_filter.h"

// Lists filters through rtnetlink(7), which libbpf's tc functions cannot.
namespace bpfmap::kernel {
namespace {

struct DumpRequest {
  nlmsghdr header;
  tcmsg message;
};

int send_dump_request(int fd, int interface_index, std::uint32_t parent) {
  DumpRequest request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = RTM_GETTFILTER;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.message.tcm_family = AF_UNSPEC;
  request.message.tcm_ifindex = interface_index;
  request.message.tcm_parent = parent;
  return send(fd, &request, sizeof(request), 0) < 0 ? -errno : 0;
}

enum class Answer { kMore, kNone, kSome };

// Looks through one datagram of the answer; netlink messages follow each other, aligned.
tl::expected<Answer, int> look(const char* bytes, std::size_t length) {
  while (length >= sizeof(nlmsghdr)) {
    nlmsghdr header{};
    std::memcpy(&header, bytes, sizeof(header));
    if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > length) return unexpected(-EBADMSG);
    if (header.nlmsg_type == RTM_NEWTFILTER) return Answer::kSome;
    if (header.nlmsg_type == NLMSG_DONE) return Answer::kNone;
    if (header.nlmsg_type == NLMSG_ERROR) {
      if (header.nlmsg_len < sizeof(header) + sizeof(nlmsgerr)) return unexpected(-EBADMSG);
      nlmsgerr error{};
      std::memcpy(&error, bytes + sizeof(header), sizeof(error));
      return unexpected(error.error);
    }
    const std::size_t step = NLMSG_ALIGN(header.nlmsg_len);
    if (step >= length) break;
    bytes += step;
    length -= step;
  }
  return Answer::kMore;
}

// One socket for one question: a dump that is not read to its end dies with its socket.
tl::expected<bool, int> any_filter(int interface_index, std::uint32_t parent) {
  const UniqueFd socket_fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket_fd) return unexpected(-errno);
  const int failed = send_dump_request(socket_fd.get(), interface_index, parent);
  if (failed != 0) return unexpected(failed);
  std::array<char, 32768> buffer{};
  for (;;) {
    const ssize_t length = recv(socket_fd.get(), buffer.data(), buffer.size(), 0);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return unexpected(-errno);
    if (length == 0) return false;
    const auto answer = look(buffer.data(), static_cast<std::size_t>(length));
    if (!answer) return unexpected(answer.error());
    if (*answer != Answer::kMore) return *answer == Answer::kSome;
  }
}

constexpr std::uint32_t clsact_parent(std::uint32_t minor) {
  return (TC_H_CLSACT & TC_H_MAJ_MASK) | (minor & TC_H_MIN_MASK);
}

}  // namespace

tl::expected<bool, int> has_tc_filters(int interface_index) {
  const auto ingress = any_filter(interface_index, clsact_parent(TC_H_MIN_INGRESS));
  if (!ingress || *ingress) return ingress;
  return any_filter(interface_index, clsact_parent(TC_H_MIN_EGRESS));
}

}  // namespace bpfmap::kernel
