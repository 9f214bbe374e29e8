// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/builtin.h"
#include "app/privilege.h"
#include "app/version.h"
#include "base/exit_codes.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/suggest.h"
#include "commands/check.h"
#include "commands/convert.h"
#include "commands/dump.h"
#include "commands/init.h"
#include "commands/inspect.h"
#include "commands/run.h"
#include "config/quantities.h"
#include "kernel/cgroup_id_map.h"

namespace {

using namespace bpfmap;

// What the command line says; main() fills it, then one command runs with its part.
struct CommandLine {
  commands::RunOptions run;
  commands::DumpOptions dump;
  app::ConfigSelection check;
  commands::InspectOptions inspect;
  commands::InitOptions init;
  std::string convert_file;
  std::vector<std::string> words;  // that belong to no option and no other command
  bool check_only = false;
  std::string dump_wait;
  host::KubeletOptions kubelet;
  std::string kubelet_interval = "15s";
  std::string cgroup_keep = "5m";
  bool no_timestamps = false;
  std::int64_t skip_cache_size = 0;  // of no effect
  std::string timeout_offset = "0.5";
  std::string log_level = "info";
  std::string log_format = "logfmt";
};

void add_config_options(CLI::App& app, app::ConfigSelection& selection) {
  app.add_option(
         "--config", selection.configs,
         "Configuration file, folder of them, or builtin:NAME[,NAME...]; repeatable. Default: " +
             std::string(app::kDefaultConfigs))
      ->type_name("FILE|DIR|builtin:NAMES");
  CLI::Option* folder = app.add_option("--config.dir", selection.folder,
                                       "Folder of the configurations that --config.names names")
                            ->type_name("DIR");
  CLI::Option* names = app.add_option("--config.names", selection.names,
                                      "Names (without .yaml) of configurations there")
                           ->delimiter(',')
                           ->needs(folder)
                           ->type_name("NAME,...");
  folder->needs(names);
  app.add_flag("--config.strict,!--no-config.strict", selection.strict,
               "Every program has to load and attach, also those that are not required");
  app.add_option("--btf.path", selection.kernel_btf,
                 "File with the kernel's BTF. Default: the kernel's own")
      ->check([](const std::string& path) {
        return path.empty() ? std::string() : CLI::ExistingFile(path);
      })
      ->type_name("FILE");
}

std::string check_absolute(const std::string& path) {
  return path.starts_with("/") ? std::string() : "expected a path that begins with /";
}

// A number of seconds, as other exporters take it, or a duration with its unit.
std::optional<Duration> parse_seconds(const std::string& text) {
  double seconds = 0;
  const char* end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, seconds, std::chars_format::fixed);
  if (error == std::errc{} && read == end && seconds >= 0 && seconds <= 3600) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  }
  const auto duration = config::parse_duration(text);
  return duration ? std::optional(*duration) : std::nullopt;
}

void add_web_options(CLI::App& app, commands::RunOptions& options) {
  options.listen_addresses = {":9435"};
  options.telemetry_path = "/metrics";
  app.add_option(
         "--web.listen-address", options.listen_addresses,
         "Address to listen on: :PORT, HOST:PORT, [IPV6]:PORT, unix:PATH, or fd://N for the Nth "
         "socket (from 0) that systemd hands over; repeatable")
      ->allow_extra_args(false)
      ->type_name("ADDRESS")
      ->capture_default_str();
  app.add_option("--web.telemetry-path", options.telemetry_path, "Path of the metrics")
      ->type_name("PATH")
      ->check(check_absolute)
      ->capture_default_str();
}

void add_timeout_option(CLI::App& app, std::string& offset) {
  app.add_option("--timeout-offset", offset,
                 "How much earlier than Prometheus gives up a page is sent: seconds, or 250ms")
      ->type_name("SECONDS")
      ->check([](const std::string& text) {
        return parse_seconds(text) ? std::string()
                                   : "expected seconds such as 0.25, or a duration such as 250ms";
      })
      ->capture_default_str();
}

void add_log_options(CLI::App& app, CommandLine& line) {
  app.add_flag("--log.no-timestamps,!--no-log.no-timestamps", line.no_timestamps,
               "Log lines without their time, where the journal has it");
  app.add_option("--log.level", line.log_level, "Least level of what is logged")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
  app.add_option("--log.format", line.log_format, "How it is written")
      ->check(CLI::IsMember({"logfmt", "json"}))
      ->capture_default_str();
}

std::string check_duration(const std::string& text) {
  const auto duration = config::parse_duration(text);
  return duration ? std::string() : duration.error();
}

CLI::App& add_check(CLI::App& app, app::ConfigSelection& selection) {
  CLI::App& check = *app.add_subcommand("check", "Check configurations offline, without privilege");
  check.add_option("files", selection.configs, "Files, folders or builtin:NAMES")
      ->required()
      ->type_name("FILE|DIR...");
  return check;
}

// Maps that are loaded already.
void add_map_options(CLI::App& app, commands::MapSelection& maps) {
  app.add_option("--pinned", maps.pinned, "Pinned map, or a pattern of several")->type_name("PATH");
  app.add_option("--id", maps.id, "Loaded map with that id")->type_name("ID");
  app.add_option("--name", maps.name, "Loaded maps of that name, or a pattern")->type_name("NAME");
}

// It has no options but those of the exporter itself, which its help is to show.
CLI::App& add_run(CLI::App& app) {
  CLI::App& run = *app.add_subcommand("run", "Load, attach, sample and serve (the default)");
  run.formatter_fn([&app](const CLI::App*, std::string name, CLI::AppFormatMode mode) {
    return app.get_formatter()->make_help(&app, std::move(name), mode);
  });
  return run;
}

CLI::App& add_dump(CLI::App& app, std::string& wait, commands::MapSelection& maps) {
  CLI::App& dump = *app.add_subcommand("dump", "Load, attach, sample once, print, leave");
  dump.footer("What is loaded is said as for run: see bpfmap_exporter --help");
  dump.add_option("--for", wait, "How long to count before the maps are read: 500ms, 5s")
      ->type_name("DURATION")
      ->check(check_duration);
  add_map_options(dump, maps);
  return dump;
}

CLI::App& add_inspect(CLI::App& app, commands::InspectOptions& options) {
  CLI::App& inspect = *app.add_subcommand("inspect", "Print programs, maps and their layouts");
  inspect.add_option("object", options.object, "BPF object file, or builtin:NAME")
      ->type_name("OBJECT");
  add_map_options(inspect, options.maps);
  return inspect;
}

CLI::App& add_init(CLI::App& app, commands::InitOptions& options) {
  CLI::App& init = *app.add_subcommand(
      "init", "Write a configuration for an object, or for loaded maps, to start from");
  init.add_option("object", options.object, "BPF object file, or builtin:NAME")
      ->type_name("OBJECT");
  add_map_options(init, options.maps);
  CLI::Option* output =
      init.add_option("-o,--output", options.output, "File to write, instead of standard output")
          ->type_name("FILE");
  init.add_flag("--force", options.force, "Replace that file where it exists")->needs(output);
  return init;
}

CLI::App& add_convert(CLI::App& app, std::string& file) {
  CLI::App& convert = *app.add_subcommand(
      "convert", "Write a file of ebpf_exporter's in the exporter's own language");
  convert.add_option("file", file, "File in ebpf_exporter's format")->required()->type_name("FILE");
  return convert;
}

log::Level level_of(const std::string& name) {
  if (name == "debug") return log::Level::kDebug;
  if (name == "info") return log::Level::kInfo;
  if (name == "warn") return log::Level::kWarning;
  return log::Level::kError;
}

// Where the machine is to be seen, as node_exporter spells it.
void add_path_options(CLI::App& app, HostPaths& paths) {
  const auto check = [](std::string& path) {
    if (!path.starts_with("/")) return std::string("expected a path that begins with /");
    while (path.size() > 1 && path.ends_with("/")) path.pop_back();
    return std::string();
  };
  const auto add = [&](const char* name, std::string& path, const char* what) {
    app.add_option(name, path, what)
        ->transform(CLI::Validator(check, ""))
        ->check(CLI::ExistingDirectory)
        ->type_name("DIR")
        ->capture_default_str();
  };
  add("--path.procfs", paths.procfs, "Where the machine's /proc is mounted");
  add("--path.sysfs", paths.sysfs, "Where the machine's /sys is mounted");
  add("--path.rootfs", paths.rootfs, "Where the machine's root is mounted, for /etc/passwd");
}

// What labels know of the host.
void add_host_options(CLI::App& app, CommandLine& line) {
  add_path_options(app, line.run.host.paths);
  app.add_option("--cgroup.keep", line.cgroup_keep,
                 "How long names of cgroups and pods outlive them")
      ->check(check_duration)
      ->type_name("DURATION")
      ->capture_default_str();
  CLI::Option* url =
      app.add_option("--kubelet.url", line.kubelet.url,
                     "The kubelet's pods, for their names: https://127.0.0.1:10250/pods")
          ->check([](const std::string& text) {
            return text.starts_with("https://") || text.starts_with("http://")
                       ? std::string()
                       : "expected https://HOST:PORT/pods";
          })
          ->type_name("URL");
  app.add_option("--kubelet.token-file", line.kubelet.token_file,
                 "File of the token for it; read anew for each request, sent over https only")
      ->needs(url)
      ->type_name("FILE");
  app.add_option("--kubelet.ca-file", line.kubelet.ca_file,
                 "Authorities that may have signed its certificate")
      ->needs(url)
      ->type_name("FILE");
  app.add_flag("--kubelet.insecure-skip-verify", line.kubelet.skips_verification,
               "Believe any certificate")
      ->needs(url);
  app.add_option("--kubelet.interval", line.kubelet_interval, "How often it is asked")
      ->needs(url)
      ->check(check_duration)
      ->type_name("DURATION")
      ->capture_default_str();
}

host::HostOptions host_options(const CommandLine& line) {
  const auto duration = [](const std::string& text) {
    return config::parse_duration(text).value_or(Duration::zero());
  };
  host::HostOptions options;
  options.paths = line.run.host.paths;
  options.cgroups.keep = duration(line.cgroup_keep);
  options.cgroups.listeners_need = kernel::capabilities_to_write_maps();
  if (line.kubelet.url.empty()) return options;
  options.kubelet = line.kubelet;
  options.kubelet->interval = duration(line.kubelet_interval);
  options.kubelet->keep = options.cgroups.keep;
  return options;
}

void list_builtins() {
  for (const app::Builtin& builtin : app::builtins()) {
    std::printf("%.*s\n", static_cast<int>(builtin.name.size()), builtin.name.data());
  }
}

// How the exporter runs, apart from what it exports and where.
void add_run_options(CLI::App& app, CommandLine& line) {
  app.add_flag("--web.enable-lifecycle", line.run.enable_lifecycle,
               "POST /-/reload reads the configuration anew");
  line.run.pin_base = commands::kDefaultPinBase;
  app.add_option("--bpffs.path", line.run.pin_base,
                 "Folder of a bpf file system for what configurations with pin: true leave there")
      ->type_name("DIR")
      ->check(check_absolute)
      ->capture_default_str();
  app.add_flag("--config.watch", line.run.watch_configs,
               "Read the configuration anew when its files change");
  app.add_option("--config.skip-cache-size", line.skip_cache_size,
                 "Taken from ebpf_exporter's command lines; there is no such cache here")
      ->type_name("N");
  app.add_flag("--config.check,!--no-config.check", line.check_only,
               "Check the configurations, as `check` does, and leave");
  app.add_option("--capabilities.keep", line.run.keep_capabilities,
                 "What is kept of capabilities behind the start: auto (what is needed), all, none, "
                 "or names")
      ->check(app::why_no_capabilities)
      ->type_name("auto|all|none|CAP,...")
      ->capture_default_str();
  app.add_flag("--debug,!--no-debug", line.run.debug,
               "Serve what is read of every map, decoded, under /maps");
}

void add_options(CLI::App& app, CommandLine& line) {
  app.add_option("configs", line.words, "Configurations, as behind --config")
      ->type_name("FILE|DIR|builtin:NAMES");
  app.set_version_flag("--version", std::string("bpfmap_exporter ") + app::kVersion);
  add_log_options(app, line);
  add_config_options(app, line.run.configs);
  add_web_options(app, line.run);
  add_timeout_option(app, line.timeout_offset);
  add_host_options(app, line);
  add_run_options(app, line);
}

// Of those, the one that was written is parsed().
struct Subcommands {
  const CLI::App& run;
  const CLI::App& check;
  const CLI::App& dump;
  const CLI::App& inspect;
  const CLI::App& init;
  const CLI::App& convert;
};

Subcommands add_subcommands(CLI::App& app, CommandLine& line) {
  CLI::App& run = add_run(app);
  CLI::App& check = add_check(app, line.check);
  CLI::App& dump = add_dump(app, line.dump_wait, line.dump.maps);
  CLI::App& inspect = add_inspect(app, line.inspect);
  CLI::App& init = add_init(app, line.init);
  CLI::App& convert = add_convert(app, line.convert_file);
  app.require_subcommand(0, 1);
  return {run, check, dump, inspect, init, convert};
}

bool looks_like_a_path(const std::string& word) {
  return word.find_first_of("./:") != std::string::npos || ::access(word.c_str(), F_OK) == 0;
}

// What stands there without an option names configurations, for the commands that run them. Empty,
// or what is wrong.
std::string take_words(CommandLine& line, const Subcommands& subcommands) {
  if (line.words.empty()) return {};
  const std::string& first = line.words.front();
  for (const CLI::App* other :
       {&subcommands.check, &subcommands.inspect, &subcommands.init, &subcommands.convert}) {
    if (other->parsed()) return other->get_name() + " does not take '" + first + "' as well";
  }
  const std::vector<std::string> known{"run", "check", "dump", "inspect", "init", "convert"};
  for (const std::string& word : line.words) {
    if (looks_like_a_path(word)) continue;
    const bool may_be_command = !subcommands.run.parsed() && !subcommands.dump.parsed();
    return (may_be_command ? "there is no command and no file '" : "there is no file '") + word +
           "'" + (may_be_command ? suggestion(word, known) : std::string());
  }
  std::vector<std::string>& configs = line.run.configs.configs;
  configs.insert(configs.end(), line.words.begin(), line.words.end());
  return {};
}

int dump(CommandLine& line) {
  line.dump.host = line.run.host;
  line.dump.configs = line.run.configs;
  line.dump.wait = config::parse_duration(line.dump_wait).value_or(Duration::zero());
  return commands::dump(line.dump);
}

int execute(const Subcommands& subcommands, CommandLine& line) {
  if (line.check_only) return commands::check(line.run.configs);
  if (subcommands.check.parsed()) return commands::check(line.check);
  if (subcommands.inspect.parsed()) return commands::inspect(line.inspect);
  if (subcommands.init.parsed()) return commands::init(line.init);
  if (subcommands.convert.parsed()) return commands::convert(line.convert_file);
  line.run.host = host_options(line);
  if (subcommands.dump.parsed()) return dump(line);
  if (line.run.configs.configs == std::vector<std::string>{"builtin:"}) {
    list_builtins();
    return kDone;
  }
  line.run.timeout_offset = parse_seconds(line.timeout_offset).value_or(Duration::zero());
  return commands::run(line.run);
}

// CLI11 takes the word behind "--option=" for its value. That of this option may be empty, which
// says what leaving it out does.
std::vector<std::string> without_empty_btf(int argc, char** argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  std::erase(arguments, "--btf.path=");
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  return arguments;
}

std::string usage_error(const std::string& what) {
  return "bpfmap_exporter: error: " + what +
         "\n  hint: bpfmap_exporter --help lists what can be written\n";
}

int refuse(const std::string& what) {
  std::fputs(usage_error(what).c_str(), stderr);
  return kBadUsage;
}

int run_command_line(int argc, char** argv) {
  CommandLine line;
  CLI::App app("Exports BPF maps as Prometheus metrics.", "bpfmap_exporter");
  // Subcommands inherit both, if they come later.
  app.fallthrough();
  app.failure_message(
      [](const CLI::App*, const CLI::Error& error) { return usage_error(error.what()); });
  add_options(app, line);
  const Subcommands subcommands = add_subcommands(app, line);
  try {
    app.parse(without_empty_btf(argc, argv));
  } catch (const CLI::ExtrasError& error) {
    // The options of a command that is misspelt are not known either.
    const std::string wrong = take_words(line, subcommands);
    return refuse(wrong.empty() ? error.what() : wrong);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kBadUsage;
  }
  const std::string wrong = take_words(line, subcommands);
  if (!wrong.empty()) return refuse(wrong);
  log::configure(level_of(line.log_level),
                 line.log_format == "json" ? log::Format::kJson : log::Format::kLogfmt,
                 !line.no_timestamps);
  return execute(subcommands, line);
}

}  // namespace

namespace {

// What is opened later must not get the number of an output, into which log lines would go.
void open_missing_outputs() {
  int fd = 0;
  while (fd >= 0 && fd <= STDERR_FILENO) fd = ::open("/dev/null", O_RDWR);
  if (fd > STDERR_FILENO) ::close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  open_missing_outputs();
  bpfmap::keep_memory_for_the_next_scrape();
  try {
    return run_command_line(argc, argv);
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "bpfmap_exporter: error: %s\n", exception.what());
    return bpfmap::kSystemRefused;
  }
}
