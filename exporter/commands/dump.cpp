// SPDX-License-Identifier: Apache-2.0
#include "commands/dump.h"
#include "collect/page.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <iostream>

#include "app/attach_mark.h"
#include "app/exporter.h"
#include "app/signals.h"
#include "app/version.h"
#include "base/exit_codes.h"
#include "commands/output.h"
#include "starter/foreign_text.h"

namespace bpfmap::commands {
namespace {

bool print(const exposition::Body& page) {
  for (const auto& chunk : page.chunks()) {
    if (std::fwrite(chunk->bytes.get(), 1, chunk->size, stdout) != chunk->size) return false;
  }
  return std::fflush(stdout) == 0;
}

// Of maps that are loaded already: what `init` writes about them.
Result<app::Sources> sources_of(const DumpOptions& options, Errands& errands) {
  if (options.maps.given() == 0) return app::read_configs(options.configs, errands);
  if (!options.configs.empty() || options.maps.given() > 1) {
    return unexpected(Error{.kind = ErrorKind::kUsage,
                            .operation = "dump",
                            .detail =
                                "expected either configurations, or maps by one of --pinned PATH, "
                                "--id ID and --name NAME",
                            .hint = "bpfmap_exporter dump --help lists what can be written"});
  }
  const auto maps = find_maps(options.maps);
  if (!maps) return unexpected(maps.error());
  auto text = starter::foreign_config_text(query_of(options.maps), *maps);
  if (!text) return unexpected(text.error());
  return app::Sources{
      std::make_shared<config::Source>(config::Source{"maps.yaml", *std::move(text)})};
}

}  // namespace

int dump(const DumpOptions& options) {
  Errands errands;
  auto sources = sources_of(options, errands);
  if (!sources) return errands.leave_with(report(sources.error()));
  auto prepared =
      app::prepare(*sources, options.configs, /*with_notices=*/false, std::cerr, errands);
  if (!prepared) return errands.leave_with(kBadConfiguration);
  const app::Signals signals;
  const auto self = std::make_shared<collect::SelfMetrics>(app::kVersion, options.host.paths);
  self->count_reload(true, to_seconds(std::chrono::system_clock::now().time_since_epoch()));
  auto exporter = app::Exporter::start(*std::move(prepared),
                                       {self, std::make_shared<host::Host>(options.host), {}});
  if (!exporter) {
    std::cerr << "bpfmap_exporter: error: " << exporter.error().message() << "\n";
    return exit_code_of(exporter.error());
  }
  post_attach_mark();
  // A signal ends the waiting, and what was counted so far is shown.
  signals.wait_for(options.wait);
  if (!print(collect::whole_page((*exporter)->collector()))) {
    const Error error{.kind = ErrorKind::kSystem,
                      .operation = "write",
                      .subject = "standard output",
                      .code = errno};
    std::cerr << "bpfmap_exporter: error: " << error.message() << "\n";
    return exit_code_of(error);
  }
  for (const auto& sampler : (*exporter)->collector().samplers()) {
    if (sampler->latest()->error()) return kSystemRefused;  // logged when it happened
  }
  return kDone;
}

}  // namespace bpfmap::commands
