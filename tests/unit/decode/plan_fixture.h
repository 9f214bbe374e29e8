// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "config/load.h"
#include "decode/compile_object.h"
#include "host/host_names.h"
#include "support/rendering.h"
#include "support/row_builder.h"

// Configurations as text, compiled against objects by hand.
namespace bpfmap::decode {

using test::array;
using test::array_map;
using test::enumeration;
using test::hash_map;
using test::number;
using test::per_cpu_map;
using test::structure;
using test::text;
using test::union_of;
using test::without_btf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

inline std::shared_ptr<const config::Source> source_of(std::string text,
                                                       std::string path = "test.yaml") {
  return std::make_shared<const config::Source>(config::Source{std::move(path), std::move(text)});
}

// "error 3:7 message", in the order of the file.
inline std::vector<std::string> lines_of(const config::Diagnostics& diagnostics) {
  std::vector<config::Diagnostic> sorted = diagnostics.all();
  const auto key = [](const config::Diagnostic& d) { return std::tie(d.at.line, d.at.column); };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const auto& a, const auto& b) { return key(a) < key(b); });
  const char* const names[] = {"notice ", "warning ", "error "};
  std::vector<std::string> lines;
  for (const config::Diagnostic& diagnostic : sorted) {
    lines.push_back(names[static_cast<int>(diagnostic.severity)] +
                    std::to_string(diagnostic.at.line) + ":" +
                    std::to_string(diagnostic.at.column) + " " + diagnostic.message);
  }
  return lines;
}

class PlanTest : public ::testing::Test {
 protected:
  // Compiles a file; what there was to say about it is in messages_.
  ObjectPlan compile(const std::string& yaml, const std::string& path = "test.yaml") {
    const auto source = source_of(yaml, path);
    config::Diagnostics diagnostics(source);
    const auto no_variables = [](const std::string&) { return std::optional<std::string>(); };
    const config::Config config = config::parse_config(source, no_variables, diagnostics);
    ObjectPlan plan =
        compile_object(config, {"test.bpf.o", programs_, maps_, globals_, structs_, own_structs_},
                       names_, diagnostics);
    messages_ = lines_of(diagnostics);
    failed_ = diagnostics.has_errors();
    return plan;
  }

  // What there is to say about a file whose line 2 is this entry of `maps`, without braces:
  // "map: m, metrics: [...]". Its first column is 11.
  const std::vector<std::string>& check(const std::string& map, const std::string& file = {}) {
    names_ = {};
    compile("object: test.bpf.o\nmaps: [ { " + map + " } ]\n" + file);
    return messages_;
  }

  // The page that such a file makes of map m with these rows.
  std::string render(const kernel::MapInfo& map, const test::RowBuilder& rows,
                     const std::string& settings, const std::string& file = {}) {
    maps_ = {map};
    names_ = {};
    const ObjectPlan plan =
        compile("object: test.bpf.o\nmaps: [ { map: m, " + settings + " } ]\n" + file);
    if (failed_ || plan.maps.size() != 1) {
      ADD_FAILURE() << ::testing::PrintToString(messages_);
      return {};
    }
    rendering_ = test::render(plan.maps.front().samples, rows.rows(), host_);
    return rendering_.body.to_string();
  }

  std::vector<kernel::ProgramInfo> programs_;
  std::vector<kernel::MapInfo> maps_;
  std::vector<kernel::GlobalInfo> globals_;
  StructLookup structs_;
  std::vector<std::string> own_structs_;
  MetricNames names_;
  std::vector<std::string> messages_;
  bool failed_ = false;
  host::HostNames host_{[] {
                          return std::vector<host::HostNames::Row>{{2, "eth0"}};
                        },
                        [] { return std::vector<host::HostNames::Row>(); }};
  test::Rendering rendering_;
};

}  // namespace bpfmap::decode
