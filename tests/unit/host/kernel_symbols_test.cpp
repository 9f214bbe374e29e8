// SPDX-License-Identifier: Apache-2.0
#include "host/kernel_symbols.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "host/host.h"
#include "host/symbols/kallsyms.h"
#include "support/fake_clock.h"

namespace bpfmap::host {
namespace {

constexpr const char* kKallsyms =
    "0000000000000000 A fixed_percpu_data\n"
    "ffffffff81000000 T _stext\n"
    "ffffffff81000000 T first_alias\n"
    "ffffffff81000100 t helper\n"
    "ffffffff81000200 W weak_one\n"
    "ffffffff81000300 T last_function\n"
    "ffffffff81000400 T _etext\n"
    "ffffffff82000000 D jiffies\n"
    "ffffffff82000000 D jiffies_64\n"
    "ffffffff82000040 d helper\n"
    "ffffffffc0000000 t mod_function\t[some_mod]\n"
    "ffffffffc0000100 t helper\t[some_mod]\n"
    "ffffffffc0010000 t bpf_prog_0123456789abcdef_count\t[bpf]\n"
    "this is no line of it\n"
    "ffffffffc0300000 T far_away\n"
    "zzz T not_hexadecimal\n";

constexpr const char* kModules =
    "some_mod 4096 0 - Live 0xffffffffc0000000\n"
    "broken\n";

std::string name_of(const std::optional<Symbol>& symbol) {
  if (!symbol) return "(none)";
  std::ostringstream text;
  text << symbol->name << "+" << symbol->offset;
  if (!symbol->module.empty()) text << " [" << symbol->module << "]";
  return text.str();
}

KernelSymbolList parse_kallsyms(std::string_view text, std::string_view modules = {}) {
  KallsymsParser parser;
  parser.add(text);
  return parser.finish(modules);
}

TEST(Kallsyms, FindsTheFunctionThatAnAddressLiesIn) {
  const SymbolTable table = parse_kallsyms(kKallsyms, kModules).table;
  EXPECT_EQ("helper+0", name_of(table.find(0xffffffff81000100)));
  EXPECT_EQ("helper+255", name_of(table.find(0xffffffff810001ff)));
  EXPECT_EQ("weak_one+0", name_of(table.find(0xffffffff81000200)));
  EXPECT_EQ("(none)", name_of(table.find(0xffffffff80ffffff))) << "below everything";
  EXPECT_EQ("(none)", name_of(table.find(0)));
  EXPECT_EQ("(none)", name_of(table.find(~std::uint64_t{0})));
}

TEST(Kallsyms, OfAliasesTheFirstIsTakenAsTheKernelDoes) {
  const SymbolTable table = parse_kallsyms(kKallsyms).table;
  EXPECT_EQ("_stext+16", name_of(table.find(0xffffffff81000010)));
}

TEST(Kallsyms, NothingLiesInDataOrBehindTheText) {
  const SymbolTable table = parse_kallsyms(kKallsyms).table;
  EXPECT_EQ("last_function+255", name_of(table.find(0xffffffff810003ff)));
  EXPECT_EQ("(none)", name_of(table.find(0xffffffff81000400))) << "behind _etext";
  EXPECT_EQ("(none)", name_of(table.find(0xffffffff82000000))) << "data";
  EXPECT_EQ("(none)", name_of(table.find(0xffffffff82000050))) << "data";
}

TEST(Kallsyms, FunctionsOfModulesEndWithTheModule) {
  const SymbolTable table = parse_kallsyms(kKallsyms, kModules).table;
  EXPECT_EQ("mod_function+5 [some_mod]", name_of(table.find(0xffffffffc0000005)));
  EXPECT_EQ("helper+3839 [some_mod]", name_of(table.find(0xffffffffc0000fff)));
  EXPECT_EQ("(none)", name_of(table.find(0xffffffffc0001000)));
  const SymbolTable without = parse_kallsyms(kKallsyms).table;
  EXPECT_EQ("helper+3840 [some_mod]", name_of(without.find(0xffffffffc0001000)));
}

TEST(Kallsyms, AFunctionHasNoMoreThanAMebibyte) {
  const SymbolTable table = parse_kallsyms(kKallsyms).table;
  EXPECT_EQ("bpf_prog_0123456789abcdef_count+1048575 [bpf]",
            name_of(table.find(0xffffffffc010ffff)));
  EXPECT_EQ("(none)", name_of(table.find(0xffffffffc0110000)));
  EXPECT_EQ("far_away+1048575", name_of(table.find(0xffffffffc03fffff)));
  EXPECT_EQ("(none)", name_of(table.find(0xffffffffc0400000)));
}

TEST(Kallsyms, AddressesAreFoundByTheirExactName) {
  const SymbolTable table = parse_kallsyms(kKallsyms).table;
  EXPECT_EQ(0xffffffff82000000, table.address_of("jiffies_64"));
  EXPECT_EQ(0xffffffff82000000, table.address_of("jiffies"));
  EXPECT_EQ(0xffffffff81000100, table.address_of("helper")) << "the first of three";
  EXPECT_EQ(0xffffffffc0000000, table.address_of("mod_function"));
  EXPECT_FALSE(table.address_of("jiff").has_value());
  EXPECT_FALSE(table.address_of("").has_value());
  EXPECT_FALSE(table.address_of("fixed_percpu_data").has_value()) << "an offset, no address";
}

TEST(Kallsyms, PiecesMayEndAnywhere) {
  const std::string text = kKallsyms;
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{64}}) {
    KallsymsParser parser;
    for (std::size_t at = 0; at < text.size(); at += step) {
      parser.add(std::string_view(text).substr(at, step));
    }
    const SymbolTable table = parser.finish().table;
    EXPECT_EQ(parse_kallsyms(text).table.size(), table.size()) << step;
    EXPECT_EQ("weak_one+1", name_of(table.find(0xffffffff81000201))) << step;
  }
}

TEST(Kallsyms, TheLastLineNeedsNoEnd) {
  EXPECT_EQ("a+1", name_of(parse_kallsyms("ffffffff81000000 T a").table.find(0xffffffff81000001)));
}

TEST(Kallsyms, SaysThatAddressesAreHidden) {
  EXPECT_TRUE(parse_kallsyms("0000000000000000 T a\n0000000000000000 t b\n").is_hidden);
  EXPECT_FALSE(parse_kallsyms(kKallsyms).is_hidden);
  EXPECT_FALSE(parse_kallsyms("").is_hidden);
}

TEST(SymbolTable, OfOverlappingFunctionsTheLastOneThatCoversTheAddress) {
  SymbolNames names;
  std::vector<SymbolRow> rows = {{0x1000, 0x100, names.add("outer"), 0},
                                 {0x1010, 0x10, names.add("inner"), 0},
                                 {0x1018, 0, names.add("label"), 0}};
  const SymbolTable table(std::move(rows), std::move(names));
  EXPECT_EQ("outer+15", name_of(table.find(0x100f)));
  EXPECT_EQ("inner+9", name_of(table.find(0x1019)));
  EXPECT_EQ("outer+32", name_of(table.find(0x1020)));
  EXPECT_EQ("(none)", name_of(table.find(0x1100)));
}

// A kernel whose symbols a test can change; counts how often they are read.
struct FakeKernel {
  std::string text = kKallsyms;
  bool fails = false;
  int reads = 0;
  test::FakeClock clock;
  KernelSymbols symbols{[this]() -> Result<KernelSymbolList> {
                          ++reads;
                          if (fails) {
                            return unexpected(Error{.kind = ErrorKind::kSystem,
                                                    .operation = "read",
                                                    .subject = "kallsyms",
                                                    .code = ENOENT});
                          }
                          return parse_kallsyms(text);
                        },
                        clock};

  std::string find(std::uint64_t address) {
    return name_of(KernelSymbolReader(symbols).find(address));
  }
};

constexpr std::uint64_t kNewAddress = 0xffffffffc0900000;
constexpr const char* kNewLine = "ffffffffc0900000 t fresh\t[new_mod]\n";

TEST(KernelSymbols, AreReadOnceAndOnlyWhenAskedFor) {
  FakeKernel kernel;
  EXPECT_EQ(0, kernel.reads);
  for (int i = 0; i < 3; ++i) EXPECT_EQ("helper+1", kernel.find(0xffffffff81000101));
  EXPECT_EQ(1, kernel.reads);
}

TEST(KernelSymbols, AMissReadsThemAgainAfterAWhile) {
  FakeKernel kernel;
  EXPECT_EQ("(none)", kernel.find(kNewAddress));
  kernel.text += kNewLine;
  EXPECT_EQ("(none)", kernel.find(kNewAddress)) << "too early";
  kernel.clock.advance(KernelSymbols::kLeastPause);
  EXPECT_EQ("fresh+0 [new_mod]", kernel.find(kNewAddress));
  EXPECT_EQ(2, kernel.reads);
}

TEST(KernelSymbols, MissesThatStayMissesReadThemLessAndLessOften) {
  FakeKernel kernel;
  for (int second = 0; second < 3600; ++second) {
    EXPECT_EQ("(none)", kernel.find(kNewAddress));
    kernel.clock.advance(std::chrono::seconds(1));
  }
  EXPECT_GE(kernel.reads, 10);
  EXPECT_LE(kernel.reads, 20) << "more often than every five minutes";
}

TEST(KernelSymbols, AddressesOfProcessesReadNothingAgain) {
  FakeKernel kernel;
  EXPECT_EQ("(none)", kernel.find(0x401000));
  kernel.clock.advance(std::chrono::hours(1));
  EXPECT_EQ("(none)", kernel.find(0x401000));
  EXPECT_EQ(1, kernel.reads);
}

TEST(KernelSymbols, NamesOfWhatCanBeUnloadedAreNotBelievedForEver) {
  FakeKernel kernel;
  EXPECT_EQ("mod_function+0 [some_mod]", kernel.find(0xffffffffc0000000));
  kernel.text = "ffffffffc0000000 t another\t[other_mod]\n";
  EXPECT_EQ("mod_function+0 [some_mod]", kernel.find(0xffffffffc0000000));
  kernel.clock.advance(KernelSymbols::kModuleAge);
  EXPECT_EQ("another+0 [other_mod]", kernel.find(0xffffffffc0000000));
}

TEST(KernelSymbols, ARenderingKeepsItsTable) {
  FakeKernel kernel;
  KernelSymbolReader reader(kernel.symbols);
  const auto symbol = reader.find(0xffffffff81000101);
  kernel.clock.advance(KernelSymbols::kModuleAge);
  EXPECT_EQ("mod_function+0 [some_mod]", kernel.find(0xffffffffc0000000)) << "read again";
  EXPECT_EQ(2, kernel.reads);
  EXPECT_EQ("helper+1", name_of(symbol));
}

TEST(KernelSymbols, WhatWasKnownStaysKnownWhenItCannotBeReadAnyMore) {
  FakeKernel kernel;
  EXPECT_EQ("mod_function+0 [some_mod]", kernel.find(0xffffffffc0000000));
  kernel.clock.advance(KernelSymbols::kModuleAge);
  kernel.fails = true;
  EXPECT_EQ("mod_function+0 [some_mod]", kernel.find(0xffffffffc0000000));
  EXPECT_EQ(2, kernel.reads);
}

TEST(KernelSymbols, HiddenAddressesAreNoNames) {
  FakeKernel kernel;
  kernel.text = "0000000000000000 T helper\n";
  EXPECT_EQ("(none)", kernel.find(0xffffffff81000100));
  const auto address = kernel.symbols.address_of("helper");
  ASSERT_FALSE(address.has_value());
  EXPECT_NE(std::string::npos, address.error().message().find("kernel.kptr_restrict"));
  EXPECT_NE(std::string::npos, address.error().message().find("CAP_SYSLOG"));
}

TEST(KernelSymbols, TellAddressesByName) {
  FakeKernel kernel;
  EXPECT_EQ(0xffffffff82000000, kernel.symbols.address_of("jiffies_64").value());
  const auto missing = kernel.symbols.address_of("no_such");
  ASSERT_FALSE(missing.has_value());
  EXPECT_NE(std::string::npos, missing.error().message().find("'no_such'"));
  kernel.text += kNewLine;
  kernel.clock.advance(KernelSymbols::kAddressAge);
  EXPECT_EQ(kNewAddress, kernel.symbols.address_of("fresh").value());
  EXPECT_EQ(2, kernel.reads);
}

TEST(KernelSymbols, AddressesOfModulesThatAreLoadedAnewAreTheNewOnes) {
  FakeKernel kernel;
  EXPECT_EQ(0xffffffffc0000000, kernel.symbols.address_of("mod_function").value());
  kernel.text = "ffffffffc0500000 t mod_function\t[some_mod]\n";
  kernel.clock.advance(KernelSymbols::kAddressAge);
  EXPECT_EQ(0xffffffffc0500000, kernel.symbols.address_of("mod_function").value());
  kernel.fails = true;
  kernel.clock.advance(KernelSymbols::kAddressAge);
  EXPECT_FALSE(kernel.symbols.address_of("mod_function").has_value()) << "may be another one now";
}

TEST(KernelSymbols, AnUnreadableListIsAnError) {
  FakeKernel kernel;
  kernel.fails = true;
  EXPECT_EQ("(none)", kernel.find(0xffffffff81000100));
  EXPECT_EQ(ENOENT, kernel.symbols.address_of("helper").error().code);
}

TEST(KernelSymbols, ManyThreadsMayAskWhileTheyAreReadAgain) {
  FakeKernel kernel;
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        if (kernel.find(0xffffffff81000101) != "helper+1") ++wrong;
        kernel.find(kNewAddress);
        kernel.clock.advance(KernelSymbols::kLeastPause);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(0, wrong);
  EXPECT_GT(kernel.symbols.statistics().misses, 1u);
}

TEST(KernelSymbols, CountLookupsReadingsAndMemory) {
  FakeKernel kernel;
  kernel.find(0xffffffff81000101);
  kernel.find(0xffffffff81000102);
  const CacheStatistics statistics = kernel.symbols.statistics();
  EXPECT_EQ("kernel_symbols", statistics.cache);
  EXPECT_EQ(13u, statistics.entries);
  EXPECT_EQ(2u, statistics.hits);
  EXPECT_EQ(1u, statistics.misses);
  EXPECT_GT(kernel.symbols.memory_bytes(), 13u * 18u);
}

// What the running kernel says, read line by line in another way.
TEST(KernelSymbols, AgreeWithThisKernel) {
  std::ifstream file("/proc/kallsyms");
  std::string address, type, name, line;
  std::uint64_t wanted = 0;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    words >> address >> type >> name;
    if (name == "schedule" && (type == "T" || type == "t")) {
      wanted = std::stoull(address, nullptr, 16);
      break;
    }
  }
  if (wanted == 0) GTEST_SKIP() << "needs CAP_SYSLOG, and kernel.kptr_restrict below 2";
  Host host;
  EXPECT_EQ(wanted, host.kernel_symbols().address_of("schedule").value());
  EXPECT_EQ("schedule+1", name_of(KernelSymbolReader(host.kernel_symbols()).find(wanted + 1)));
}

TEST(KernelSymbols, AMissingFileIsAnError) {
  const auto list = read_kallsyms("/proc/no/such/file", "/proc/no/such/file");
  ASSERT_FALSE(list.has_value());
  EXPECT_EQ(ENOENT, list.error().code);
}

}  // namespace
}  // namespace bpfmap::host
