// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Keys and values whose meaning is in a typedef, a name or a convention; maps only,
 * which tests fill.
 *
 *   services      HASH; numbers in network order, also behind further typedefs, and an address
 *   clients       HASH; the key is a struct in6_addr
 *   peers         HASH; unions of addresses: of IPv6, of either family, without a name
 *   wide          HASH; numbers of 128 bits
 *   balances      HASH; a number with a sign
 *   queues        HASH; a number in network order for a key, and for a value
 *   routes        LPM_TRIE; IPv4
 *   routes6       LPM_TRIE; IPv6
 *   by_interface  LPM_TRIE; something before the address
 *   bare_routes   LPM_TRIE; without BTF
 *   paths         LPM_TRIE; prefixes of text
 *   AT_us         PERCPU_HASH; as bpftrace makes it of @us[pid] = hist(...)
 *   slots_linear  ARRAY; one bucket an entry
 */
#include "bpfmap_exporter.bpf.h"

#include <linux/in.h>
#include <linux/in6.h>

typedef __be16 wire_port;
typedef const wire_port fixed_port;
typedef struct in_addr host_address;

struct service_key {
  host_address address;
  __be32 number;
  wire_port port;
  fixed_port other_port;
  __be16 ports[2];
  __be64 cookie;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, struct service_key);
  __type(value, __u64);
} services SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, struct in6_addr);
  __type(value, __u64);
} clients SEC(".maps");

struct peer_key {
  union {
    __u8 addr8[16];
    __be32 addr32[4];
  } local;
  union {
    __u32 all[4];
    __be32 ip;
    __be32 ip6[4];
    struct in_addr in;
    struct in6_addr in6;
  } remote;
  union {
    __u8 via8[16];
    __be16 via16[8];
  };
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, struct peer_key);
  __type(value, __u64);
} peers SEC(".maps");

struct wide_key {
  unsigned __int128 id;
  __int128 shift;
};
struct wide_value {
  unsigned __int128 total;
  __int128 balance;
  __u64 calls;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, struct wide_key);
  __type(value, struct wide_value);
} wide SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, __s64);
} balances SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, __be16);
  __type(value, __be32);
} queues SEC(".maps");

struct route_key {
  __u32 prefixlen;
  __u8 data[4];
};
struct route6_key {
  __u32 prefixlen;
  struct in6_addr network;
};
struct interface_key {
  __u32 prefixlen;
  __u32 ifindex;
  __be32 addr;
};
struct path_key {
  __u32 prefixlen;
  char path[16];
};

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 64);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct route_key);
  __type(value, __u64);
} routes SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 64);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct route6_key);
  __type(value, __u64);
} routes6 SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 64);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct interface_key);
  __type(value, __u64);
} by_interface SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 64);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(key_size, 8);
  __uint(value_size, 8);
} bare_routes SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 64);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct path_key);
  __type(value, __u64);
} paths SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 1024);
  __type(key, __u8[16]);
  __type(value, __s64);
} AT_us SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 12);
  __type(key, __u32);
  __type(value, __u64);
} slots_linear SEC(".maps");

const volatile __be16 listen_port;
__be32 gateway;

char LICENSE[] SEC("license") = "Dual BSD/GPL";
