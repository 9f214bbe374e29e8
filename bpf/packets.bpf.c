// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Packets and bytes that network interfaces receive, by protocol. Attach `count_packets` with XDP;
 * it lets all pass.
 *
 * Map `packets`: key struct packet_key, value struct packet_stats. Bytes are those of the
 * Ethernet frame without its checksum. The protocol is the one inside up to two VLAN tags and
 * behind IPv6 extension headers.
 */
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <bpf/bpf_endian.h>

#include "bpfmap_exporter.bpf.h"
#include "core.bpf.h"

#define MAX_VLAN_TAGS 2
#define MAX_EXTENSION_HEADERS 6

/* The names become label values. */
enum packet_protocol {
  other,
  arp,
  icmp,
  igmp,
  ipip,
  tcp,
  udp,
  gre,
  esp,
  ah,
  icmpv6,
  ospf,
  pim,
  vrrp,
  sctp,
  lldp,
};

struct packet_key {
  __u32 ifindex;
  enum packet_protocol protocol;
};

struct packet_stats {
  __u64 packets;
  __u64 bytes;
};

/*
 * Not an LRU map: that would evict, and counters begin again at 0, long before it is full. There is
 * room for the 16 protocols of 256 interfaces.
 */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 4096);
  __type(key, struct packet_key);
  __type(value, struct packet_stats);
} packets SEC(".maps");

struct vlan_tag {
  __be16 tci;
  __be16 protocol;
};

/* What most IPv6 extension headers begin with. */
struct extension_header {
  __u8 next;
  __u8 length; /* in 8 bytes, without the first 8 */
};

struct cursor {
  void* at;
  void* end;
};

/* The next `size` bytes, or NULL if the packet is shorter. */
static __always_inline void* take(struct cursor* cursor, __u32 size) {
  void* header = cursor->at;

  if (header + size > cursor->end) return NULL;
  cursor->at += size;
  return header;
}

static __always_inline enum packet_protocol ip_protocol(__u8 number) {
  switch (number) {
    case IPPROTO_ICMP: return icmp;
    case IPPROTO_IGMP: return igmp;
    case IPPROTO_IPIP: return ipip;
    case IPPROTO_TCP: return tcp;
    case IPPROTO_UDP: return udp;
    case IPPROTO_GRE: return gre;
    case IPPROTO_ESP: return esp;
    case IPPROTO_AH: return ah;
    case IPPROTO_ICMPV6: return icmpv6;
    case 89: return ospf;
    case IPPROTO_PIM: return pim;
    case 112: return vrrp;
    case IPPROTO_SCTP: return sctp;
    default: return other;
  }
}

static __always_inline enum packet_protocol ipv6_protocol(struct cursor* cursor) {
  struct ipv6hdr* ip = take(cursor, sizeof(*ip));
  __u8 next;

  if (!ip) return other;
  next = ip->nexthdr;
  for (int i = 0; i < MAX_EXTENSION_HEADERS; i++) {
    struct extension_header* extension;

    if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS &&
        next != IPPROTO_FRAGMENT)
      break;
    extension = take(cursor, 8);
    if (!extension) return other;
    /* A fragment header has 8 bytes, and no length but a reserved byte in its place. */
    if (next != IPPROTO_FRAGMENT) cursor->at += extension->length * 8;
    next = extension->next;
  }
  return ip_protocol(next);
}

static __always_inline enum packet_protocol frame_protocol(struct cursor* cursor) {
  struct ethhdr* ethernet = take(cursor, sizeof(*ethernet));
  struct iphdr* ip;
  __be16 protocol;

  if (!ethernet) return other;
  protocol = ethernet->h_proto;
  for (int i = 0; i < MAX_VLAN_TAGS; i++) {
    struct vlan_tag* tag;

    if (protocol != bpf_htons(ETH_P_8021Q) && protocol != bpf_htons(ETH_P_8021AD)) break;
    tag = take(cursor, sizeof(*tag));
    if (!tag) return other;
    protocol = tag->protocol;
  }
  switch (bpf_ntohs(protocol)) {
    case ETH_P_IP: ip = take(cursor, sizeof(*ip)); return ip ? ip_protocol(ip->protocol) : other;
    case ETH_P_IPV6: return ipv6_protocol(cursor);
    case ETH_P_ARP: return arp;
    case ETH_P_LLDP: return lldp;
    default: return other;
  }
}

/* XDP runs with soft interrupts off: nothing else adds on this CPU meanwhile, no atomics needed. */
SEC("xdp")
int count_packets(struct xdp_md* ctx) {
  struct cursor cursor = {.at = (void*)(long)ctx->data, .end = (void*)(long)ctx->data_end};
  __u64 bytes = cursor.end - cursor.at;
  struct packet_key key = {.ifindex = ctx->ingress_ifindex, .protocol = frame_protocol(&cursor)};
  const struct packet_stats none = {};
  struct packet_stats* stats = bpfmap_lookup_or_insert(&packets, &key, &none);

  if (stats) {
    stats->packets++;
    stats->bytes += bytes;
  }
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
