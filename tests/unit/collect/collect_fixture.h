// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collect/sample/map_sampler.h"
#include "config/load.h"
#include "decode/compile/compile_map.h"
#include "kernel/map_types.h"
#include "support/fake_clock.h"
#include "support/fake_map_reader.h"
#include "support/watchdog.h"

// Maps without a kernel, and what the collector needs to sample them.
namespace bpfmap::collect {

using namespace std::chrono_literals;
using test::FakeClock;
using test::FakeMap;
using test::Gate;

// A plan for a map, from an entry of `maps` without its braces.
inline decode::SamplePlan plan_of(const kernel::MapInfo& info, const std::string& settings) {
  const auto source = std::make_shared<const config::Source>(config::Source{
      "test.yaml", "object: x.bpf.o\nmaps: [ { map: " + info.name + ", " + settings + " } ]\n"});
  config::Diagnostics diagnostics(source);
  const auto no_variables = [](const std::string&) { return std::optional<std::string>(); };
  const config::Config config = config::parse_config(source, no_variables, diagnostics);
  auto plan = decode::compile_map(config, config.maps.at(0), info, diagnostics);
  EXPECT_TRUE(plan.has_value()) << diagnostics.render();
  return *std::move(plan);
}

// A hash map of u32 keys and u64 values, exported as the counter NAME_total by default.
inline kernel::MapInfo counts(std::string name, std::uint32_t max_entries = 1024) {
  kernel::MapInfo info = test::hash_map(test::number("u32"), test::number("u64"), std::move(name));
  info.shape.max_entries = max_entries;
  return info;
}

inline MapSource source_of(const kernel::MapInfo& info, std::shared_ptr<FakeMap> map,
                           Duration interval = 5s, Duration max_age = 1s) {
  return {"cfg", info.name,
          fixed_feed(kernel::map_type_name(info.shape.type),
                     std::make_unique<test::FakeMapReader>(std::move(map)),
                     plan_of(info, "metrics: [ { counter: " + info.name + "_total } ]")),
          interval, max_age};
}

// Of one gzip member.
inline std::string gunzip(const std::string& compressed) {
  z_stream stream{};
  constexpr int kGzipOnly = 15 + 16;
  EXPECT_EQ(inflateInit2(&stream, kGzipOnly), Z_OK);
  std::vector<unsigned char> in(compressed.begin(), compressed.end());
  stream.next_in = in.data();
  stream.avail_in = static_cast<uInt>(in.size());
  std::string text;
  int status = Z_OK;
  while (status == Z_OK) {
    unsigned char out[4096];
    stream.next_out = out;
    stream.avail_out = sizeof(out);
    status = inflate(&stream, Z_NO_FLUSH);
    text.append(out, out + sizeof(out) - stream.avail_out);
  }
  EXPECT_EQ(status, Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  inflateEnd(&stream);
  return text;
}

}  // namespace bpfmap::collect
