// SPDX-License-Identifier: Apache-2.0
#include "commands/run.h"

#include <chrono>
#include <cstring>
#include <iostream>
#include <optional>
#include <thread>

#include "app/background_reload.h"
#include "app/config_watch.h"
#include "app/forced_end.h"
#include "app/place_watch.h"
#include "app/privilege.h"
#include "app/reloader.h"
#include "app/routes.h"
#include "app/signals.h"
#include "app/version.h"
#include "base/descriptor_limit.h"
#include "base/errands.h"
#include "base/exit_codes.h"
#include "base/heap.h"
#include "base/log.h"
#include "collect/sample_loop.h"
#include "commands/output.h"
#include "http/address.h"
#include "kernel/pin_folder.h"

namespace bpfmap::commands {
namespace {

// A mistyped address is said before anything is loaded.
Result<void> check_addresses(const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses) {
    if (auto parsed = http::parse_listen_address(address); !parsed) {
      return unexpected(parsed.error());
    }
  }
  return {};
}

// The orderly end takes a little more than answers may.
constexpr Duration kLongestEnd = std::chrono::seconds(15);

// Returns when it is to end, and sees to it that it does.
void serve(const app::Signals& signals, app::Reloader& reloader, Errands& errands,
           std::optional<app::ForcedEnd>& forced_end) {
  // Signals are waited for meanwhile, whatever a reload takes.
  app::BackgroundReload reload([&reloader] {
    static_cast<void>(reloader.reload());  // logged
  });
  while (true) {
    const int signal = signals.wait();
    if (signal == SIGHUP) {
      reload.request();
      continue;
    }
    errands.stop();
    forced_end.emplace(kLongestEnd);
    log::info("stopping", {{"signal", std::string("SIG") + sigabbrev_np(signal)}});
    return;
  }
}

app::RouteOptions route_options(const RunOptions& options, app::Reloader& reloader) {
  app::RouteOptions routes;
  routes.exporter = [&reloader] { return reloader.current(); };
  routes.telemetry_path = options.telemetry_path;
  routes.debug = options.debug;
  routes.timeout_offset = options.timeout_offset;
  if (!options.enable_lifecycle) return routes;
  routes.reload = [&reloader] {
    // Not in civetweb's thread, whose stack of 100 KiB is too small for loading objects.
    Result<void> done;
    std::thread([&] { done = reloader.reload(); }).join();
    return done;
  };
  return routes;
}

Result<std::unique_ptr<app::ConfigWatch>> watch(const RunOptions& options, app::Reloader& reloader,
                                                Errands& errands) {
  if (!options.watch_configs) return std::unique_ptr<app::ConfigWatch>();
  return app::ConfigWatch::start(options.configs, errands, [&reloader] {
    static_cast<void>(reloader.reload());  // logged
  });
}

Result<std::unique_ptr<app::PlaceWatch>> follow_places(app::Reloader& reloader) {
  return app::PlaceWatch::start(
      {[&reloader] { return reloader.followed(); }, [&reloader] { return reloader.generation(); },
       [&reloader](const kernel::PlaceKinds& kinds) { return reloader.follow(kinds); }});
}

// What an earlier exporter has pinned and this one does not use goes on counting unread.
void tell_about_pins(const std::string& base) {
  for (const std::string& config : kernel::unused_pin_folders(base)) {
    log::warning(
        "pins of a configuration that is not used are left",
        {{"config", config}, {"remove", "rm -r " + base + "/" + kernel::pin_word(config)}});
  }
}

// Walks that answers are made of are waited for as long as the answers are.
http::ServerOptions server_options(const RunOptions& options, app::Reloader& reloader) {
  http::ServerOptions server;
  server.listen_addresses = options.listen_addresses;
  server.give_up = [&reloader] {
    for (const auto& sampler : reloader.current()->collector().samplers()) sampler->cancel();
  };
  return server;
}

int run(const RunOptions& options, Errands& errands) {
  raise_descriptor_limit();
  if (auto good = check_addresses(options.listen_addresses); !good) return report(good.error());
  auto prepared = app::prepare(options.configs, /*with_notices=*/false, std::cerr, errands);
  if (!prepared) return kBadConfiguration;
  const app::Signals signals(app::Signals::Hangup::kIsWaitedFor);
  const app::Needs needs = app::needs_of(*prepared, options.listen_addresses);
  std::optional<app::ForcedEnd> forced_end;  // covers the end of all that follows
  app::Reloader reloader(options.configs,
                         {std::make_shared<collect::SelfMetrics>(app::kVersion, options.host.paths),
                          std::make_shared<host::Host>(options.host), options.pin_base},
                         errands);
  if (auto started = reloader.start(*std::move(prepared)); !started) return report(started.error());
  auto dropped =
      app::drop_capabilities(options.keep_capabilities, needs, reloader.current()->collector());
  if (!dropped) return report(dropped.error());

  // The server goes first: the loop cancels walks, which answers may be waiting for.
  collect::SampleLoop loop(reloader.current()->collector().samplers());
  auto server = http::Server::start(server_options(options, reloader),
                                    app::make_routes(route_options(options, reloader)));
  if (!server) return report(server.error());
  reloader.on_change(
      [&loop](const app::Exporter& exporter) { loop.replace(exporter.collector().samplers()); });
  auto watching = watch(options, reloader, errands);
  if (!watching) return report(watching.error());
  if (auto committed = reloader.commit(); !committed) return report(committed.error());
  auto following = follow_places(reloader);
  if (!following) return report(following.error());
  tell_about_pins(options.pin_base);
  for (const std::string& url : (*server)->urls()) {
    log::info("listening", {{"address", url}, {"metrics", url + options.telemetry_path}});
  }
  give_memory_back();  // what the objects and their BTF took to be read
  serve(signals, reloader, errands, forced_end);
  for (const std::string& folder : reloader.current()->pin_folders()) {
    log::info("pinned programs go on counting", {{"folder", folder}});
  }
  reloader.on_change(nullptr);  // requests may still come, but the loop goes
  return kDone;
}

}  // namespace

int run(const RunOptions& options) {
  Errands errands;
  const int code = run(options, errands);
  return errands.leave_with(code);
}

}  // namespace bpfmap::commands
