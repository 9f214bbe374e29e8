// SPDX-License-Identifier: Apache-2.0
#include "http/listen_plan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "http/passed_sockets.h"

namespace bpfmap::http {
namespace {

bool is_planned(const std::vector<ListenGroup>& groups, const SocketAddress& address) {
  for (const ListenGroup& group : groups) {
    for (const Endpoint& endpoint : group.endpoints) {
      if (endpoint.address == address) return true;
    }
  }
  return false;
}

// Opens one group into `sockets`.
class GroupOpener {
 public:
  GroupOpener(const ListenGroup& group, mode_t unix_mode, OpenSockets& sockets)
      : group_(group), unix_mode_(unix_mode), sockets_(sockets), port_(group.address.port) {}

  Result<void> open() {
    if (group_.address.kind == ListenAddress::Kind::kPassed) return take_passed();
    slots_.resize(group_.endpoints.size());
    for (const bool native : {false, true}) {
      for (std::size_t i = 0; i < group_.endpoints.size(); ++i) {
        if ((group_.endpoints[i].address.family() == AF_INET) != native) continue;
        if (auto opened = native ? plan_native(i) : open_relayed(i); !opened) return opened;
      }
    }
    for (const auto& slot : slots_) {
      if (slot) sockets_.order.push_back(*slot);
    }
    return {};
  }

 private:
  Result<void> take_passed() {
    Result<UniqueFd> socket = passed_socket(group_.address.index, group_.address.text);
    if (!socket) return unexpected(std::move(socket.error()));
    sockets_.order.push_back({false, sockets_.relayed.size()});
    sockets_.relayed.push_back(Listener::adopt(*std::move(socket)));
    return {};
  }

  Result<void> open_relayed(std::size_t i) {
    SocketAddress address = group_.endpoints[i].address;
    address.set_port(port_);
    Result<Listener> listener = Listener::open(address, unix_mode_, group_.address.text);
    if (!listener) {
      const bool left_out = group_.endpoints[i].optional && means_no_ipv6(listener.error().code);
      if (!left_out) return unexpected(std::move(listener.error()));
      log::debug("no IPv6 here, listening on IPv4 only", {{"address", group_.address.text}});
      return {};
    }
    if (port_ == 0) port_ = listener->address().port();
    slots_[i] = {false, sockets_.relayed.size()};
    sockets_.relayed.push_back(std::move(*listener));
    return {};
  }

  Result<void> plan_native(std::size_t i) {
    SocketAddress address = group_.endpoints[i].address;
    address.set_port(port_);
    if (const int error = probe_bind(address); error != 0) {
      return unexpected(listen_error(group_.address.text, error));
    }
    slots_[i] = {true, sockets_.native.size()};
    sockets_.native.push_back({address, group_.address.text});
    return {};
  }

  const ListenGroup& group_;
  mode_t unix_mode_;
  OpenSockets& sockets_;
  std::uint16_t port_;
  std::vector<std::optional<OpenSockets::Slot>> slots_;
};

}  // namespace

Result<std::vector<ListenGroup>> plan_listening(const std::vector<std::string>& addresses) {
  std::vector<ListenGroup> groups;
  for (const std::string& text : addresses) {
    Result<ListenAddress> address = parse_listen_address(text);
    if (!address) return unexpected(std::move(address.error()));
    Result<std::vector<Endpoint>> endpoints = resolve(*address);
    if (!endpoints) return unexpected(std::move(endpoints.error()));
    const bool fixed = address->port != 0 || address->kind == ListenAddress::Kind::kUnix;
    std::erase_if(*endpoints, [&](const Endpoint& endpoint) {
      return fixed && is_planned(groups, endpoint.address);
    });
    groups.push_back({std::move(*address), std::move(*endpoints)});
  }
  return groups;
}

bool has_free_choice(const std::vector<ListenGroup>& groups) {
  return std::any_of(groups.begin(), groups.end(), [](const ListenGroup& group) {
    return group.address.port == 0 && group.endpoints.size() > 1;
  });
}

Result<OpenSockets> open_sockets(const std::vector<ListenGroup>& groups, mode_t unix_mode) {
  OpenSockets sockets;
  for (const ListenGroup& group : groups) {
    if (auto opened = GroupOpener(group, unix_mode, sockets).open(); !opened) {
      return unexpected(std::move(opened.error()));
    }
  }
  return sockets;
}

}  // namespace bpfmap::http
