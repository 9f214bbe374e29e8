// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace bpfmap::model {

// How a map is read: by the fastest way that works (kAuto), or by one and no other.
// docs/maps.md compares them.
enum class ReaderChoice { kAuto, kBatch, kNextKey, kMmap, kIter };

}  // namespace bpfmap::model
