// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "kernel/layout.h"
#include "support/layouts.h"

// Which types are addresses.
namespace bpfmap::kernel {
namespace {

using test::array;
using test::number;
using test::structure;
using test::union_of;

TypePtr in_addr(const std::string& name = "struct in_addr") {
  return structure(name, {{"s_addr", number("be32")}});
}
// As the kernel's headers have it, and libc's.
TypePtr in6_addr(const std::string& name = "struct in6_addr") {
  return structure(
      name, {{"in6_u", union_of("union (anonymous)", {{"u6_addr8", array(number("u8"), 16)},
                                                      {"u6_addr16", array(number("be16"), 8)},
                                                      {"u6_addr32", array(number("be32"), 4)}})}});
}
TypePtr in6_addr_of_libc(const std::string& name) {
  return structure(
      name,
      {{"__in6_u", union_of("union (anonymous)", {{"__u6_addr8", array(number("u8"), 16)},
                                                  {"__u6_addr16", array(number("u16"), 8)},
                                                  {"__u6_addr32", array(number("u32"), 4)}})}});
}

TEST(Addresses, AreStructsOfTheHeaders) {
  EXPECT_EQ(address_of(*in_addr()), Address::kIpv4);
  EXPECT_EQ(address_of(*in6_addr()), Address::kIpv6);
  EXPECT_EQ(address_of(*in6_addr_of_libc("struct in6_addr")), Address::kIpv6);
}

TEST(Addresses, AreTheSameBehindATypedef) {
  EXPECT_EQ(address_of(*in_addr("address_t")), Address::kIpv4);
  EXPECT_EQ(address_of(*in6_addr("address_t")), Address::kIpv6);
  EXPECT_EQ(address_of(*in6_addr_of_libc("address_t")), Address::kIpv6);
}

TEST(Addresses, AreUnionsOfViewsOfOne) {
  const auto bytes = array(number("u8"), 16);
  EXPECT_EQ(address_of(*union_of("union a", {{"b", bytes}, {"w", array(number("be32"), 4)}})),
            Address::kIpv6);
  EXPECT_EQ(address_of(*union_of("union a", {{"addr8", bytes}, {"q", array(number("u64"), 2)}})),
            Address::kIpv6);
  EXPECT_EQ(address_of(*union_of("union a", {{"x", in6_addr()}})), Address::kIpv6);
  // union nf_inet_addr of the kernel
  EXPECT_EQ(address_of(*union_of("union nf_inet_addr", {{"all", array(number("u32"), 4)},
                                                        {"ip", number("be32")},
                                                        {"ip6", array(number("be32"), 4)},
                                                        {"in", in_addr()},
                                                        {"in6", in6_addr()}})),
            Address::kEither);
  EXPECT_EQ(address_of(*union_of("xfrm_address_t", {{"a4", number("be32")}, {"v6", bytes}})),
            Address::kEither);
  EXPECT_EQ(address_of(*union_of("union address", {{"v4", number("u32")}, {"v6", bytes}})),
            Address::kNone);  // nothing says in which order the number is
}

TEST(Addresses, AreOnlyThoseThatSaySo) {
  const auto bytes = array(number("u8"), 16);
  const auto words = array(number("u64"), 2);
  const auto plain = union_of("union id", {{"bytes", bytes}, {"words", words}});
  EXPECT_EQ(address_of(*plain), Address::kNone);
  EXPECT_EQ(address_of(*plain, "cookie"), Address::kNone);
  EXPECT_EQ(address_of(*plain, "key.saddr"), Address::kIpv6);  // by the name of the field
  EXPECT_EQ(address_of(*union_of("union a", {{"addr", bytes}, {"n", number("u64")}})),
            Address::kNone);
  EXPECT_EQ(address_of(*structure("struct pair", {{"addr", bytes}})), Address::kNone);
  EXPECT_EQ(address_of(*structure("struct two", {{"s_addr", number("u32")}, {"x", number("u32")}})),
            Address::kNone);
  EXPECT_EQ(address_of(*number("be32")), Address::kNone);
  EXPECT_EQ(address_of(*union_of("union addr", {{"v4", number("be32")}})), Address::kNone);
}

TEST(Addresses, AreOneFieldOfAWhole) {
  const auto key = structure("struct key", {{"source", in_addr()}, {"target", in6_addr()}});
  const auto fields = leaf_fields(key, "key");
  ASSERT_EQ(fields.size(), 2u);
  EXPECT_EQ(fields[0].path, "source");
  EXPECT_EQ(fields[1].path, "target");
  EXPECT_EQ(fields[1].offset, 4u);
  EXPECT_EQ(field_paths(key, "key"), (std::vector<std::string>{"source", "target"}));
  ASSERT_EQ(leaf_fields(in6_addr(), "key").size(), 1u);
  EXPECT_EQ(leaf_fields(in6_addr(), "key")[0].path, "key");
  EXPECT_TRUE(resolve_field(in6_addr(), "key", "key"));
  EXPECT_TRUE(resolve_field(key, "target.in6_u.u6_addr8", "key"));
}

TEST(Wholes, HaveANameUnlessAMemberHasIt) {
  const auto key = structure("struct key", {{"a", number("u32")}, {"b", number("u32")}});
  const auto whole = resolve_field(key, "key", "key");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->type->size, 8u);
  EXPECT_EQ(whole->path, "key");
  const auto other = structure("struct other", {{"a", number("u32")}, {"key", number("u16")}});
  EXPECT_EQ((*resolve_field(other, "key", "key")).offset, 4u);
  EXPECT_FALSE(resolve_field(key, "value", "key"));
}

}  // namespace
}  // namespace bpfmap::kernel
