// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Ids of PCI: class, subclass, vendor, device. */
#include "peer.bpf.h"

struct pci_key {
  __u32 vendor;
  __u32 device;
  __u32 class_;
  __u32 subclass;
};

PEER_HASH(pci_total, struct pci_key);
