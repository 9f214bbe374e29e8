// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/prepare.h"
#include "base/capabilities.h"
#include "base/error.h"
#include "collect/collector.h"

namespace bpfmap::app {

// --capabilities.keep: "auto", "all", "none" or names separated by commas. What is wrong with it;
// empty where nothing is.
std::string why_no_capabilities(const std::string& keep);

// What the exporter needs behind its start, by capability: the reason, for the log.
using Needs = std::map<int, std::string>;
Needs needs_of(const std::vector<Prepared>& prepared,
               const std::vector<std::string>& listen_addresses);

// Gives up what is not to be kept, and logs what is and why. To be called before there are threads
// that would keep theirs. Then reads every map: what cannot be read any more is an error that says
// which capability to keep.
Result<void> drop_capabilities(const std::string& keep, const Needs& needs,
                               const collect::Collector& collector);

}  // namespace bpfmap::app
