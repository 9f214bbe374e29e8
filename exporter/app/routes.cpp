// SPDX-License-Identifier: Apache-2.0
#include "app/routes.h"

#include <cmath>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "app/scrape_request.h"
#include "app/version.h"
#include "collect/page.h"
#include "exposition/formats.h"
#include "host/cgroups.h"
#include "host/host.h"
#include "http/status_page.h"

namespace bpfmap::app {
namespace {

http::Response text_response(int status, std::string text) {
  http::Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.text = std::move(text);
  return response;
}

// A page on its way to a client, while maps are walked for it.
class PageStream final : public http::BodyStream {
 public:
  PageStream(std::shared_ptr<collect::Collector> collector, collect::Page page)
      : collector_(std::move(collector)), page_(std::move(page)) {}

  Result<std::string_view> next() override {
    auto chunk = page_.next();
    if (!chunk) return unexpected(std::move(chunk.error()));
    chunk_ = *std::move(chunk);
    if (chunk_ == nullptr) return std::string_view();
    return std::string_view(chunk_->bytes.get(), chunk_->size);
  }

 private:
  std::shared_ptr<collect::Collector> collector_;  // may be replaced meanwhile
  collect::Page page_;
  std::shared_ptr<const exposition::Chunk> chunk_;
};

http::Response metrics(const std::shared_ptr<collect::Collector>& collector,
                       const http::Request& request, Duration timeout_offset) {
  const Result<collect::Scrape> scrape = scrape_of(request, *collector, timeout_offset);
  if (!scrape) return text_response(400, scrape.error().detail + "\n");
  collector->count_scrape(scrape->as);
  collect::Page page(*collector, *scrape);
  const Result<bool> is_whole = page.make_whole_soon();
  if (!is_whole) throw std::runtime_error(is_whole.error().message());
  http::Response response;
  response.content_type = exposition::content_type(scrape->as.format);
  if (scrape->as.encoding == collect::Encoding::kGzip) response.content_encoding = "gzip";
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (!*is_whole) {
    response.stream = std::make_shared<PageStream>(collector, std::move(page));
    return response;
  }
  auto body = std::make_shared<const exposition::Body>(page.whole());
  for (const auto& chunk : body->chunks()) {
    response.pieces.emplace_back(chunk->bytes.get(), chunk->size);
  }
  response.owner = std::move(body);
  return response;
}

// "0.42 ms", "3.1 s": three digits are enough for a person.
std::string for_people(Duration duration) {
  double value = to_seconds(duration);
  const char* unit = "s";
  if (value < 1e-3) {
    value *= 1e6;
    unit = "µs";
  } else if (value < 1) {
    value *= 1e3;
    unit = "ms";
  }
  char text[64];
  const int length = std::snprintf(text, sizeof(text), "%.3g %s", value, unit);
  return {text, static_cast<std::size_t>(length)};
}

http::StatusPage::Map describe(const collect::MapSampler& sampler) {
  http::StatusPage::Map map{sampler.source().map, "-", "-", "-", "not walked yet"};
  const auto sample = sampler.latest();
  if (sample == nullptr) return map;
  map.last_walk = for_people(sample->duration()) + ", " +
                  for_people(SteadyClock().now() - sample->started()) + " ago";
  if (sample->error()) {
    map.last_walk = "failed: " + sample->error()->message();
    return map;
  }
  const collect::MapFacts& facts = sample->facts();
  map.type = facts.type;
  map.reader = facts.reader;
  map.entries = std::to_string(sample->entries()) + " of " + std::to_string(facts.max_entries);
  return map;
}

std::string state_of(const kernel::ProgramStatus& program) {
  if (program.attached) return "attached";
  if (!program.problem.empty()) return program.problem;
  if (!program.instead.empty()) return program.instead;
  return program.loaded ? "loaded" : "left out by the configuration";
}

std::vector<std::string> notes_of(const host::Host& host) {
  std::vector<std::string> notes;
  if (!host.shows_processes()) {
    notes.push_back("Ids of processes are not those that " + host.paths().procfs +
                    " shows, and their labels are numbers: " + kShowProcesses + ".");
  }
  if (host.cgroups().shows_all() == false) {
    notes.push_back(
        "Only a part of the machine's cgroups is to be seen, and their labels are numbers: " +
        std::string(host::kShowCgroups) + ".");
  }
  return notes;
}

http::Response status(const Exporter& exporter, const std::string& telemetry_path) {
  http::StatusPage page;
  page.version = kVersion;
  page.links = {{telemetry_path, "Metrics"}, {"/-/healthy", "Health"}, {"/-/ready", "Readiness"}};
  page.notes = notes_of(exporter.host());
  for (const Exporter::Loaded& loaded : exporter.loaded()) {
    http::StatusPage::Object object{loaded.config, loaded.path, {}, {}, {}};
    if (loaded.object != nullptr) {
      object.object = loaded.object->name();
      for (const kernel::ProgramStatus& program : loaded.object->program_statuses()) {
        object.programs.push_back({program.name, program.section, state_of(program)});
      }
    }
    for (const auto& sampler : exporter.collector().samplers()) {
      if (sampler->source().config == loaded.config) object.maps.push_back(describe(*sampler));
    }
    page.objects.push_back(std::move(object));
  }
  http::Response response;
  response.content_type = "text/html; charset=utf-8";
  response.text = http::render_status_page(page);
  return response;
}

// What is read of every map, decoded: the samples of each, under its name.
http::Response maps(const Exporter& exporter) {
  std::string text;
  for (const auto& sampler : exporter.collector().samplers()) {
    const http::StatusPage::Map map = describe(*sampler);
    const collect::MapSource& source = sampler->source();
    text += "map " + source.map + " of " + source.config + " (" + map.type + ", read by " +
            map.reader + "): " + map.entries + " entries\n\n";
    const auto sample = sampler->fresh();
    std::string shown = map.last_walk + "\n";
    if (sample != nullptr) {
      const auto whole = sample->whole({});
      if (whole) shown = whole->body.to_string();
    }
    text += shown + "\n";
  }
  return text_response(200, std::move(text));
}

http::Response readiness(const collect::Collector& collector) {
  if (collector.ready()) return text_response(200, "ready\n");
  return text_response(503, "not ready: not every map has been read yet\n");
}

http::Response reloaded(const std::function<Result<void>()>& reload) {
  if (reload == nullptr) {
    return text_response(403,
                         "reloading over HTTP is off; --web.enable-lifecycle switches it on\n");
  }
  const Result<void> done = reload();
  return done ? text_response(200, "reloaded\n")
              : text_response(500, done.error().message() + "\n");
}

}  // namespace

http::Route metrics_route(collect::Collector& collector, const std::string& path) {
  const std::shared_ptr<collect::Collector> borrowed(std::shared_ptr<void>(), &collector);
  return {path, "GET", [borrowed](const http::Request& request) {
            return metrics(borrowed, request, kDefaultTimeoutOffset);
          }};
}

std::vector<http::Route> make_routes(const RouteOptions& options) {
  const auto current = options.exporter;
  const std::string path = options.telemetry_path;
  std::vector<http::Route> routes{
      {path, "GET",
       [current, offset = options.timeout_offset](const http::Request& request) {
         // Held until the page is made: it may be replaced meanwhile.
         const std::shared_ptr<Exporter> exporter = current();
         return metrics({exporter, &exporter->collector()}, request, offset);
       }},
      {"/-/healthy", "GET", [](const http::Request&) { return text_response(200, "healthy\n"); }},
      {"/-/ready", "GET",
       [current](const http::Request&) { return readiness(current()->collector()); }},
      {"/-/reload", "POST",
       [reload = options.reload](const http::Request&) { return reloaded(reload); }},
  };
  if (options.debug) {
    routes.push_back(
        {"/maps", "GET", [current](const http::Request&) { return maps(*current()); }});
  }
  if (path != "/") {
    routes.push_back({"/", "GET", [current, path](const http::Request&) {
                        const std::shared_ptr<Exporter> exporter = current();
                        return status(*exporter, path);
                      }});
  }
  return routes;
}

}  // namespace bpfmap::app
