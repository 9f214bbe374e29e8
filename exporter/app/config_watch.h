// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "app/config_files.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "host/path_watch.h"

namespace bpfmap::app {

// Calls back when something changes that configurations are read from: their files and folders,
// the files of their objects, and the folders and links on the way there. Kubernetes updates a
// ConfigMap by moving a symbolic link, which is seen as well. Changes that follow each other
// closely are one. A change of one file is followed by all of them being looked for anew, so that
// what was replaced, or was named by the change, is watched from then on. Started and destroyed
// by one thread.
class ConfigWatch {
 public:
  // `changed` is called by a thread of the watch. The error names what the kernel does not watch;
  // later on that is a warning in the log. `errands`, which look at the files, outlive the watch.
  static Result<std::unique_ptr<ConfigWatch>> start(ConfigSelection selection, Errands& errands,
                                                    std::function<void()> changed);
  ~ConfigWatch();
  ConfigWatch(const ConfigWatch&) = delete;
  ConfigWatch& operator=(const ConfigWatch&) = delete;

 private:
  ConfigWatch(ConfigSelection selection, Errands& errands, std::function<void()> changed)
      : selection_(std::move(selection)), errands_(errands), changed_(std::move(changed)) {}
  Result<void> open();
  Result<void> look_anew();
  void run();
  void tell();

  const ConfigSelection selection_;
  Errands& errands_;
  std::function<void()> changed_;
  std::optional<host::PathWatch> paths_;
  UniqueFd stop_;
  std::thread thread_;
};

}  // namespace bpfmap::app
