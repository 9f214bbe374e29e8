// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/placement.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "kernel/attach/find_sites.h"

namespace bpfmap::kernel {
namespace {

void append(Sites more, Sites& sites) {
  const auto move_all = [](auto& from, auto& to) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
  };
  move_all(more.found, sites.found);
  move_all(more.missing, sites.missing);
  move_all(more.unmatched, sites.unmatched);
}

// Two targets may lead to one place, as a name and a pattern do.
void drop_repeated(std::vector<Site>& sites) {
  std::set<std::string> seen;
  std::erase_if(sites, [&](const Site& site) { return !seen.insert(site.place).second; });
}

Sites all_sites(const LoadedProgram& program, std::span<const model::AttachTarget> targets) {
  if (targets.empty()) return section_site(program);
  Sites all;
  for (const model::AttachTarget& target : targets) append(find_sites(program, target), all);
  drop_repeated(all.found);
  if (all.found.size() > kMostSites) {
    all.missing.push_back(bad_target(program, std::to_string(all.found.size()) +
                                                  " places match, and " +
                                                  std::to_string(kMostSites) + " are the most"));
    all.found.resize(kMostSites);
  }
  return all;
}

AttachmentPtr find_at(const std::string& place, std::span<const AttachmentPtr> among) {
  const auto found = std::find_if(among.begin(), among.end(), [&](const AttachmentPtr& one) {
    return one->place() == place && !one->is_lost();
  });
  return found == among.end() ? nullptr : *found;
}

// What is refused at places that are no longer there when one looks again does not count.
void drop_refusals_of_the_gone(const LoadedProgram& program,
                               std::span<const model::AttachTarget> targets,
                               std::map<std::string, Error>& refusals) {
  if (refusals.empty()) return;
  const Sites again = all_sites(program, targets);
  std::set<std::string> there;
  for (const Site& site : again.found) there.insert(site.place);
  std::erase_if(refusals, [&](const auto& one) { return !there.contains(one.first); });
}

}  // namespace

Placement place_program(const LoadedProgram& program, std::span<const model::AttachTarget> targets,
                        std::span<const AttachmentPtr> now) {
  Sites sites = all_sites(program, targets);
  Placement placement{{}, std::move(sites.missing), std::move(sites.unmatched)};
  std::map<std::string, Error> refusals;
  for (const Site& site : sites.found) {
    AttachmentPtr there = find_at(site.place, now);
    if (there == nullptr) there = program.existing(site.place);
    if (there != nullptr) {
      placement.attachments.push_back(std::move(there));
      continue;
    }
    Result<Attachment::Handle> handle = site.attach();
    if (handle) {
      placement.attachments.push_back(
          std::make_shared<Attachment>(site.place, std::move(*handle), site.where));
    } else {
      refusals.emplace(site.place, std::move(handle.error()));
    }
  }
  drop_refusals_of_the_gone(program, targets, refusals);
  for (auto& [place, error] : refusals) placement.failures.push_back(std::move(error));
  return placement;
}

}  // namespace bpfmap::kernel
