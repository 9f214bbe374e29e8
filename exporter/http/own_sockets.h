// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "http/socket_address.h"

namespace bpfmap::http {

// The descriptors of this process that listen on one of `addresses`: civetweb does not hand out its
// own. Empty where /proc is not mounted.
std::vector<int> find_own_sockets(const std::vector<SocketAddress>& addresses);

// How many connections this process has accepted and not closed whose local end is one of the ports
// of `addresses`. 0 where /proc is not mounted.
int count_own_connections(const std::vector<SocketAddress>& addresses);

// Ends these connections where a worker waits for a request. What is being sent still goes out.
void hang_up_own_connections(const std::vector<SocketAddress>& addresses);

}  // namespace bpfmap::http
