// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bench/bench_map.h"
#include "collect/collector.h"
#include "commands/routes.h"
#include "http/server.h"
#include "kernel/map_types.h"

// A whole scrape over loopback, from request to last byte, with a fresh sample each time. Server
// and client share this process; the client reads into one small buffer, so that the peak of memory
// is the server's.
namespace bpfmap::bench {
namespace {

std::uint64_t status_kib(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::stoull(line.substr(name.size() + 1));
  }
  return 0;
}

// From here on, VmHWM is the peak since this call.
void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

class ScrapeServer {
 public:
  explicit ScrapeServer(const BenchMap& map)
      : collector_(std::make_shared<collect::SelfMetrics>("bench"), clock_,
                   std::make_shared<host::Host>()) {
    decode::MapPlan plan = map.plan();
    collector_.add_map(
        {"bench", "bench",
         collect::fixed_feed(kernel::map_type_name(map.shape().type),
                             map.reader(kernel::ReaderChoice::kAuto), std::move(plan.samples)),
         std::chrono::hours(1), Duration(0)});  // max_age 0: every scrape walks
    http::ServerOptions options;
    options.listen_addresses = {"127.0.0.1:0"};
    auto server = http::Server::start(options, {commands::metrics_route(collector_, "/metrics")});
    if (!server) throw std::runtime_error(server.error().message());
    server_ = *std::move(server);
    const std::string& url = server_->urls().front();
    const std::string port = url.substr(url.rfind(':') + 1);
    std::from_chars(port.data(), port.data() + port.size(), port_);
  }

  // The bytes of the whole answer.
  std::size_t scrape(bool gzip) const {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) return 0;
    const std::string request = std::string("GET /metrics HTTP/1.1\r\nHost: localhost\r\n") +
                                (gzip ? "Accept-Encoding: gzip\r\n" : "") +
                                "Connection: close\r\n\r\n";
    std::size_t total = 0;
    if (::send(fd, request.data(), request.size(), 0) > 0) {
      std::vector<char> buffer(std::size_t{256} * 1024);
      ssize_t got = 0;
      while ((got = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0) {
        total += static_cast<std::size_t>(got);
      }
    }
    ::close(fd);
    return total;
  }

 private:
  SteadyClock clock_;
  collect::Collector collector_;
  std::unique_ptr<http::Server> server_;
  std::uint16_t port_ = 0;
};

void scrape_with(benchmark::State& state, bool gzip) {
  const BenchMap& map = BenchMap::hash(static_cast<std::uint32_t>(state.range(0)));
  const ScrapeServer server(map);
  const std::uint64_t before = status_kib("VmRSS:");
  reset_peak();
  std::size_t bytes = 0;
  for (auto _ : state) bytes = server.scrape(gzip);
  if (bytes < static_cast<std::size_t>(state.range(0)) * (gzip ? 1 : 50)) {
    state.SkipWithError("the answer is too short");
  }
  state.counters["MB"] = static_cast<double>(bytes) / 1e6;
  state.counters["peak_MB"] = static_cast<double>(status_kib("VmHWM:") - before) / 1024;
}

void ScrapePlain(benchmark::State& state) { scrape_with(state, false); }
void ScrapeGzip(benchmark::State& state) { scrape_with(state, true); }

BENCHMARK(ScrapePlain)->Arg(100)->Arg(1000000)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(ScrapeGzip)->Arg(100)->Arg(1000000)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace bpfmap::bench
