// SPDX-License-Identifier: Apache-2.0
#include "host/kubelet/pod_list.h"

#include <nlohmann/json.hpp>

namespace bpfmap::host {
namespace {

using nlohmann::json;

Error no_pod_list(std::string why) {
  return {ErrorKind::kSystem, "read", "the kubelet's list of pods", 0, std::move(why), {}};
}

const json& member(const json& object, const char* name) {
  static const json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

std::string text(const json& object, const char* name) {
  const json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

void add_id(const json& object, const std::string& name, Pod& pod) {
  const std::string id = text(object, "containerID");  // "containerd://0123..."
  const std::size_t scheme = id.find("://");
  if (scheme == std::string::npos || scheme + 3 == id.size()) return;
  pod.containers.push_back({id.substr(scheme + 3), name});
}

void add_containers(const json& statuses, Pod& pod) {
  if (!statuses.is_array()) return;
  for (const json& status : statuses) {
    const std::string name = text(status, "name");
    add_id(status, name, pod);
    // The one before a restart, whose counts are still there.
    add_id(member(member(status, "lastState"), "terminated"), name, pod);
  }
}

Pod pod_of(const json& item) {
  const json& metadata = member(item, "metadata");
  Pod pod{text(metadata, "name"), text(metadata, "namespace"), {}, {}};
  // Cgroups of static pods have the hash where the API server knows of another uid.
  const json& annotations = member(metadata, "annotations");
  for (std::string uid : {text(metadata, "uid"), text(annotations, "kubernetes.io/config.hash"),
                          text(annotations, "kubernetes.io/config.mirror")}) {
    if (!uid.empty()) pod.uids.push_back(std::move(uid));
  }
  const json& status = member(item, "status");
  for (const char* kind :
       {"initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"}) {
    add_containers(member(status, kind), pod);
  }
  return pod;
}

}  // namespace

Result<std::vector<Pod>> parse_pod_list(std::string_view text) {
  const json list = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (list.is_discarded()) return unexpected(no_pod_list("this is no JSON"));
  const json& items = member(list, "items");
  const bool is_empty = items.is_null() && list.is_object() && list.contains("kind");
  if (!items.is_array() && !is_empty) return unexpected(no_pod_list("it has no 'items'"));
  std::vector<Pod> pods;
  for (const json& item : items) {
    Pod pod = pod_of(item);
    if (!pod.name.empty()) pods.push_back(std::move(pod));
  }
  return pods;
}

}  // namespace bpfmap::host
