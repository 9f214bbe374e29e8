// SPDX-License-Identifier: Apache-2.0
#pragma once

// Does nothing, and is called once whenever everything is attached: at the end of a start, and of
// a reload. Programs of ebpf_exporter's wait for it by its name, with
// SEC("uprobe//proc/self/exe:post_attach_mark"), so the executable exports it.
extern "C" void post_attach_mark();
