// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace bpfmap {

// Lets the process open as many files as its hard limit allows: each link takes one to three, and a
// pattern may match thousands of places. The usual soft limit of 1024 is for programs that use
// select(2), which nothing here does.
void raise_descriptor_limit();

}  // namespace bpfmap
