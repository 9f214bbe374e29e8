// SPDX-License-Identifier: Apache-2.0
#include "host/host_names.h"

#include <utility>

#include "base/clock.h"

namespace bpfmap::host {
namespace {

template <std::size_t... I>
std::array<TableView, kTables> views_of(Host& host, std::index_sequence<I...>) {
  return {TableView(host.table(static_cast<TableId>(I)))...};
}

}  // namespace

HostNames::HostNames(std::shared_ptr<Host> host)
    : host_(std::move(host)), views_(views_of(*host_, std::make_index_sequence<kTables>())) {
  begin_rendering();
}

HostNames::HostNames(Source interfaces, Source block_devices)
    : HostNames(std::make_shared<Host>(std::move(interfaces), std::move(block_devices))) {}

void HostNames::begin_rendering() {
  begun_ = SteadyClock().now();
  for (TableView& view : views_) view.begin(begun_);
}

void HostNames::end_rendering() {
  for (TableView& view : views_) view.count();
}

}  // namespace bpfmap::host
