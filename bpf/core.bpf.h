/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the shipped programs need to know of the kernel's own types: only the fields that they read,
 * found in the running kernel's BTF when the object is loaded (CO-RE). So no vmlinux.h is needed,
 * and the objects do not depend on the kernel of the machine that built them. What belongs to the
 * kernel's stable interface comes from <linux/...>.
 *
 * A name with ___ is a "flavour": libbpf looks for the type without the suffix. It is how one
 * program knows a field that has changed its name or its type between kernels.
 */
#ifndef BPFMAP_CORE_BPF_H
#define BPFMAP_CORE_BPF_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define BPFMAP_CO_RE __attribute__((preserve_access_index))

struct task_struct {
  int pid; /* the thread's id; what user space calls pid is tgid here */
  unsigned int __state;
} BPFMAP_CO_RE;

/* Before 5.14. */
struct task_struct___pre514 {
  long state;
} BPFMAP_CO_RE;

/* Whether the task wants to run. `task` must come from a BTF typed argument (tp_btf, fentry). */
static __always_inline bool task_is_runnable(struct task_struct* task) {
  struct task_struct___pre514* old = (void*)task;

  if (bpf_core_field_exists(task->__state)) return task->__state == 0;
  return old->state == 0;
}

#endif
