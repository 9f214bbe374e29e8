// SPDX-License-Identifier: Apache-2.0
#include "integration/peer_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace bpfmap::test {

namespace fs = std::filesystem;

std::string peer_folder() { return PEER_OBJECTS; }

std::string why_no_decoders(const std::string& name) {
  const Finished check = run_exporter({"check", peer_folder() + "/" + name + ".yaml"});
  const bool missing = check.err.find("unknown decoder") != std::string::npos;
  return missing ? "a decoder of " + name + " is missing" : "";
}

void PrintTo(const PeerVariant& variant, std::ostream* out) { *out << variant.name; }

PeerFiles::PeerFiles(const PeerVariant& variant) : name_(variant.name) {
  const std::string yaml = peer_folder() + "/" + name_ + ".yaml";
  fs::copy_file(peer_folder() + "/" + name_ + ".bpf.o", folder_ / (name_ + ".bpf.o"));
  std::string text = read_text(yaml);
  if (variant.converted) {
    const Finished convert = run_exporter({"convert", yaml});
    EXPECT_EQ(convert.exit_code, 0) << convert.err;
    text = convert.out;
  }
  std::ofstream(folder_ / (name_ + ".yaml")) << text;
}

std::vector<std::string> PeerFiles::arguments() const {
  return {"--config.dir=" + folder_.path(), "--config.names=" + name_};
}

std::multiset<std::string> peer_lines(const std::string& page) {
  std::multiset<std::string> lines;
  std::istringstream text(page);
  for (std::string line; std::getline(text, line);) {
    const bool is_own = line.find("ebpf_exporter_ebpf_program_") != std::string::npos ||
                        line.find("ebpf_exporter_enabled_configs") != std::string::npos ||
                        line.find("ebpf_exporter_decoder_errors_total") != std::string::npos;
    if (!is_own && line.find("ebpf_exporter_") != std::string::npos) lines.insert(line);
  }
  return lines;
}

std::string page_of(const ExporterProcess& exporter) { return exporter.get("/metrics").body; }

}  // namespace bpfmap::test
