// SPDX-License-Identifier: Apache-2.0
// What can be known about docker/ without Docker: lists of packages, and paths that must agree.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/temporary_directory.h"

namespace bpfmap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Names = std::set<std::string>;

// The packages of the nth `apt-get install` of the Dockerfile.
Names packages_of_stage(std::size_t stage) {
  const std::string file = read_text(source_path("docker/Dockerfile"));
  const std::string begin = "--no-install-recommends \\\n";
  std::size_t at = 0;
  for (std::size_t i = 0; i <= stage; ++i) at = file.find(begin, at) + begin.size();
  std::istringstream words(file.substr(at, file.find("&&", at) - at));
  Names packages;
  for (std::string word; words >> word;) {
    if (word != "\\") packages.insert(word);
  }
  return packages;
}

// The words of a bash array in ./dev.
Names array_in_dev(const std::string& name) {
  const std::string script = read_text(source_path("dev"));
  const std::size_t begin = script.find(name + "=(") + name.size() + 2;
  std::istringstream words(script.substr(begin, script.find(')', begin) - begin));
  Names array;
  for (std::string word; words >> word;) array.insert(word);
  return array;
}

bool is_debian_12() {
  const std::string release = read_text("/etc/os-release");
  return release.find("ID=debian") != std::string::npos &&
         release.find("VERSION_ID=\"12\"") != std::string::npos;
}

TEST(Dockerfile, BuildsWithThePackagesOfDevBuild) {
  EXPECT_EQ(packages_of_stage(0), array_in_dev("build_packages"));
}

// Package names are those of the image that the Dockerfile starts from.
class DockerfileOnDebian : public ::testing::Test {
 protected:
  void SetUp() override {
    EXPECT_THAT(read_text(source_path("docker/Dockerfile")), HasSubstr("FROM debian:12-slim\n"));
    if (!is_debian_12()) GTEST_SKIP() << "the image is Debian 12, this system is not";
  }
};

TEST_F(DockerfileOnDebian, PackagesCanBeInstalled) {
  Names all = packages_of_stage(0);
  all.merge(packages_of_stage(1));
  std::vector<std::string> command = {"apt-get", "install", "--dry-run", "--no-install-recommends"};
  command.insert(command.end(), all.begin(), all.end());
  const Finished result = run_program(command);
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
}

// The packages that have these files.
Names packages_of(const Names& files) {
  // dpkg knows files below /usr/lib by the one name or the other, since /lib is a link.
  std::vector<std::string> command = {"dpkg-query", "-S"};
  for (const std::string& file : files) {
    command.push_back(file);
    command.push_back(file.starts_with("/usr/") ? file.substr(4) : "/usr" + file);
  }
  std::istringstream lines(run_program(command).out);
  Names packages;
  std::size_t found = 0;
  for (std::string line; std::getline(lines, line); ++found) {
    packages.insert(line.substr(0, line.find(':')));
  }
  EXPECT_EQ(found, files.size());
  return packages;
}

// The libraries that the binary itself asks for; apt adds what those need.
Names direct_libraries() {
  const Finished headers = run_program({"objdump", "-p", exporter_binary()});
  EXPECT_EQ(headers.exit_code, 0) << headers.err;
  Names names;
  const std::regex needed(R"(NEEDED +([^ \n]+))");
  for (std::sregex_iterator at(headers.out.begin(), headers.out.end(), needed), end; at != end;
       ++at) {
    names.insert((*at)[1]);
  }
  return names;
}

TEST_F(DockerfileOnDebian, RuntimeHasExactlyTheLibrariesOfTheBinary) {
  const Names image = {"libc6", "libgcc-s1", "libstdc++6"};  // what debian:12-slim has
  const std::regex sanitizer("lib(asan|ubsan|tsan)[0-9]+");  // of builds for tests
  const Finished ldd = run_program({"ldd", exporter_binary()});
  ASSERT_EQ(ldd.exit_code, 0) << ldd.err;
  Names libraries;
  const Names direct = direct_libraries();
  const std::regex library(R"(([^\s]+) => (/[^ ]+))");
  for (std::sregex_iterator at(ldd.out.begin(), ldd.out.end(), library), end; at != end; ++at) {
    if (direct.contains((*at)[1])) libraries.insert((*at)[2]);
  }
  Names needed = {"libcurl4"};  // loaded by host/kubelet/curl_library.cpp
  for (const std::string& package : packages_of(libraries)) {
    if (!image.contains(package) && !std::regex_match(package, sanitizer)) needed.insert(package);
  }
  EXPECT_EQ(packages_of_stage(1), needed);
}

TEST(Dockerfile, CopiesTheBinaryFromWhereDevBuildPutsIt) {
  EXPECT_THAT(read_text(source_path("docker/Dockerfile")),
              HasSubstr("/src/build/release/bpfmap_exporter "));
  EXPECT_THAT(read_text(source_path("dev")), HasSubstr("build/release/bpfmap_exporter \"$@\""));
}

YAML::Node load(const std::string& path) { return YAML::Load(read_text(source_path(path))); }

// Where a container sees what: "SOURCE:TARGET:ro" of the volumes of a service.
std::map<std::string, std::string> mounts_of(const YAML::Node& service) {
  std::map<std::string, std::string> mounts;
  for (const YAML::Node& volume : service["volumes"]) {
    std::istringstream parts(volume.as<std::string>());
    std::string from;
    std::string to;
    std::getline(parts, from, ':');
    std::getline(parts, to, ':');
    mounts[to] = from;
  }
  return mounts;
}

TEST(Compose, MountsWhatExistsAndProvisionsWhatIsMounted) {
  const YAML::Node services = load("docker/compose.yaml")["services"];
  const YAML::Node build = services["exporter"]["build"];
  const fs::path context = source_path("docker/" + build["context"].as<std::string>());
  EXPECT_TRUE(fs::equivalent(context, source_path("")));
  EXPECT_TRUE(fs::exists(context / build["dockerfile"].as<std::string>()));

  const auto grafana = mounts_of(services["grafana"]);
  const auto prometheus = mounts_of(services["prometheus"]);
  for (const auto& mounts : {grafana, prometheus}) {
    for (const auto& [target, source] : mounts) {
      if (!source.starts_with(".")) continue;  // a volume of Docker's
      EXPECT_TRUE(fs::exists(source_path("docker/" + source))) << source;
    }
  }
  const YAML::Node providers =
      load("docker/grafana/provisioning/dashboards/dashboards.yaml")["providers"];
  const std::string dashboards = providers[0]["options"]["path"].as<std::string>();
  EXPECT_EQ(grafana.at(dashboards), "../dashboards");
  EXPECT_TRUE(grafana.contains("/etc/grafana/provisioning"));
  const std::string home =
      services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
          .as<std::string>();
  EXPECT_TRUE(home.starts_with(dashboards + "/"));
  EXPECT_TRUE(fs::exists(source_path("dashboards/" + home.substr(dashboards.size() + 1))));
  EXPECT_EQ(prometheus.at("/etc/prometheus/prometheus.yml"), "./prometheus.yml");
}

TEST(Compose, ServicesFindEachOther) {
  const YAML::Node services = load("docker/compose.yaml")["services"];
  const YAML::Node sources =
      load("docker/grafana/provisioning/datasources/prometheus.yaml")["datasources"];
  EXPECT_EQ(sources[0]["url"].as<std::string>(), "http://prometheus:9090");
  EXPECT_EQ(sources[0]["type"].as<std::string>(), "prometheus");
  EXPECT_TRUE(services["prometheus"]);
  const YAML::Node scrapes = load("docker/prometheus.yml")["scrape_configs"];
  EXPECT_EQ(scrapes[0]["static_configs"][0]["targets"][0].as<std::string>(), "exporter:9435");
  EXPECT_TRUE(services["exporter"]);
  EXPECT_THAT(read_text(source_path("docker/Dockerfile")), HasSubstr("\nEXPOSE 9435\n"));
}

TEST(Compose, GivesTheCapabilitiesThatTheDefaultSetNeeds) {
  // CommandLine's tests run it with exactly these.
  const YAML::Node exporter = load("docker/compose.yaml")["services"]["exporter"];
  EXPECT_EQ(exporter["cap_drop"].as<std::vector<std::string>>(), std::vector<std::string>{"ALL"});
  EXPECT_EQ(exporter["cap_add"].as<std::vector<std::string>>(),
            (std::vector<std::string>{"BPF", "PERFMON"}));
}

TEST(Compose, PrometheusTakesItsConfiguration) {
  if (lacks(why_no_program("promtool"))) return;
  const Finished verdict =
      run_program({"promtool", "check", "config", source_path("docker/prometheus.yml")});
  EXPECT_EQ(verdict.exit_code, 0) << verdict.out << verdict.err;
}

TEST(Alerts, OfTheDocumentationAreValid) {
  if (lacks(why_no_program("promtool"))) return;
  const std::string document = read_text(source_path("docs/metrics.md"));
  const std::string fence = "```yaml\n";
  const std::size_t begin = document.find(fence) + fence.size();
  const TemporaryDirectory directory;
  const std::string rules =
      directory.write("rules.yml", document.substr(begin, document.find("```", begin) - begin));
  const Finished verdict = run_program({"promtool", "check", "rules", rules});
  EXPECT_EQ(verdict.exit_code, 0) << verdict.out << verdict.err;
  EXPECT_THAT(verdict.out, HasSubstr("6 rules found"));
}

}  // namespace
}  // namespace bpfmap::test
