// SPDX-License-Identifier: Apache-2.0
// What the documentation says and shows is tried. docs/metrics.md is in dead_map_test.cpp,
// docs/configuration.md in the unit tests of config.
#include "integration/documentation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cctype>
#include <csignal>
#include <filesystem>
#include <memory>
#include <regex>
#include <set>
#include <sstream>

#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/bpffs.h"
#include "support/temporary_directory.h"

namespace bpfmap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// What is behind the binary in "sudo build/release/bpfmap_exporter --config execs.yaml".
std::vector<std::string> arguments_of(const std::string& command) {
  std::istringstream words(command.substr(command.find("bpfmap_exporter")));
  std::vector<std::string> arguments;
  for (std::string word; words >> word;) arguments.push_back(word);
  arguments.erase(arguments.begin());
  return arguments;
}

// A folder that looks like a clone of the repository after `./dev build`, with the files of a tour.
class Tour : public ::testing::Test {
 protected:
  void unpack(const std::string& document, const std::string& group) {
    for (const TestBlock& block : test_blocks(document)) {
      if (block.group == group) directory_.write(block.file, block.text);
    }
    fs::create_directories(directory_ / "build/release");
    fs::create_symlink(exporter_binary(), directory_ / "build/release/bpfmap_exporter");
    fs::create_directory_symlink(source_path("bpf"), directory_ / "bpf");
    options_.directory = directory_.path();
  }

  std::string text(const std::string& file) const { return read_text(directory_ / file); }

  // Runs what a block tells the reader to run.
  Finished run_script(const std::string& file) {
    options_.arguments = {"sh", "-e", directory_ / file};
    return run_program(options_);
  }

  // Follows a tour up to an exporter that runs; it must compile without a word.
  std::unique_ptr<ExporterProcess> run_tour(const std::string& document, const std::string& group) {
    unpack(document, group);
    const Finished compiled = run_script("compile.sh");
    EXPECT_EQ(compiled.exit_code, 0) << compiled.err;
    EXPECT_EQ(compiled.err, "");
    const Finished checked = run_script("check.sh");
    EXPECT_EQ(checked.exit_code, 0);
    EXPECT_EQ(checked.err, text("check.txt"));
    return std::make_unique<ExporterProcess>(arguments_of(text("run.sh")), options_);
  }

  // Every line that the tour shows is on the page.
  void expect_page(const std::string& page) const {
    std::istringstream shown(text("page.txt"));
    for (std::string line; std::getline(shown, line);) {
      // Which process did what, and how often, is different on every machine; the rest is not.
      const std::string pattern = std::regex_replace(line, std::regex(R"(="\w+")"), "=\"\\w+\"");
      const std::string counts = std::regex_replace(pattern, std::regex(R"( \d+$)"), " \\d+");
      const std::string braces = std::regex_replace(counts, std::regex(R"([{}])"), "\\$&");
      EXPECT_TRUE(std::regex_search(page, std::regex("(^|\n)" + braces))) << line;
    }
  }

  TemporaryDirectory directory_;
  ChildOptions options_;
};

TEST_F(Tour, OfTheReadmeWorksAsItIsWritten) {
  if (lacks(why_no_bpf()) || lacks(why_no_program("clang"))) return;
  const auto exporter = run_tour("README.md", "tour");
  EXPECT_EQ(run_program({"true"}).exit_code, 0);
  const auto is_counted = [&] {
    return exporter->scrape().value_or(R"(execs_total{comm="true",uid="0"})", 0) >= 1;
  };
  EXPECT_TRUE(eventually(is_counted));
  expect_page(exporter->get("/metrics").body);
  exporter->stop();
}

TEST_F(Tour, OfEventsWorksAsItIsWritten) {
  if (lacks(why_no_bpf()) || lacks(mount_tracefs()) || lacks(why_no_program("clang"))) return;
  const auto exporter = run_tour("docs/events.md", "events");
  EXPECT_NE(run_program({"cat", "/nothing/of/that/name"}).exit_code, 0);
  const auto is_counted = [&] {
    const MetricsPage page = exporter->scrape();
    return page.value_or(R"(opens_total{comm="cat",error="ENOENT"})", 0) >= 1 &&
           page.value_or(R"(opens_total{comm="cat",error="none"})", 0) >= 1;
  };
  EXPECT_TRUE(eventually(is_counted));
  expect_page(exporter->get("/metrics").body);
  exporter->stop();
}

TEST_F(Tour, OfSymbolsWorksAsItIsWritten) {
  if (lacks(why_no_bpf()) || lacks(why_no_program("clang"))) return;
  const auto exporter = run_tour("docs/symbols.md", "symbols");
  const std::regex named(
      R"re(cpu_samples_total\{comm="dd",function="\w+",kernel_stack="[^"]*;do_syscall_64;)re");
  EXPECT_TRUE(eventually([&] {
    run_program({"dd", "if=/dev/zero", "of=/dev/null", "bs=4M", "count=500"});
    return std::regex_search(exporter->get("/metrics").body, named);
  }));
  expect_page(exporter->get("/metrics").body);
  exporter->stop();
}

// The tour of maps of others happens in /sys/fs/bpf/demo*, where another run of this test may be.
TEST_F(Tour, OfForeignMapsWorksAsItIsWritten) {
  if (lacks(why_no_bpf()) || lacks(why_no_program("bpftool"))) return;
  const BpfFolder folder;
  if (lacks(folder.problem())) return;
  const std::string name = "d" + std::to_string(::getpid()) + "_";
  std::set<std::string> tours;
  for (TestBlock block : test_blocks("docs/foreign-maps.md")) {
    if (block.group != "foreign") continue;
    block.text = std::regex_replace(block.text, std::regex("/sys/fs/bpf/"), folder.path() + "/");
    block.text = std::regex_replace(block.text, std::regex("name(:?) demo_"), "name$1 " + name);
    directory_.write(block.file, block.text);
    if (block.file.ends_with(".txt")) tours.insert(block.file.substr(0, block.file.find('.')));
  }
  EXPECT_EQ(tours, (std::set<std::string>{"named", "outer", "pinned"}));
  for (const char* script : {"create.sh", "outer.sh"}) {
    const Finished done = run_script(script);
    ASSERT_EQ(done.exit_code, 0) << done.out << done.err;
  }
  for (const std::string& tour : tours) {
    const std::string config = directory_ / (tour + ".yaml");
    EXPECT_EQ(run_exporter({"check", config}).exit_code, 0);
    ExporterProcess exporter({"--config=" + config});
    const std::string page = exporter.get("/metrics").body;
    std::istringstream shown(text(tour + ".txt"));
    for (std::string line; std::getline(shown, line);) EXPECT_THAT(page, HasSubstr(line + "\n"));
    exporter.process().send(SIGTERM);  // it holds nothing that could stay behind
    EXPECT_EQ(exporter.process().exit_code(), 0);
  }
}

TEST_F(Tour, OfVariablesWorksAsItIsWritten) {
  if (lacks(why_no_bpf()) || lacks(why_no_program("clang"))) return;
  unpack("docs/foreign-maps.md", "variables");
  const Finished compiled = run_script("compile.sh");
  ASSERT_EQ(compiled.exit_code, 0) << compiled.err;
  const Finished checked = run_exporter({"check", directory_ / "counters.yaml"});
  EXPECT_EQ(checked.exit_code, 0);
  EXPECT_EQ(checked.err, (directory_ / "counters.yaml") + ": ok: 1 program, 2 maps, 2 metrics\n");
  ExporterProcess exporter({"--config=" + (directory_ / "counters.yaml")});
  EXPECT_TRUE(eventually([&] {
    const MetricsPage page = exporter.scrape();
    const double odd = page.value_or("odd_calls_total{parity=\"odd\"}", 0);
    return odd > 0 && page.value("calls_total") > odd;
  }));
  EXPECT_FALSE(exporter.scrape().has("odd_calls_total{parity=\"even\"}"));
  exporter.stop();
}

TEST_F(Tour, OfInspectAndInitWorksAsItIsWritten) {
  if (lacks(why_no_program("clang"))) return;
  unpack("docs/command-line.md", "reads");
  const Finished compiled = run_script("compile.sh");
  ASSERT_EQ(compiled.exit_code, 0) << compiled.err;
  const Finished inspected = run_script("inspect.sh");
  EXPECT_EQ(inspected.exit_code, 0) << inspected.err;
  EXPECT_EQ(inspected.out, text("inspect.txt"));
  const Finished made = run_script("init.sh");
  EXPECT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(made.out, text("init.txt"));
  EXPECT_EQ(run_exporter({"check", directory_.write("made.yaml", made.out)}).exit_code, 0);
}

// "--config" of "  --config FILE ... ": what a line of --help explains.
std::set<std::string> options_in_help(const std::vector<std::string>& arguments) {
  const Finished help = run_exporter(arguments);
  EXPECT_EQ(help.exit_code, 0);
  std::set<std::string> options;
  std::istringstream lines(help.out);
  const std::regex option(R"(^  (-[a-z],)?(--[a-z.-]+).*)");
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, match, option)) options.insert(match[2]);
  }
  return options;
}

TEST(CommandLineDocumentation, ListsExactlyTheOptionsThatExist) {
  std::set<std::string> documented;
  for (const auto& row : table_rows("docs/command-line.md")) {
    if (row.front().starts_with("--")) documented.insert(row.front());
  }
  std::set<std::string> existing = options_in_help({"--help"});
  existing.merge(options_in_help({"dump", "--help"}));
  existing.merge(options_in_help({"check", "--help"}));
  existing.merge(options_in_help({"run", "--help"}));
  existing.merge(options_in_help({"inspect", "--help"}));
  existing.merge(options_in_help({"init", "--help"}));
  EXPECT_EQ(documented, existing);
}

TEST(CommandLineDocumentation, ShowsWhatCheckSays) {
  const std::string document = read_text(source_path("docs/command-line.md"));
  const std::size_t begin = document.find("misspelt.yaml:");
  ASSERT_NE(begin, std::string::npos);
  EXPECT_THAT(read_text(source_path("tests/golden/check/misspelt.expected")),
              HasSubstr(document.substr(begin, document.find("```", begin) - begin)));
}

using HttpDocumentation = BpfTest;

TEST_F(HttpDocumentation, EndpointsAnswerAsItSays) {
  ExporterProcess exporter({"--config=builtin:runqlat", "--debug"});
  EXPECT_TRUE(eventually([&] { return exporter.get("/-/ready").status == 200; }));
  int endpoints = 0;
  for (const auto& row : table_rows("docs/http.md")) {
    if (!row.front().starts_with("/")) continue;
    ++endpoints;
    if (row[1] == "POST") {
      EXPECT_EQ(send_request(exporter.url(), {.path = row[0], .method = "POST"}).status, 403);
      EXPECT_EQ(send_request(exporter.url(), {.path = row[0], .method = "GET"}).status, 405);
      continue;
    }
    EXPECT_EQ(row[1], "GET, HEAD");
    EXPECT_EQ(exporter.get(row[0]).status, 200) << row[0];
    EXPECT_THAT(row[2], ::testing::StartsWith("200"));
    const HttpResponse refused = send_request(exporter.url(), {.path = row[0], .method = "DELETE"});
    EXPECT_EQ(refused.status, 405) << row[0];
    EXPECT_EQ(refused.header("allow"), row[1]);
  }
  EXPECT_EQ(endpoints, 6);
  exporter.stop();
}

TEST_F(HttpDocumentation, StatusCodesAreThose) {
  ExporterProcess exporter({"--config=builtin:runqlat"});
  const std::string long_header = "X-Long: " + std::string(20'000, 'x');
  const std::set<int> seen = {
      send_request(exporter.url(), {.path = "/-/reload", .method = "POST"}).status,
      500,  // in the tests of reloading
      exporter.get("/metrics").status,
      exporter.get("/nothing").status,
      send_request(exporter.url(), {.path = "/metrics", .method = "POST"}).status,
      send_request(exporter.url(),
                   {.path = "/metrics", .method = "POST", .headers = {"Content-Length: 5000"}})
          .status,
      send_request(exporter.url(), {.path = "/metrics", .headers = {long_header}}).status,
      send_request(exporter.url(), {.path = "no slash", .method = "G(T"}).status,
      503,  // not without a walk that takes long: in the unit tests of commands and http
  };
  std::set<int> documented;
  for (const auto& row : table_rows("docs/http.md")) {
    if (row.size() == 2 && row[0].size() == 3 && std::isdigit(row[0][0]) != 0) {
      documented.insert(std::stoi(row[0]));
    }
  }
  EXPECT_EQ(seen, documented);
  exporter.stop();
}

TEST_F(HttpDocumentation, ListensOnEveryAddressItNames) {
  const TemporaryDirectory directory;
  int addresses = 0;
  for (const auto& row : table_rows("docs/http.md")) {
    std::string address = row.front();
    if (address.starts_with("unix:")) {
      address = "unix:" + (directory / "x.sock");
    } else if (address.find(':') != std::string::npos) {
      address = address.substr(0, address.rfind(':')) + ":0";  // the port may be taken
    } else {
      continue;
    }
    ++addresses;
    ExporterProcess exporter({"--config=builtin:runqlat", "--web.listen-address=" + address});
    for (const std::string& url : exporter.urls()) {
      EXPECT_EQ(fetch(url, "/-/healthy").status, 200) << address << " is " << url;
    }
    exporter.stop();
  }
  EXPECT_EQ(addresses, 8);
}

// Every link of a Markdown file to a file of the project leads somewhere.
TEST(Documentation, LinksLeadToFiles) {
  std::vector<fs::path> documents;
  for (const char* folder : {"", "docs", "dashboards", "LICENSES"}) {
    for (const auto& entry : fs::directory_iterator(source_path(folder))) {
      if (entry.path().extension() == ".md") documents.push_back(entry.path());
    }
  }
  const std::regex link(R"(\]\(([^)#:]+)(#[^)]*)?\))");
  int links = 0;
  for (const fs::path& document : documents) {
    const std::string markdown = read_text(document);
    for (std::sregex_iterator at(markdown.begin(), markdown.end(), link), end; at != end; ++at) {
      ++links;
      EXPECT_TRUE(fs::exists(document.parent_path() / (*at)[1].str()))
          << document << ": " << (*at)[0];
    }
  }
  EXPECT_GT(links, 20);
}

}  // namespace
}  // namespace bpfmap::test
