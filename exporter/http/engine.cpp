// SPDX-License-Identifier: Apache-2.0
#include "http/engine.h"

#include <civetweb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "base/block_signals.h"
#include "base/log.h"
#include "http/address.h"
#include "http/own_sockets.h"

namespace bpfmap::http {
namespace {

std::string in_milliseconds(Duration duration) {
  return std::to_string(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

std::string join_ports(const std::vector<SocketAddress>& addresses) {
  std::string ports;
  for (const SocketAddress& address : addresses) {
    if (!ports.empty()) ports += ',';
    ports += address.text();
  }
  return ports;
}

struct BindFailure {
  std::string address;
  int code = 0;
};

// civetweb says "cannot bind to 127.0.0.1:80: 13 (Permission denied)", or "cannot listen
// to ..." alike.
std::optional<BindFailure> parse_bind_message(std::string_view message) {
  for (const std::string_view prefix : {"cannot bind to ", "cannot listen to "}) {
    if (!message.starts_with(prefix)) continue;
    message.remove_prefix(prefix.size());
    const std::size_t end = message.find(": ");
    if (end == std::string_view::npos) continue;
    const std::string_view number = message.substr(end + 2);
    BindFailure failure{std::string(message.substr(0, end))};
    std::from_chars(number.data(), number.data() + number.size(), failure.code);
    return failure;
  }
  return std::nullopt;
}

// The list of civetweb's options: pointers into the pairs.
std::vector<const char*> as_list(const std::vector<std::pair<const char*, std::string>>& pairs) {
  std::vector<const char*> list;
  for (const auto& [name, value] : pairs) {
    list.push_back(name);
    list.push_back(value.c_str());
  }
  list.push_back(nullptr);
  return list;
}

}  // namespace

// Called by civetweb, which is C: nothing may leave them but a value.
struct Engine::Callbacks {
  static Engine& of(const mg_connection* connection) {
    return *static_cast<Engine*>(mg_get_user_data(mg_get_context(connection)));
  }

  static int begin_request(mg_connection* connection) {
    return of(connection).events_.on_request(connection);
  }

  static int http_error(mg_connection* connection, int status, const char* /*text*/) {
    of(connection).events_.on_bad_request(connection, status);
    return 0;
  }

  static int init_connection(const mg_connection* connection, void** /*data*/) {
    of(connection).events_.on_connection(connection, true);
    return 0;
  }

  static void connection_closed(const mg_connection* connection) {
    of(connection).events_.on_connection(connection, false);
  }

  static int log_message(const mg_connection* connection, const char* message) {
    if (of(connection).keep_startup_message(message)) return 1;
    // Without a request it is about the server itself; with one, a client can cause as many lines
    // as it likes.
    if (mg_get_request_info(connection) == nullptr) {
      log::warning("HTTP server", {{"message", message}});
    } else {
      log::debug("HTTP server", {{"message", message}});
    }
    return 1;
  }
};

bool Engine::keep_startup_message(const char* message) {
  const MutexLock lock(mutex_);
  if (starting_) startup_messages_.emplace_back(message);
  return starting_;
}

// Those of a failed start are part of its Error; here it went on regardless, such as
// with fewer threads.
void Engine::finish_start() {
  const MutexLock lock(mutex_);
  starting_ = false;
  for (const std::string& message : startup_messages_) {
    log::warning("HTTP server", {{"message", message}});
  }
}

void Engine::launch(const EngineOptions& options) {
  static std::once_flag once;
  std::call_once(once, [] { mg_init_library(MG_FEATURES_DEFAULT); });
  mg_callbacks callbacks{};
  callbacks.begin_request = &Callbacks::begin_request;
  callbacks.http_error = &Callbacks::http_error;
  callbacks.init_connection = &Callbacks::init_connection;
  callbacks.connection_closed = &Callbacks::connection_closed;
  callbacks.log_message = &Callbacks::log_message;
  // No document root, and every request is answered by begin_request: files, directories, CGI,
  // forms, websockets are out of reach. Paths are left as they came.
  const std::vector<std::pair<const char*, std::string>> settings = {
      {"listening_ports", join_ports(options.listen)},
      {"num_threads", std::to_string(options.threads)},
      {"request_timeout_ms", in_milliseconds(options.request_timeout)},
      {"enable_keep_alive", "yes"},
      {"keep_alive_timeout_ms", in_milliseconds(options.keep_alive_timeout)},
      {"max_request_size", std::to_string(options.request_buffer_bytes)},
      {"listen_backlog", "512"},
      {"connection_queue", "64"},
      {"tcp_nodelay", "1"},
      {"decode_url", "no"},
      {"enable_auth_domain_check", "no"},
      {"enable_directory_listing", "no"},
      {"allow_sendfile_call", "no"},
  };
  std::vector<const char*> list = as_list(settings);
  mg_init_data data{};
  data.callbacks = &callbacks;
  data.user_data = this;
  data.configuration_options = list.data();
  const BlockSignals blocked;
  context_ = mg_start2(&data, nullptr);
}

void Engine::learn_ports(const EngineOptions& options) {
  addresses_ = options.listen;
  std::vector<mg_server_port> ports(addresses_.size());
  mg_get_server_ports(context_, static_cast<int>(ports.size()), ports.data());
  for (std::size_t i = 0; i < addresses_.size(); ++i) {
    addresses_[i].set_port(static_cast<std::uint16_t>(ports[i].port));
  }
}

Error Engine::start_error() {
  const MutexLock lock(mutex_);
  std::string all;
  for (const std::string& message : startup_messages_) {
    if (auto failure = parse_bind_message(message))
      return listen_error(failure->address, failure->code);
    if (!all.empty()) all += "; ";
    all += message;
  }
  return {.kind = ErrorKind::kSystem,
          .operation = "start",
          .subject = "the HTTP server",
          .code = 0,
          .detail = all,
          .hint = {}};
}

Result<std::unique_ptr<Engine>> Engine::start(const EngineOptions& options, EngineEvents& events) {
  std::unique_ptr<Engine> engine(new Engine(events));
  engine->launch(options);
  if (engine->context_ == nullptr) return unexpected(engine->start_error());
  engine->learn_ports(options);
  engine->find_listeners();
  engine->finish_start();
  return engine;
}

// civetweb does not hand out its listening sockets. Without them (no /proc) everything works, but
// idle clients cost workers and stopping takes two seconds.
void Engine::find_listeners() {
  listeners_ = find_own_sockets(addresses_);
  for (const int fd : listeners_) {
    // The kernel keeps a connection to itself until its client has said something, for
    // about a minute.
    const int seconds = 60;
    ::setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds));
  }
}

// Of a listening socket, tcpi_unacked is the length of the queue of connections to accept.
bool Engine::has_backlog() const {
  return std::any_of(listeners_.begin(), listeners_.end(), [](int fd) {
    tcp_info info{};
    socklen_t size = sizeof(info);
    return ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_unacked > 0;
  });
}

// A listening socket that is shut down refuses connections, and wakes civetweb's accepting thread:
// by itself that would look at its stop flag only every two seconds.
void Engine::stop_accepting() {
  for (const int fd : listeners_) ::shutdown(fd, SHUT_RDWR);
}

Engine::~Engine() {
  if (context_ == nullptr) return;
  stop_accepting();
  mg_stop(context_);
}

}  // namespace bpfmap::http
