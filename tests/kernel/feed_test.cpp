// SPDX-License-Identifier: Apache-2.0
#include "kernel/feed_test.h"

#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <cerrno>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "config/load.h"
#include "support/rendering.h"

namespace bpfmap::test {

UniqueFd create_map(std::uint32_t type, const std::string& name, std::uint32_t key_size,
                    std::uint32_t value_size, std::uint32_t max_entries) {
  UniqueFd fd(::bpf_map_create(static_cast<bpf_map_type>(type),
                               name.empty() ? nullptr : name.c_str(), key_size, value_size,
                               max_entries, nullptr));
  if (!fd) throw std::runtime_error("no map " + name + ": " + errno_in_words(errno));
  return fd;
}

UniqueFd create_outer(std::uint32_t type, int inner, std::uint32_t max_entries) {
  bpf_map_create_opts options{};
  options.sz = sizeof(options);
  options.inner_map_fd = static_cast<std::uint32_t>(inner);
  UniqueFd fd(
      ::bpf_map_create(static_cast<bpf_map_type>(type), "outer", 4, 4, max_entries, &options));
  if (!fd) throw std::runtime_error("no map of maps: " + errno_in_words(errno));
  return fd;
}

void set(int map, std::uint32_t key, std::uint64_t value) {
  EXPECT_EQ(::bpf_map_update_elem(map, &key, &value, 0), 0) << errno;
}

void set_inner(int outer, std::uint32_t key, int inner) {
  EXPECT_EQ(::bpf_map_update_elem(outer, &key, &inner, 0), 0) << errno;
}

std::uint32_t id_of(int map) {
  bpf_map_info info{};
  std::uint32_t size = sizeof(info);
  EXPECT_EQ(::bpf_obj_get_info_by_fd(map, &info, &size), 0);
  return info.id;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::unique_ptr<collect::ForeignFeed> FeedTest::feed(const std::string& entry) {
  const auto source = std::make_shared<const config::Source>(
      config::Source{"test.yaml", "maps: [ { " + entry + " } ]\n"});
  config::Diagnostics diagnostics(source);
  auto config = std::make_shared<const config::Config>(
      config::parse_config(source, config::process_environment(), diagnostics));
  if (diagnostics.has_errors()) throw std::runtime_error(diagnostics.render());
  return std::make_unique<collect::ForeignFeed>(std::move(config), 0, clock_,
                                                std::make_shared<host::Host>());
}

std::string FeedTest::page(collect::ForeignFeed& feed) {
  auto opened = feed.open();
  if (!opened) return opened.error().message();
  opened->reader->rewind();
  std::vector<kernel::RowBlock> rows;
  for (bool more = true; more;) {
    kernel::RowBlock block(opened->reader->shape(), 16);
    const auto read = opened->reader->next_batch(block);
    if (!read) {
      feed.close();
      return read.error().message();
    }
    more = *read;
    rows.push_back(std::move(block));
  }
  feed.close();
  host::HostNames host{std::make_shared<host::Host>()};
  return test::render(*opened->plan, rows, host).body.to_string();
}

Samples FeedTest::samples(collect::ForeignFeed& feed) {
  const std::string text = page(feed);
  EXPECT_TRUE(text.empty() || text.starts_with("# ")) << text;
  Samples samples;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const std::size_t space = line.rfind(' ');
    EXPECT_TRUE(samples.emplace(line.substr(0, space), line.substr(space + 1)).second) << line;
  }
  return samples;
}

}  // namespace bpfmap::test
