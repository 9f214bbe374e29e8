// SPDX-License-Identifier: Apache-2.0
// Maps in ebpf_exporter's format, filled by bpftool, and the pages that were written by
// hand for them.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "integration/exporter_process.h"
#include "integration/map_dump.h"
#include "integration/peer_files.h"
#include "support/bpf_requirements.h"
#include "support/eventually.h"

namespace bpfmap::test {
namespace {

class PeerPages : public testing::TestWithParam<PeerVariant> {
 protected:
  void SetUp() override { lacks(why_no_bpf()); }
};

// "MAP KEY [KEY...] VALUE", in hex.
void fill(pid_t pid, const std::string& path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::vector<std::string> parts;
    for (std::string word; words >> word;) parts.push_back(word);
    ASSERT_GE(parts.size(), 3U) << line;
    std::string key;
    for (std::size_t i = 1; i + 1 < parts.size(); ++i) key += parts[i];
    set_entry(pid, parts.front(), key, parts.back());
  }
}

TEST_P(PeerPages, AreAsWrittenByHand) {
  if (lacks(why_no_program("bpftool")) || lacks(why_no_decoders(GetParam().name))) return;
  const std::string source = source_path("tests/objects/peer/" + GetParam().name);
  const std::string wanted = read_text(source + ".expected");
  ASSERT_NE(wanted, "");
  const PeerFiles files(GetParam());
  ExporterProcess exporter(files.arguments());
  fill(exporter.process().pid(), source + ".fill");
  // A scrape may still be given the sample of the one before.
  eventually([&] { return peer_lines(page_of(exporter)) == peer_lines(wanted); });
  EXPECT_EQ(peer_lines(page_of(exporter)), peer_lines(wanted));
  exporter.stop();
}

std::vector<PeerVariant> both(std::initializer_list<const char*> names) {
  std::vector<PeerVariant> variants;
  for (const char* name : names) {
    variants.push_back({name, false});
    variants.push_back({name, true});
  }
  return variants;
}

std::string variant_name(const testing::TestParamInfo<PeerVariant>& info) {
  return info.param.name + (info.param.converted ? "_converted" : "");
}

constexpr std::initializer_list<const char*> kFilled = {
    "peer_addresses", "peer_cpu_of_key", "peer_devices",     "peer_exp2",
    "peer_exp2zero",  "peer_fixed",      "peer_hex",         "peer_linear",
    "peer_names",     "peer_no_labels",  "peer_padding_end", "peer_padding_middle",
    "peer_pci",       "peer_regexp",     "peer_strings",     "peer_uint"};

INSTANTIATE_TEST_SUITE_P(Filled, PeerPages, testing::ValuesIn(both(kFilled)), variant_name);

// Whether `text` has that, and no letter or digit behind it.
bool has_word(const std::string& text, const std::string& word) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if (end == text.size() || text.find_first_of(" \n,}", end) == end) return true;
  }
  return false;
}

// Ids of cgroups and addresses of the kernel differ from start to start: peer_events_test.cpp makes
// pages of them.
TEST(PeerTable, HasARowForEachDecoderAndEachTypeOfBuckets) {
  std::string rows;
  for (const char* name : kFilled) {
    rows += read_text(source_path("tests/objects/peer/" + std::string(name) + ".yaml"));
  }
  for (const char* name : {"peer_cgroup_names", "peer_symbols"}) {
    rows += read_text(source_path("tests/objects/peer/" + std::string(name) + ".yaml"));
  }
  for (const char* decoder : {"cgroup", "dname", "errno", "hex", "ifname", "inet_ip", "kstack",
                              "ksym", "majorminor", "pci_class", "pci_device", "pci_subclass",
                              "pci_vendor", "regexp", "static_map", "string", "syscall", "uint"}) {
    EXPECT_TRUE(has_word(rows, "name: " + std::string(decoder))) << decoder;
  }
  for (const char* type : {"exp2", "exp2zero", "linear", "fixed"}) {
    EXPECT_TRUE(has_word(rows, "bucket_type: " + std::string(type))) << type;
  }
}

}  // namespace
}  // namespace bpfmap::test
