// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"

namespace bpfmap::commands {

// Calls back when something changes in folders, by inotify(7): files that are written and closed,
// moved in, made or deleted. Kubernetes updates a ConfigMap by moving a symbolic link, which is
// seen as well. Changes that follow each other closely are one.
class ConfigWatch {
 public:
  // `changed` is called by a thread of the watch. A folder that is not there is an error.
  static Result<std::unique_ptr<ConfigWatch>> start(const std::vector<std::string>& folders,
                                                    std::function<void()> changed);
  ~ConfigWatch();
  ConfigWatch(const ConfigWatch&) = delete;
  ConfigWatch& operator=(const ConfigWatch&) = delete;

 private:
  explicit ConfigWatch(std::function<void()> changed) : changed_(std::move(changed)) {}
  Result<void> open(const std::vector<std::string>& folders);
  void run();

  std::function<void()> changed_;
  UniqueFd inotify_;
  UniqueFd stop_;
  std::thread thread_;
};

}  // namespace bpfmap::commands
