// SPDX-License-Identifier: Apache-2.0
#include "commands/dump.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <iostream>

#include "commands/exit_codes.h"
#include "commands/exporter.h"
#include "commands/signals.h"
#include "commands/version.h"

namespace bpfmap::commands {
namespace {

bool print(const exposition::Body& page) {
  for (const auto& chunk : page.chunks()) {
    if (std::fwrite(chunk->bytes.get(), 1, chunk->size, stdout) != chunk->size) return false;
  }
  return std::fflush(stdout) == 0;
}

}  // namespace

int dump(const DumpOptions& options) {
  auto prepared = prepare(options.configs, /*with_notices=*/false, std::cerr);
  if (!prepared) return kBadConfiguration;
  const Signals signals;
  const auto self = std::make_shared<collect::SelfMetrics>(kVersion, options.host.paths);
  self->count_reload(true, to_seconds(std::chrono::system_clock::now().time_since_epoch()));
  auto exporter =
      Exporter::start(*std::move(prepared), {self, std::make_shared<host::Host>(options.host), {}});
  if (!exporter) {
    std::cerr << "bpfmap_exporter: error: " << exporter.error().message() << "\n";
    return exit_code_of(exporter.error());
  }
  signals.wait_for(
      options.wait);  // a signal ends the waiting, and what was counted so far is shown
  if (!print((*exporter)->collector().text_page())) {
    const Error error{ErrorKind::kSystem, "write", "standard output", errno, {}, {}};
    std::cerr << "bpfmap_exporter: error: " << error.message() << "\n";
    return exit_code_of(error);
  }
  for (const auto& sampler : (*exporter)->collector().samplers()) {
    if (sampler->latest()->error()) return kSystemRefused;  // logged when it happened
  }
  return kDone;
}

}  // namespace bpfmap::commands
