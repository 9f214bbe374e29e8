// SPDX-License-Identifier: Apache-2.0
#include "bpf_test.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/if.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "support/eventually.h"
#include "support/test_objects.h"

namespace bpfmap::kernel {
namespace {

Result<Object> start(const std::string& name, const std::vector<ProgramRequest>& requests) {
  Object object = open_test_object(name);
  if (auto loaded = object.load(requests); !loaded) return unexpected(loaded.error());
  if (auto attached = object.attach(requests); !attached) return unexpected(attached.error());
  return object;
}

}  // namespace

Object open_test_object(const std::string& name) {
  Result<Object> object = Object::open_file(test::test_object(name));
  if (!object) throw std::runtime_error(object.error().message());
  return std::move(*object);
}

Object start_test_object(const std::string& name, const std::vector<ProgramRequest>& requests) {
  Result<Object> object = start(name, requests);
  if (!object) throw std::runtime_error(object.error().message());
  return std::move(*object);
}

std::string start_error(const std::string& name, const std::vector<ProgramRequest>& requests) {
  const Result<Object> object = start(name, requests);
  return object ? "started" : object.error().message();
}

ProgramRequest request_for(std::string program, model::AttachTarget target) {
  return {std::move(program), true, true, {std::move(target)}};
}

ProgramRequest xdp_request(const std::string& interface) {
  return request_for("count_xdp", model::XdpTarget{{interface}, model::XdpMode::kAuto});
}

std::uint32_t xdp_on(const std::string& interface) {
  std::uint32_t id = 0;
  EXPECT_EQ(bpf_xdp_query_id(static_cast<int>(if_nametoindex(interface.c_str())), 0, &id), 0);
  return id;
}

std::uint64_t read_number(const Object& object, const std::string& map) {
  const std::uint32_t key = 0;
  std::uint64_t value = 0;
  if (bpf_map_lookup_elem(object.map_fd(map), &key, &value) != 0) {
    throw std::runtime_error("map " + map + " cannot be read");
  }
  return value;
}

ProgramStatus status_of(const Object& object, const std::string& program) {
  for (ProgramStatus& status : object.program_statuses()) {
    if (status.name == program) return std::move(status);
  }
  throw std::runtime_error("no program " + program);
}

bool program_exists(std::uint32_t id) {
  const int fd = bpf_prog_get_fd_by_id(id);
  if (fd < 0) return false;
  close(fd);
  return true;
}

bool program_goes_away(std::uint32_t id) {
  return test::eventually([&] { return !program_exists(id); });
}

}  // namespace bpfmap::kernel
