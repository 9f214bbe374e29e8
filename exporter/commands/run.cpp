// SPDX-License-Identifier: Apache-2.0
#include "commands/run.h"

#include <cstring>
#include <iostream>

#include "base/log.h"
#include "collect/sample_loop.h"
#include "commands/exit_codes.h"
#include "commands/exporter.h"
#include "commands/routes.h"
#include "commands/signals.h"
#include "http/address.h"

namespace bpfmap::commands {
namespace {

int fail(const Error& error) {
  std::cerr << "bpfmap_exporter: error: " << error.message() << "\n";
  return exit_code_of(error);
}

// A mistyped address is said before anything is loaded.
Result<void> check_addresses(const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses) {
    if (auto parsed = http::parse_listen_address(address); !parsed) {
      return tl::unexpected(parsed.error());
    }
  }
  return {};
}

std::vector<collect::MapSampler*> samplers_of(collect::Collector& collector) {
  std::vector<collect::MapSampler*> samplers;
  for (const auto& sampler : collector.samplers()) samplers.push_back(sampler.get());
  return samplers;
}

}  // namespace

int run(const RunOptions& options) {
  if (auto good = check_addresses(options.listen_addresses); !good) return fail(good.error());
  auto prepared = prepare(options.configs, /*with_notices=*/false, std::cerr);
  if (!prepared) return kBadConfiguration;
  const StopSignals signals;
  auto exporter = Exporter::start(*std::move(prepared));
  if (!exporter) return fail(exporter.error());

  http::ServerOptions server_options;
  server_options.listen_addresses = options.listen_addresses;
  // The loop goes before the server: it cancels walks that requests may be waiting for.
  auto server = http::Server::start(std::move(server_options),
                                    make_routes(**exporter, options.telemetry_path));
  if (!server) return fail(server.error());
  const collect::SampleLoop loop(samplers_of((*exporter)->collector()));
  for (const std::string& url : (*server)->urls()) {
    log::info("listening", {{"address", url}, {"metrics", url + options.telemetry_path}});
  }
  const int signal = signals.wait();
  log::info("stopping", {{"signal", std::string("SIG") + sigabbrev_np(signal)}});
  return kDone;
}

}  // namespace bpfmap::commands
