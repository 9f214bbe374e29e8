// SPDX-License-Identifier: Apache-2.0
// A library needs a source: this one exists for its precompiled headers, see CMakeLists.txt.
