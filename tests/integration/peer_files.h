// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <set>
#include <string>
#include <vector>

#include "integration/exporter_process.h"
#include "support/temporary_directory.h"

// Configurations and objects in ebpf_exporter's format, each served as it is and as what `convert`
// makes of it.
namespace bpfmap::test {

// Where their objects are, with their configurations.
std::string peer_folder();

// Decoders come and go with the registry; a test of one that is not there has nothing to say.
std::string why_no_decoders(const std::string& name);

struct PeerVariant {
  std::string name;
  bool converted = false;
};
void PrintTo(const PeerVariant& variant, std::ostream* out);

// A folder with the object and its configuration, as it is or converted, and how to run it.
class PeerFiles {
 public:
  explicit PeerFiles(const PeerVariant& variant);
  std::vector<std::string> arguments() const;

 private:
  std::string name_;
  TemporaryDirectory folder_;
};

// What the page says about metrics of ebpf_exporter's kind, without what it says about itself,
// line by line.
std::multiset<std::string> peer_lines(const std::string& page);

std::string page_of(const ExporterProcess& exporter);

}  // namespace bpfmap::test
