// SPDX-License-Identifier: Apache-2.0
#include "collect/self/self_metrics.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>
#include <utility>

#include "collect/self/process_metrics.h"

namespace bpfmap::collect {
namespace {

using prometheus::BuildCounter, prometheus::BuildGauge;
using prometheus::Counter, prometheus::Family, prometheus::Gauge, prometheus::Registry;

constexpr const char* kSuccessName = "bpfmap_exporter_sample_success";

Family<Gauge>& gauge(Registry& registry, const char* name, const char* help) {
  return BuildGauge().Name(std::string("bpfmap_exporter_") + name).Help(help).Register(registry);
}

Family<Counter>& counter(Registry& registry, const char* name, const char* help) {
  return BuildCounter().Name(std::string("bpfmap_exporter_") + name).Help(help).Register(registry);
}

// A short, bounded word for an error: the errno's name.
std::string reason_of(const Error& error) {
  constexpr int kKernelNotSupported = 524;  // leaks out of the kernel; libc has no name for it
  if (error.code == kKernelNotSupported) return "ENOTSUPP";
  const char* name = error.code == 0 ? nullptr : strerrorname_np(error.code);
  if (name != nullptr) return name;
  return error.code == 0 ? "aborted" : "errno_" + std::to_string(error.code);
}

prometheus::Labels with_reason(prometheus::Labels labels, const std::string& reason) {
  labels["reason"] = reason;
  return labels;
}

}  // namespace

// Holds the metrics of one map, so that a walk looks nothing up.
class SelfMetrics::MapObserver final : public SampleObserver {
 public:
  MapObserver(SelfMetrics& metrics, prometheus::Labels labels)
      : metrics_(metrics),
        labels_(std::move(labels)),
        entries_(metrics.entries_.Add(labels_)),
        max_entries_(metrics.max_entries_.Add(labels_)),
        success_(metrics.success_.Add(labels_)),
        duration_(metrics.duration_.Add(labels_)),
        decode_errors_(metrics.decode_errors_.Add(labels_)) {}

  ~MapObserver() override {
    metrics_.entries_.Remove(&entries_);
    metrics_.max_entries_.Remove(&max_entries_);
    metrics_.success_.Remove(&success_);
    metrics_.duration_.Remove(&duration_);
    metrics_.decode_errors_.Remove(&decode_errors_);
    metrics_.age_.Remove(&metrics_.age_.Add(labels_));
    for (const auto& [reason, errors] : errors_) metrics_.errors_.Remove(errors);
    if (Counter* timeouts = timeouts_) metrics_.errors_.Remove(timeouts);
  }

  void on_sample(const MapSample& sample) override {
    success_.Set(sample.error() ? 0 : 1);
    duration_.Set(to_seconds(sample.duration()));
    if (!sample.error()) {
      entries_.Set(static_cast<double>(sample.entries()));
      max_entries_.Set(static_cast<double>(sample.facts().max_entries));
      if (sample.kept()) count(*sample.kept());
      return;
    }
    const std::string reason = reason_of(*sample.error());
    Counter*& errors = errors_[reason];
    errors = &metrics_.errors_.Add(with_reason(labels_, reason));
    errors->Increment();
  }

  // Add() gives all threads the same counter.
  void on_timeout() override {
    Counter& timeouts = metrics_.errors_.Add(with_reason(labels_, "timeout"));
    timeouts_ = &timeouts;
    timeouts.Increment();
  }

  void on_rendering(std::uint64_t decode_errors) override {
    decode_errors_.Increment(static_cast<double>(decode_errors));
  }

 private:
  // Series that are left out for one reason.
  class LeftOutFor {
   public:
    LeftOutFor(SelfMetrics& metrics, const prometheus::Labels& labels, const char* reason)
        : metrics_(metrics),
          missing_(metrics.missing_series_.Add(with_reason(labels, reason))),
          dropped_(metrics.dropped_series_.Add(with_reason(labels, reason))) {}
    ~LeftOutFor() {
      metrics_.missing_series_.Remove(&missing_);
      metrics_.dropped_series_.Remove(&dropped_);
    }
    LeftOutFor(const LeftOutFor&) = delete;
    LeftOutFor& operator=(const LeftOutFor&) = delete;

    void count(std::uint64_t now, std::uint64_t newly) {
      missing_.Set(static_cast<double>(now));
      dropped_.Increment(static_cast<double>(newly));
    }

   private:
    SelfMetrics& metrics_;
    Gauge& missing_;
    Counter& dropped_;
  };

  // Of maps that have limits.
  struct OfKept {
    OfKept(SelfMetrics& metrics, const prometheus::Labels& labels)
        : filtered(metrics, labels, "filter"),
          expired(metrics, labels, "expired"),
          folded(metrics, labels, "folded"),
          deleted(metrics.deleted_entries_.Add(labels)),
          deleted_entries(metrics.deleted_entries_) {}
    ~OfKept() { deleted_entries.Remove(&deleted); }
    OfKept(const OfKept&) = delete;
    OfKept& operator=(const OfKept&) = delete;

    LeftOutFor filtered;
    LeftOutFor expired;
    LeftOutFor folded;
    Counter& deleted;
    Family<Counter>& deleted_entries;
  };

  void count(const KeptCounts& kept) {
    if (!kept_) kept_.emplace(metrics_, labels_);
    kept_->filtered.count(kept.left_out.by_filter, kept.newly.by_filter);
    kept_->expired.count(kept.left_out.expired, kept.newly.expired);
    kept_->folded.count(kept.left_out.folded, kept.newly.folded);
    kept_->deleted.Increment(static_cast<double>(kept.deleted_keys));
  }

  SelfMetrics& metrics_;
  prometheus::Labels labels_;
  std::map<std::string, Counter*> errors_;  // by reason; one walk at a time comes here
  std::atomic<Counter*> timeouts_ = nullptr;
  Gauge& entries_;
  Gauge& max_entries_;
  Gauge& success_;
  Gauge& duration_;
  Counter& decode_errors_;
  std::optional<OfKept> kept_;  // nothing before the first walk, and for maps without limits
};

SelfMetrics::SelfMetrics(const std::string& version, const HostPaths& paths)
    : entries_(gauge(registry_, "map_entries", "Entries found by the last walk of the map.")),
      max_entries_(gauge(registry_, "map_max_entries", "Entries the map has room for.")),
      success_(gauge(registry_, "sample_success", "Whether the last walk of the map succeeded.")),
      duration_(gauge(registry_, "sample_duration_seconds", "Time the last walk of the map took.")),
      age_(gauge(registry_, "sample_age_seconds",
                 "Time since the walk began whose samples this scrape shows.")),
      errors_(counter(registry_, "sample_errors_total", "Walks of the map that failed.")),
      decode_errors_(
          counter(registry_, "decode_errors_total",
                  "Label values that could not be decoded and were written as they were.")),
      missing_series_(gauge(registry_, "missing_series",
                            "Series of the map that the last walk left out, or folded into one.")),
      dropped_series_(counter(registry_, "dropped_series_total",
                              "Series that walks of the map began to leave out or to fold.")),
      deleted_entries_(counter(registry_, "deleted_entries_total",
                               "Entries deleted from the map because they expired.")),
      scrapes_(counter(registry_, "scrapes_total", "Scrapes answered.")),
      reload_successful_(gauge(registry_, "config_last_reload_successful",
                               "Whether the last attempt to read the configuration succeeded.")
                             .Add({})),
      reload_time_(gauge(registry_, "config_last_reload_success_timestamp_seconds",
                         "When the configuration was last read with success.")
                       .Add({})) {
  gauge(registry_, "build_info", "The version of the exporter; always 1.")
      .Add({{"version", version}})
      .Set(1);
  add_collectable(std::make_shared<ProcessMetrics>("/proc/self", paths.in_procfs("/stat")));
}

SelfMetrics::~SelfMetrics() = default;

std::shared_ptr<SampleObserver> SelfMetrics::observe_map(const std::string& config,
                                                         const std::string& map) {
  const MutexLock lock(mutex_);
  std::weak_ptr<SampleObserver>& known = observers_[{config, map}];
  if (auto observer = known.lock()) return observer;
  auto observer =
      std::make_shared<MapObserver>(*this, prometheus::Labels{{"config", config}, {"map", map}});
  known = observer;
  return observer;
}

void SelfMetrics::count_reload(bool successful, double unix_seconds) {
  reload_successful_.Set(successful ? 1 : 0);
  if (successful) reload_time_.Set(unix_seconds);
}

void SelfMetrics::add_collectable(std::shared_ptr<prometheus::Collectable> collectable) {
  collectables_.push_back(std::move(collectable));
}

void SelfMetrics::count_scrape(const std::string& format, const std::string& encoding) {
  scrapes_.Add({{"format", format}, {"encoding", encoding}}).Increment();
}

void SelfMetrics::set_sample_age(const std::string& config, const std::string& map,
                                 double seconds) {
  age_.Add({{"config", config}, {"map", map}}).Set(seconds);
}

void SelfMetrics::show_failure(const std::string& config, const std::string& map,
                               std::vector<prometheus::MetricFamily>& families) {
  using Label = prometheus::ClientMetric::Label;
  const auto has = [](const prometheus::ClientMetric& metric, const char* name,
                      const std::string& value) {
    return std::any_of(metric.label.begin(), metric.label.end(), [&](const Label& label) {
      return label.name == name && label.value == value;
    });
  };
  for (prometheus::MetricFamily& family : families) {
    if (family.name != kSuccessName) continue;
    for (prometheus::ClientMetric& metric : family.metric) {
      if (has(metric, "config", config) && has(metric, "map", map)) metric.gauge.value = 0;
    }
  }
}

std::vector<prometheus::MetricFamily> SelfMetrics::collect() const {
  std::vector<prometheus::MetricFamily> families = registry_.Collect();
  for (const auto& collectable : collectables_) {
    for (auto& family : collectable->Collect()) families.push_back(std::move(family));
  }
  return families;
}

}  // namespace bpfmap::collect
