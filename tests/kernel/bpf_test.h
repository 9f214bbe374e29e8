// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/object.h"
#include "model/attach_target.h"
#include "support/bpf_requirements.h"

// What the tests of loading and attaching share.
namespace bpfmap::kernel {

// An opened object of the tests; throws where it does not open.
Object open_test_object(const std::string& name);

// Opened, loaded and attached; throws std::runtime_error with the error's message where it
// does not work.
Object start_test_object(const std::string& name, const std::vector<ProgramRequest>& requests = {});

// Why it did not start; "started" if it did.
std::string start_error(const std::string& name, const std::vector<ProgramRequest>& requests = {});

ProgramRequest request_for(std::string program, model::AttachTarget target);

// For tests/objects/attach_xdp.bpf.c.
ProgramRequest xdp_request(const std::string& interface);

// The program that an interface runs; 0 where there is none.
std::uint32_t xdp_on(const std::string& interface);

// The number in entry 0 of map `map`.
std::uint64_t read_number(const Object& object, const std::string& map = "hits");

ProgramStatus status_of(const Object& object, const std::string& program);

// Whether the kernel still has the program. It may take a moment to go after its last holder did.
bool program_exists(std::uint32_t id);
bool program_goes_away(std::uint32_t id);

}  // namespace bpfmap::kernel
