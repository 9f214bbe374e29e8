// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Types that keys and values can have, for what reads BTF; maps only (HASH), which tests fill.
 *
 * By their key, with a __u64 as value:
 *   ints        integers of all sizes and signs, bool, char; no padding
 *   wide        128 bit integers
 *   strings     arrays of char, of one char, and of bytes
 *   enums       unsigned, signed, of one byte, behind a typedef (clang 14 does not say which of
 *               them are signed, later ones do)
 *   enums64     enumerators above 32 bit (clang writes ENUM64 from 15 on; 14 cuts the values off)
 *   nested      structs in a struct, named and anonymous, and an array of them
 *   unions      named and anonymous
 *   bitfields   signed, unsigned, bool, across bytes, in 64 bit, after plain members
 *   padded      holes in the middle and at the end
 *   typedefs    a typedef of a typedef of a struct; const and volatile members
 *   pointers    a kernel address
 * By their value, with a __u32 as key:
 *   signed_number, bool_number, byte_number, double_number, enum_number
 *   floats      struct with float and double
 *   arrays      struct with arrays of numbers, signed, of two dimensions, of structs
 *   packed      struct without alignment
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#define HASH_MAP(name, key_type, value_type) \
  struct {                                   \
    __uint(type, BPF_MAP_TYPE_HASH);         \
    __uint(max_entries, 64);                 \
    __type(key, key_type);                   \
    __type(value, value_type);               \
  } name SEC(".maps")

/* Keys */

struct ints_key {
  __u64 u64;
  __s64 s64;
  __u32 u32;
  __s32 s32;
  __u16 u16;
  __s16 s16;
  __u8 u8;
  __s8 s8;
  bool flag;
  char letter;
};
HASH_MAP(ints, struct ints_key, __u64);

struct wide_key {
  unsigned __int128 unsigned_wide;
  __int128 signed_wide;
};
HASH_MAP(wide, struct wide_key, __u64);

struct strings_key {
  char comm[16];
  char letter[1];
  unsigned char text[7];
  __u8 mac[6];
  char tail[2];
};
HASH_MAP(strings, struct strings_key, __u64);

enum color {
  RED,
  GREEN = 7,
  BRIGHT = 0x80000001,
};

enum direction {
  BACKWARD = -1,
  STILL,
  FORWARD,
};

enum __attribute__((packed)) tiny {
  TINY_ONE = 1,
  TINY_LAST = 255,
};

typedef enum direction direction_t;

struct enums_key {
  enum color color;
  enum direction direction;
  direction_t other_direction;
  enum tiny tiny;
  enum tiny tinies[3];
};
HASH_MAP(enums, struct enums_key, __u64);

enum huge {
  HUGE_SMALL = 1,
  HUGE_LARGE = 0x123456789aULL,
};

enum huge_signed {
  HUGE_NEGATIVE = -0x123456789aLL,
  HUGE_MINUS_ONE = -1,
};

struct enums64_key {
  enum huge huge;
  enum huge_signed huge_signed;
};
HASH_MAP(enums64, struct enums64_key, __u64);

struct endpoint {
  __u32 address;
  __u16 port;
  __u16 zone;
};

struct nested_key {
  struct endpoint source;
  struct endpoint destination;
  struct {
    __u32 anonymous_low;
    struct {
      __u32 anonymous_deep;
    };
  };
  struct endpoint hops[2];
};
HASH_MAP(nested, struct nested_key, __u64);

struct unions_key {
  __u32 family;
  union {
    __u32 v4;
    __u8 v6[16];
  };
  union {
    __u32 number;
    struct endpoint endpoint;
  } named;
};
HASH_MAP(unions, struct unions_key, __u64);

struct bitfields_key {
  __u8 plain;
  __u8 first : 1;
  __u8 rest : 7;
  __u16 whole;
  __u32 three : 3;
  __s32 signed_five : 5;
  __u32 across : 13;
  bool flag : 1;
  __u32 filler : 10;
  __u64 wide : 40;
  __s64 signed_wide : 24;
};
HASH_MAP(bitfields, struct bitfields_key, __u64);

struct padded_key {
  __u8 first;
  __u32 second; /* 3 bytes before it */
  __u16 third;
  __u64 fourth; /* 6 bytes before it */
  __u8 last;    /* 7 bytes behind it */
};
HASH_MAP(padded, struct padded_key, __u64);

typedef __u16 port_t;
typedef port_t local_port_t;
typedef struct {
  local_port_t local;
  const port_t remote;
  volatile __u32 count;
} connection_t;
typedef connection_t typedefs_key_t;
HASH_MAP(typedefs, typedefs_key_t, __u64);

struct pointers_key {
  const void* address;
};
HASH_MAP(pointers, struct pointers_key, __u64);

/* Values */

HASH_MAP(signed_number, __u32, __s64);
HASH_MAP(bool_number, __u32, bool);
HASH_MAP(byte_number, __u32, __u8);
HASH_MAP(double_number, __u32, double);
HASH_MAP(enum_number, __u32, enum direction);

struct floats_value {
  double seconds;
  float ratio;
  __u32 count;
};
HASH_MAP(floats, __u32, struct floats_value);

struct arrays_value {
  __u64 numbers[4];
  __s32 signed_numbers[3];
  __u32 one[1];
  __u64 matrix[2][3];
  struct endpoint endpoints[2];
  double seconds[2];
};
HASH_MAP(arrays, __u32, struct arrays_value);

struct packed_value {
  __u8 first;
  __u64 second;
  __s16 third;
} __attribute__((packed));
HASH_MAP(packed, __u32, struct packed_value);

char LICENSE[] SEC("license") = "Dual BSD/GPL";
