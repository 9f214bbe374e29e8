// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "collect/keep/kept_rows.h"
#include "collect/value_label_reader.h"
#include "config/load.h"
#include "decode/compile_rows.h"
#include "support/fake_clock.h"
#include "support/rendering.h"
#include "support/row_builder.h"

// Walks by hand through what a configuration makes of them, up to the page.
namespace bpfmap::collect {

using namespace std::chrono_literals;
using test::RowBuilder;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// Series as they are written, and their values.
using Page = std::map<std::string, std::string>;
// Keys and values of a map of u32 and u64.
using Counts = std::vector<std::pair<std::uint32_t, std::uint64_t>>;

// An entry of `maps` without braces, for the map "m".
inline decode::RowsPlan rows_plan(const kernel::MapInfo& info, const std::string& settings) {
  const auto source = std::make_shared<const config::Source>(config::Source{
      "test.yaml", "object: x.bpf.o\nmaps: [ { map: " + info.name + ", " + settings + " } ]\n"});
  config::Diagnostics diagnostics(source);
  const auto no_variables = [](const std::string&) { return std::optional<std::string>(); };
  const config::Config config = config::parse_config(source, no_variables, diagnostics);
  auto plan = decode::compile_rows(config, config.maps.at(0), info, diagnostics);
  EXPECT_TRUE(plan.has_value()) << diagnostics.render();
  return *std::move(plan);
}

// Returns what it is told to, block by block, and fails where it is told to.
class ScriptedReader final : public kernel::MapReader {
 public:
  explicit ScriptedReader(kernel::MapShape shape) : shape_(shape) {}

  void next_walk(std::vector<kernel::RowBlock> blocks, bool fails) {
    blocks_ = std::move(blocks);
    fails_ = fails;
    at_ = 0;
  }

  std::string_view name() const override { return "scripted"; }
  const kernel::MapShape& shape() const override { return shape_; }
  void rewind() override { at_ = 0; }
  Result<bool> next_batch(kernel::RowBlock& block) override {
    block.set_count(0);
    if (at_ < blocks_.size()) {
      block = std::move(blocks_[at_++]);
      return true;
    }
    if (!fails_) return false;
    return unexpected(
        Error{.kind = ErrorKind::kSystem, .operation = "read map", .subject = "'m'", .code = EIO});
  }

 private:
  kernel::MapShape shape_;
  std::vector<kernel::RowBlock> blocks_;
  bool fails_ = false;
  std::size_t at_ = 0;
};

class KeptMap {
 public:
  // A map of which nothing is kept is one as well: what its reader returns is exported as it is.
  KeptMap(kernel::MapInfo info, const std::string& settings)
      : info_(std::move(info)), plan_(rows_plan(info_, settings)) {
    auto script = std::make_unique<ScriptedReader>(info_.shape);
    script_ = script.get();
    reader_ = with_value_labels(std::move(script), plan_.value_labels);
    if (!plan_.keeping) return;
    kept_.emplace(*std::move(plan_.keeping), clock, std::make_shared<host::Host>());
    kept_->read_from(*reader_, [this](const std::string& key) {
      if (refusal == 0) deleted.push_back(key);
      return refusal;
    });
  }

  RowBuilder rows() const { return RowBuilder(info_.shape); }

  // The page after a walk that finds these rows.
  Page walk_rows(RowBuilder rows) {
    auto blocks = run(std::move(rows), /*fails=*/false);
    EXPECT_TRUE(blocks) << (blocks ? "" : blocks.error().message());
    if (!blocks) return {};
    return parse(test::render(plan_.samples, *blocks, host_).body.to_string());
  }
  Page walk(const Counts& counts) { return walk_rows(rows_of(counts)); }

  // A walk that fails after it has seen these rows.
  void failed_walk_rows(RowBuilder rows) { EXPECT_FALSE(run(std::move(rows), /*fails=*/true)); }
  void failed_walk(const Counts& counts) { failed_walk_rows(rows_of(counts)); }

  KeptRows& kept() { return *kept_; }
  const KeptCounts& counts() const { return kept_->counts(); }

  test::FakeClock clock;
  std::vector<std::string> deleted;  // keys
  int refusal = 0;                   // errno of deletions

 private:
  RowBuilder rows_of(const Counts& counts) const {
    RowBuilder built = rows();
    for (const auto& [key, value] : counts) built.add(key, value);
    return built;
  }

  Result<std::vector<kernel::RowBlock>> run(RowBuilder rows, bool fails) {
    script_->next_walk(rows.take(), fails);
    kernel::MapReader& reader = kept_ ? *kept_ : *reader_;
    reader.rewind();
    std::vector<kernel::RowBlock> blocks;
    while (true) {
      kernel::RowBlock block(reader.shape(), 1);
      const auto more = reader.next_batch(block);
      if (!more) return unexpected(more.error());
      blocks.push_back(std::move(block));
      if (!*more) return blocks;
    }
  }

  static Page parse(const std::string& text) {
    Page page;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with('#')) continue;
      const std::size_t space = line.rfind(' ');
      EXPECT_TRUE(page.emplace(line.substr(0, space), line.substr(space + 1)).second)
          << "twice: " << line;
    }
    return page;
  }

  kernel::MapInfo info_;
  decode::RowsPlan plan_;
  ScriptedReader* script_ = nullptr;
  std::unique_ptr<kernel::MapReader> reader_;
  std::optional<KeptRows> kept_;
  host::HostNames host_{[] { return std::vector<host::HostNames::Row>(); },
                        [] { return std::vector<host::HostNames::Row>(); }};
};

// A hash map of u32 keys and u64 values.
inline kernel::MapInfo u64_counts() {
  return test::hash_map(test::number("u32"), test::number("u64"));
}

inline std::uint64_t number_of(const Page& page, const std::string& series) {
  const auto found = page.find(series);
  return found == page.end() ? 0 : std::stoull(found->second);
}

inline std::uint64_t sum_of(const Page& page) {
  std::uint64_t sum = 0;
  for (const auto& [series, value] : page) sum += std::stoull(value);
  return sum;
}

}  // namespace bpfmap::collect
