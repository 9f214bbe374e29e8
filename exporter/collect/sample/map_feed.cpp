// SPDX-License-Identifier: Apache-2.0
#include "collect/sample/map_feed.h"

#include <utility>

#include "collect/keep/kept_rows.h"

namespace bpfmap::collect {
namespace {

class FixedFeed final : public MapFeed {
 public:
  FixedFeed(std::string type, std::unique_ptr<kernel::MapReader> reader, decode::SamplePlan plan)
      : type_(std::move(type)),
        reader_(std::move(reader)),
        plan_(std::make_shared<const decode::SamplePlan>(std::move(plan))) {}

  Result<OpenedMap> open() override {
    // The name may change: a reader can choose anew before a walk.
    return OpenedMap{reader_.get(),
                     plan_,
                     {type_, std::string(reader_->name()), reader_->shape().max_entries},
                     nullptr};
  }

 private:
  std::string type_;
  std::unique_ptr<kernel::MapReader> reader_;
  std::shared_ptr<const decode::SamplePlan> plan_;
};

class KeptFeed final : public MapFeed {
 public:
  KeptFeed(std::string type, std::unique_ptr<kernel::MapReader> reader, decode::SamplePlan plan,
           decode::KeepingPlan keeping, const Clock& clock, std::shared_ptr<host::Host> host,
           KeptRows::DeleteKey delete_key)
      : type_(std::move(type)),
        reader_(std::move(reader)),
        plan_(std::make_shared<const decode::SamplePlan>(std::move(plan))),
        kept_(std::move(keeping), clock, std::move(host)) {
    kept_.read_from(*reader_, std::move(delete_key));
  }

  Result<OpenedMap> open() override {
    return OpenedMap{&kept_,
                     plan_,
                     {type_, std::string(reader_->name()), reader_->shape().max_entries},
                     &kept_.counts()};
  }

 private:
  std::string type_;
  std::unique_ptr<kernel::MapReader> reader_;
  std::shared_ptr<const decode::SamplePlan> plan_;
  KeptRows kept_;
};

}  // namespace

std::unique_ptr<MapFeed> kept_feed(std::string type, std::unique_ptr<kernel::MapReader> reader,
                                   decode::SamplePlan plan, decode::KeepingPlan keeping,
                                   const Clock& clock, std::shared_ptr<host::Host> host,
                                   std::function<int(const std::string&)> delete_key) {
  return std::make_unique<KeptFeed>(std::move(type), std::move(reader), std::move(plan),
                                    std::move(keeping), clock, std::move(host),
                                    std::move(delete_key));
}

std::unique_ptr<MapFeed> fixed_feed(std::string type, std::unique_ptr<kernel::MapReader> reader,
                                    decode::SamplePlan plan) {
  return std::make_unique<FixedFeed>(std::move(type), std::move(reader), std::move(plan));
}

}  // namespace bpfmap::collect
