// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

namespace bpfmap::test {

// Runs `body` on a thread of its own in a new network namespace, which has a loopback interface
// that is down and nothing else, and waits for it. Processes that the body starts are in it too.
void in_network_namespace(const std::function<void()>& body);

// Adds a pair of connected interfaces, up and ready to send. IPv6 is off, so that nothing but the
// test sends. Throws std::runtime_error where `ip` fails.
void add_veth(const std::string& one_end, const std::string& other_end);

// Sends so many frames of a protocol that is not answered out of an interface.
void send_frames(const std::string& interface, int count);

// Runs a program and waits for it; its exit code.
int run(const std::string& program, const std::string& arguments);

}  // namespace bpfmap::test
