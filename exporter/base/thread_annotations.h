// SPDX-License-Identifier: Apache-2.0
#pragma once

// The attributes of clang's -Wthread-safety (clang.llvm.org/docs/ThreadSafetyAnalysis.html).
// Macros, although this project has no others, because most of these have no [[...]] spelling and
// gcc has none of them.
#if defined(__clang__)
#define BPFMAP_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define BPFMAP_THREAD_ANNOTATION(x)
#endif

#define BPFMAP_CAPABILITY(x) BPFMAP_THREAD_ANNOTATION(capability(x))
#define BPFMAP_SCOPED_CAPABILITY BPFMAP_THREAD_ANNOTATION(scoped_lockable)
#define BPFMAP_GUARDED_BY(x) BPFMAP_THREAD_ANNOTATION(guarded_by(x))
#define BPFMAP_REQUIRES(...) BPFMAP_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define BPFMAP_EXCLUDES(...) BPFMAP_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define BPFMAP_ACQUIRE(...) BPFMAP_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define BPFMAP_TRY_ACQUIRE(...) BPFMAP_THREAD_ANNOTATION(try_acquire_capability(__VA_ARGS__))
#define BPFMAP_RELEASE(...) BPFMAP_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
