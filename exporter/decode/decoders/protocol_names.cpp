// SPDX-License-Identifier: Apache-2.0
#include <cctype>
#include <memory>
#include <string>

#include "base/capabilities.h"
#include "decode/decoders/builders.h"
#include "decode/decoders/name_table.h"
#include "decode/decoders/number_ops.h"
#include "decode/decoders/system_names.h"

// Tables that are the same on every Linux.
namespace bpfmap::decode {
namespace {

struct Entry {
  std::uint64_t number;
  const char* name;
};

template <std::size_t N>
NameTablePtr table_of(const Entry (&entries)[N], const std::string& prefix = {}) {
  std::vector<NameTable::Row> rows;
  for (const Entry& entry : entries) rows.push_back({entry.number, prefix + entry.name});
  return std::make_shared<const NameTable>(std::move(rows));
}

// From `first` on, without gaps.
template <std::size_t N>
NameTablePtr table_from(std::uint64_t first, const char* const (&names)[N],
                        const std::string& prefix = {}) {
  std::vector<NameTable::Row> rows;
  for (const char* name : names) rows.push_back({first++, prefix + name});
  return std::make_shared<const NameTable>(std::move(rows));
}

// include/linux/socket.h, Linux 6.18
constexpr const char* kFamilies[] = {
    "UNSPEC",  "UNIX",    "INET",    "AX25",   "IPX",        "APPLETALK", "NETROM",   "BRIDGE",
    "ATMPVC",  "X25",     "INET6",   "ROSE",   "DECnet",     "NETBEUI",   "SECURITY", "KEY",
    "NETLINK", "PACKET",  "ASH",     "ECONET", "ATMSVC",     "RDS",       "SNA",      "IRDA",
    "PPPOX",   "WANPIPE", "LLC",     "IB",     "MPLS",       "CAN",       "TIPC",     "BLUETOOTH",
    "IUCV",    "RXRPC",   "ISDN",    "PHONET", "IEEE802154", "CAIF",      "ALG",      "NFC",
    "VSOCK",   "KCM",     "QIPCRTR", "SMC",    "XDP",        "MCTP",
};

// include/net/tcp_states.h, Linux 6.18
constexpr const char* kTcpStates[] = {
    "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",    "TIME_WAIT",      "CLOSE",
    "CLOSE_WAIT",  "LAST_ACK", "LISTEN",   "CLOSING",   "NEW_SYN_RECV", "BOUND_INACTIVE",
};

// include/uapi/linux/in.h and in6.h; the numbers are those of IANA's registry "Protocol Numbers".
constexpr Entry kIpProtocols[] = {
    {0, "ip"},       {1, "icmp"},      {2, "igmp"},     {4, "ipip"},       {6, "tcp"},
    {8, "egp"},      {12, "pup"},      {17, "udp"},     {22, "idp"},       {29, "tp"},
    {33, "dccp"},    {41, "ipv6"},     {43, "routing"}, {44, "fragment"},  {46, "rsvp"},
    {47, "gre"},     {50, "esp"},      {51, "ah"},      {58, "icmpv6"},    {59, "none"},
    {60, "dstopts"}, {89, "ospf"},     {92, "mtp"},     {94, "beetph"},    {98, "encap"},
    {103, "pim"},    {108, "comp"},    {112, "vrrp"},   {115, "l2tp"},     {132, "sctp"},
    {135, "mh"},     {136, "udplite"}, {137, "mpls"},   {143, "ethernet"}, {144, "aggfrag"},
    {255, "raw"},    {262, "mptcp"},
};

// include/uapi/linux/if_ether.h
constexpr Entry kEtherTypes[] = {
    {0x0800, "ipv4"},
    {0x0806, "arp"},
    {0x0842, "wol"},
    {0x22f0, "tsn"},
    {0x22f3, "trill"},
    {0x6003, "decnet"},
    {0x8035, "rarp"},
    {0x809b, "appletalk"},
    {0x80f3, "aarp"},
    {0x8100, "vlan"},
    {0x8137, "ipx"},
    {0x86dd, "ipv6"},
    {0x8808, "pause"},
    {0x8809, "slow"},
    {0x8847, "mpls"},
    {0x8848, "mpls_multicast"},
    {0x8863, "pppoe_discovery"},
    {0x8864, "pppoe_session"},
    {0x888e, "eapol"},
    {0x8892, "profinet"},
    {0x88a2, "aoe"},
    {0x88a4, "ethercat"},
    {0x88a8, "qinq"},
    {0x88ca, "tipc"},
    {0x88cc, "lldp"},
    {0x88e5, "macsec"},
    {0x88f5, "mvrp"},
    {0x88f7, "ptp"},
    {0x88f8, "ncsi"},
    {0x88fb, "prp"},
    {0x8902, "cfm"},
    {0x8906, "fcoe"},
    {0x8914, "fip"},
    {0x8915, "roce"},
    {0x892f, "hsr"},
};

}  // namespace

NameTablePtr capability_names() {
  static const auto table = [] {
    std::vector<NameTable::Row> rows;
    for (int number = 0; number < kMostCapabilities; ++number) {
      std::string name = capability_name(number).value_or("");
      if (name.empty()) continue;
      for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      rows.push_back({static_cast<std::uint64_t>(number), std::move(name)});
    }
    return std::make_shared<const NameTable>(std::move(rows));
  }();
  return table;
}

NameTablePtr address_family_names() {
  static const auto table = table_from(0, kFamilies, "AF_");
  return table;
}

NameTablePtr tcp_state_names() {
  static const auto table = table_from(1, kTcpStates);
  return table;
}

NameTablePtr ip_protocol_names() {
  static const auto table = table_of(kIpProtocols);
  return table;
}

NameTablePtr ether_type_names() {
  static const auto table = table_of(kEtherTypes);
  return table;
}

Named make_ethertype() { return {ether_type_names(), /*unnamed_in_hex=*/true}; }

}  // namespace bpfmap::decode
