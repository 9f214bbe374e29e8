// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Writes the values of a socket storage map to the reader of the iterator: for each socket a struct
 * socket_key and the value, without gaps. The iterator is attached to the map itself.
 */
#include "iter.bpf.h"

#include <bpf/bpf_endian.h>

#define AF_INET 2
#define AF_INET6 10

struct in6_addr___words {
  union {
    __be32 u6_addr32[4];
  } in6_u;
} BPFMAP_CO_RE;

struct sock_common {
  unsigned short skc_family;
  __be16 skc_dport;
  __u16 skc_num;
  __be32 skc_daddr;
  __be32 skc_rcv_saddr;
  struct in6_addr___words skc_v6_daddr; /* not there without CONFIG_IPV6 */
  struct in6_addr___words skc_v6_rcv_saddr;
} BPFMAP_CO_RE;

struct sock {
  struct sock_common __sk_common;
  __u16 sk_protocol;
} BPFMAP_CO_RE;

struct bpf_iter__bpf_sk_storage_map {
  struct bpf_iter_meta* meta;
  struct bpf_map* map;
  struct sock* sk; /* null at the end of the walk, as is value */
  void* value;
};

struct socket_key {
  __u64 cookie;
  __u16 family;
  __u16 protocol;
  __u16 local_port; /* of IPv4 and IPv6, as the addresses; in host order */
  __u16 remote_port;
  __be32 local_address[4]; /* IPv4 as ::ffff:a.b.c.d */
  __be32 remote_address[4];
};

const volatile __u32 value_size = sizeof(__u64);

struct iter_passes progress = {1, 0, 0, 0};

static __always_inline void add_addresses(struct socket_key* key, struct sock_common* common) {
  key->local_port = common->skc_num;
  key->remote_port = bpf_ntohs(common->skc_dport);
  if (key->family == AF_INET) {
    key->local_address[2] = bpf_htonl(0xffff);
    key->local_address[3] = common->skc_rcv_saddr;
    key->remote_address[2] = bpf_htonl(0xffff);
    key->remote_address[3] = common->skc_daddr;
  } else if (bpf_core_field_exists(common->skc_v6_daddr)) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      key->local_address[i] = common->skc_v6_rcv_saddr.in6_u.u6_addr32[i];
      key->remote_address[i] = common->skc_v6_daddr.in6_u.u6_addr32[i];
    }
  }
}

SEC("iter/bpf_sk_storage_map")
int write_socket(struct bpf_iter__bpf_sk_storage_map* ctx) {
  struct socket_key key = {};
  struct sock* sk = ctx->sk;
  void* value = ctx->value;

  if (!sk || !value) return 0;
  ++progress.visited;
  key.cookie = bpf_get_socket_cookie(sk);
  if (key.cookie % progress.passes != progress.pass) return 0;
  key.family = sk->__sk_common.skc_family;
  key.protocol = sk->sk_protocol;
  if (key.family == AF_INET || key.family == AF_INET6) add_addresses(&key, &sk->__sk_common);
  if (bpf_seq_write(ctx->meta->seq, &key, sizeof(key))) progress.overflowed = 1;
  if (bpf_seq_write(ctx->meta->seq, value, value_size)) progress.overflowed = 1;
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
