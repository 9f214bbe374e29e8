// SPDX-License-Identifier: Apache-2.0
#include "bench/exporter_child.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <ctime>
#include <fstream>
#include <stdexcept>

namespace bpfmap::bench {
namespace {

pid_t spawn(std::vector<std::string> arguments, int standard_error) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, standard_error, STDERR_FILENO);
  pid_t pid = -1;
  const int error =
      ::posix_spawn(&pid, pointers.front(), &actions, nullptr, pointers.data(), ::environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " + arguments.front());
  return pid;
}

}  // namespace

ExporterChild::ExporterChild(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {BPFMAP_EXPORTER, "run", "--web.listen-address=127.0.0.1:0"});
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  log_ = UniqueFd(ends[0]);
  UniqueFd theirs(ends[1]);
  pid_ = spawn(std::move(arguments), theirs.get());
  theirs.reset();  // so that a read ends when the child does
  port_ = read_port();
}

ExporterChild::~ExporterChild() {
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
}

std::uint16_t ExporterChild::read_port() {
  static constexpr const char* kAddress = "address=http://127.0.0.1:";
  std::string text;
  std::array<char, 4096> piece{};
  while (true) {
    const std::size_t address = text.find(kAddress);
    if (address != std::string::npos && text.find('\n', address) != std::string::npos) {
      std::uint16_t port = 0;
      const char* const digits = text.data() + address + std::string(kAddress).size();
      std::from_chars(digits, text.data() + text.size(), port);
      return port;
    }
    const ssize_t got = ::read(log_.get(), piece.data(), piece.size());
    if (got <= 0) {
      ::waitpid(pid_, nullptr, 0);
      throw std::runtime_error("the exporter does not listen:\n" + text);
    }
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
}

std::string ExporterChild::proc_path(const char* file) const {
  return "/proc/" + std::to_string(pid_) + "/" + file;
}

double ExporterChild::status_mb(const std::string& name) const {
  std::ifstream status(proc_path("status"));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stod(line.substr(name.size() + 1)) * 1024 / 1e6;
  }
  throw std::runtime_error("the exporter has ended");
}

void ExporterChild::reset_peak() const { std::ofstream(proc_path("clear_refs")) << "5"; }

double ExporterChild::cpu_seconds() const {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    throw std::runtime_error("the exporter has ended");
  }
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace bpfmap::bench
