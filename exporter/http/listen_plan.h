// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "http/address.h"
#include "http/listener.h"
#include "http/socket_address.h"

namespace bpfmap::http {

// The endpoints of one listen address, which share its port.
struct ListenGroup {
  ListenAddress address;
  std::vector<Endpoint> endpoints;
};

// Parses and resolves; an endpoint that was named before is left out.
Result<std::vector<ListenGroup>> plan_listening(const std::vector<std::string>& addresses);

// Whether opening a plan once more may find other ports, after one of them was taken.
bool has_free_choice(const std::vector<ListenGroup>& groups);

// What a plan comes to on this machine at this moment.
struct OpenSockets {
  struct Native {
    SocketAddress address;  // port 0 is still open: civetweb takes one
    std::string subject;    // the listen address, for errors
  };
  struct Slot {
    bool is_native;
    std::size_t index;  // in `native` or `relayed`
  };
  std::vector<Listener> relayed;  // IPv6, Unix, and what was handed over
  std::vector<Native> native;     // IPv4: found to be free, to be opened by civetweb
  std::vector<Slot> order;        // all of them as in the plan
};

// IPv6 first within a group, so that a free port found for it can be asked for with IPv4.
Result<OpenSockets> open_sockets(const std::vector<ListenGroup>& groups, mode_t unix_mode);

}  // namespace bpfmap::http
