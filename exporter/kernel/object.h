// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernel/followed_places.h"
#include "kernel/object_info.h"
#include "kernel/program_request.h"
#include "kernel/program_status.h"

namespace bpfmap::kernel {

class NamedPins;
class PinFolder;
struct MemoryUse;  // memory_use.h
struct ObjectState;

// A BPF object file: opened (no privilege needed), then loaded, then attached, then committed where
// another object is before it or it is pinned. Owns programs, maps and links; all of them end with
// it, links first, unless they are pinned. Not thread-safe, except what tells of
// programs, which may be asked by any thread once attach() returned, also while another
// one follows. Move-only.
class Object {
 public:
  // `name` is for messages. Opening reads ELF and BTF only. `kernel_btf` is a file with the BTF of
  // the kernel, for kernels that have none of their own; empty: /sys/kernel/btf/vmlinux.
  static Result<Object> open_file(const std::string& path, const std::string& kernel_btf = {});
  static Result<Object> open_memory(const std::string& name, std::span<const std::byte> bytes,
                                    const std::string& kernel_btf = {});

  Object(Object&&) noexcept;
  Object& operator=(Object&&) noexcept;
  ~Object();

  const std::string& name() const;
  const std::string& sha256() const;  // of the file
  const std::vector<ProgramInfo>& programs() const;
  const std::vector<MapInfo>& maps() const;  // without libbpf's own .data, .rodata, .bss, .kconfig
  const std::vector<GlobalInfo>& globals() const;

  // A struct of the object's BTF by its name, with or without "struct ", or a typedef of one. The
  // error's message says what is wrong, as a sentence.
  Result<TypePtr> struct_type(const std::string& name) const;
  // The names of the structs in the object's BTF that are its own and not the kernel's (see
  // own_structs.h), in the order in which they stand there.
  std::vector<std::string> struct_names() const;

  // Which clocks its programs read, by the helpers that they call; not seen are those of functions
  // that are no programs. Before load().
  ClocksRead clocks_read() const;

  // What the programs do with maps and variables, as far as their code tells, while the settings
  // (.rodata) are as the object has them; see memory_use.h. Empty where there are no programs.
  // Reads the code anew with each call.
  std::map<std::string, MemoryUse> memory_uses() const;

  // The bytes that a global variable begins with; empty where it is not known.
  std::vector<std::byte> initial_value(const GlobalInfo& global) const;

  // Whether these requests make sense for this object, as far as can be known without a kernel:
  // programs that exist, targets that fit their types, and for each that is to load and required a
  // way to attach. load() and attach() check the same again.
  Result<void> check(std::span<const ProgramRequest> requests) const;

  // Whether, with these requests, programs are attached to what comes later, too (see follow()),
  // and whether that takes CAP_SYS_ADMIN, which kernels want for perf events: for those of probes
  // in binaries since 2025, for others by kernel.perf_event_paranoid. Asks the kernel.
  struct LaterAttaching {
    bool any = false;
    bool as_admin = false;
  };
  LaterAttaching later_attaching(std::span<const ProgramRequest> requests) const;

  // Overwrites the initial value of a global variable; before load(). `bytes` has the type's size.
  Result<void> set_global(const std::string& name, std::span<const std::byte> bytes);

  // Gives maps other sizes than the object says, here and in maps(); before load(). The error's
  // message says what is wrong, as a sentence.
  Result<void> set_sizes(const MapSizesRequest& request);

  // Lets maps that are pinned by their name (LIBBPF_PIN_BY_NAME) be those of the folder and of
  // other objects that use the same; those that are not there are pinned by commit(). Without it
  // such maps are the object's own. Before load().
  void share_named_maps(std::shared_ptr<NamedPins> pins);

  // Makes the object outlive its process: maps, links and programs are pinned in the folder when
  // it is committed, and maps that an earlier object has left there are taken over by load() if
  // their layouts are the same. `with_rings` is for callers that know that the ring buffers are
  // not read. Before load().
  void pin_to(std::shared_ptr<PinFolder> pins, bool with_rings);
  const std::shared_ptr<PinFolder>& pins() const;  // null where it is not pinned

  // Loads maps and programs. A program that is not required and does not load is left out, and says
  // why in its status, and so is a set of alternatives where there are others; every other failure
  // is the returned error: program, section, errno, the tail of the verifier's log, a hint.
  Result<void> load(std::span<const ProgramRequest> requests);

  // Attaches what was loaded: a required program everywhere, one that is not required wherever it
  // can be. Of patterns nothing needs to match yet. On an error everything that was attached is
  // detached again. What `before`, or an earlier object in the folder of pins, has attached at
  // the same places and can be led to other programs stays as it is until commit(). Of
  // alternatives, the first set that attaches stays, those that ran before preferred, and the
  // others leave the kernel.
  Result<void> attach(std::span<const ProgramRequest> requests, const Object* before = nullptr);

  // Lets the attached objects take the places of those before them, each program at one
  // instant, and pins what is to be pinned. On an error nothing has changed. Has no effect on
  // what is committed.
  static Result<void> commit(std::span<Object* const> objects);

  // Ends the pinning of a pinned object: removes the pins. The object goes on until
  // it is destroyed.
  void unpin();

  // What has to be watched to know when to follow.
  FollowedPlaces followed() const;

  // Looks where the programs are to be now, for those that have places of these kinds: attaches
  // them to what has come, detaches them from what has gone, and writes each change to the log
  // once. Returns the kinds of places that did not get their program: to be tried again. After
  // commit() where there is one, in the network namespace of attach(), one thread at a time.
  PlaceKinds follow(const PlaceKinds& kinds);

  // By what the kernel says now: an interface or cgroup that is gone has left its programs.
  std::vector<ProgramStatus> program_statuses() const;
  std::optional<ProgramRuns> program_runs(const std::string& program) const;
  bool is_attached(const std::string& program) const;
  // How many places a program is attached to; functions that share a link are one.
  std::size_t program_links(const std::string& program) const;
  // Whether some place has lost its program since it was last followed.
  bool has_lost_places() const;

  // Descriptor of a loaded map, owned by the object; -1 for an unknown name or before load().
  int map_fd(const std::string& map) const;

  // Lets what was compiled for `twin`, the same object that is not loaded, read the stacks
  // of this one.
  void lend_stacks(const Object& twin) const;

  // The map behind a section of global variables; its descriptor is the object's, -1 before load().
  struct Section {
    int fd = -1;
    std::uint32_t size = 0;
  };
  Section section(const std::string& name) const;

 private:
  explicit Object(std::unique_ptr<ObjectState> state);
  std::unique_ptr<ObjectState> state_;
};

}  // namespace bpfmap::kernel
