// SPDX-License-Identifier: Apache-2.0
#include "host/interface_watch.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace bpfmap::host {
namespace {

Error watch_error(int code) {
  return Error{.kind = ErrorKind::kSystem,
               .operation = "watch",
               .subject = "network interfaces",
               .code = code};
}

}  // namespace

Result<InterfaceWatch> InterfaceWatch::open() {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!fd) return unexpected(watch_error(errno));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  const auto* where = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  if (::bind(fd.get(), where, sizeof(address)) != 0) return unexpected(watch_error(errno));
  return InterfaceWatch(std::move(fd));
}

// What has happened is not of interest: everything is looked at anyway. Messages that were lost
// (ENOBUFS) are messages.
bool InterfaceWatch::read() {
  std::array<char, 16384> block{};
  bool happened = false;
  while (true) {
    const ssize_t got = ::recv(fd_.get(), block.data(), block.size(), MSG_DONTWAIT);
    if (got < 0 && errno != ENOBUFS && errno != EINTR) return happened;
    if (got == 0) return happened;
    happened = true;
  }
}

}  // namespace bpfmap::host
