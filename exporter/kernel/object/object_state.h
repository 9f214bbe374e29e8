// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/mutex.h"
#include "kernel/attach/attachment.h"
#include "kernel/attach/function_finder.h"
#include "kernel/attach/placement.h"
#include "kernel/libbpf/handles.h"
#include "kernel/named_pins.h"
#include "kernel/object/alternatives.h"
#include "kernel/object_info.h"
#include "kernel/pins/pinned_state.h"
#include "kernel/program_request.h"
#include "kernel/program_status.h"
#include "model/attach_target.h"

namespace bpfmap::kernel {

// A program that is to run in another one's place, once the object is committed.
struct Swap {
  std::string subject;  // of the program
  EntryPtr entry;       // whose slot is changed; or
  AttachmentPtr link;   // the link that is updated
  UniqueFd program;
  UniqueFd before;  // to undo it; none where it is not known
};

struct ProgramState {
  bpf_program* handle = nullptr;  // changes when the object is opened again
  EntryPtr entry;                 // null where the program itself is attached
  bool autoload = true;           // false: SEC("?..."), only loaded on request
  ProgramStatus status;
  std::vector<model::AttachTarget> targets;  // where it is to be; empty: where its section says
  // From attach() on; the thread that attaches changes them under ObjectState::mutex.
  Attachments attachments;
  std::vector<std::string> failures;   // why places that want it do not have it
  std::vector<std::string> unmatched;  // patterns that nothing matches yet
};

// What is behind an Object. For the thread that opens, loads, attaches, commits or follows;
// what others may ask of an Object they read under `mutex` or in what does not change once the
// object is attached.
struct ObjectState {
  std::string name;
  std::string sha256;
  std::vector<std::byte> bytes;  // libbpf loads an object once; a second try needs to open it again
  std::string kernel_btf;        // a file; empty: the kernel's own
  ObjectPtr handle;
  std::vector<ProgramInfo> programs;
  std::vector<ProgramState> states;  // of the programs, in the same order
  std::vector<MapInfo> maps;
  std::shared_ptr<StackMaps> stacks;  // those of the maps that hold such
  std::vector<GlobalInfo> globals;
  std::map<std::string, std::vector<std::byte>> values;  // what set_global() set
  std::vector<MapSizesRequest> sizes;                    // what set_sizes() set
  std::vector<AlternativeGroup> alternatives;            // what load() was asked for
  bool loaded = false;

  // Of maps that are pinned by their name.
  std::shared_ptr<NamedPins> named_pins;  // null where they are the object's own
  std::map<std::string, bool> named;      // their names; whether what is pinned is used

  // Of objects that are pinned.
  std::shared_ptr<PinFolder> pins;             // null where it is not
  bool with_rings = false;                     // see Object::pin_to()
  PinnedState left;                            // in that folder, by an earlier object
  std::map<std::string, std::string> layouts;  // of maps, by lasting_name()
  std::vector<std::string> taken_over;         // maps, by lasting_name()

  // Between attach() and commit().
  std::vector<ProgramBefore> before;
  std::vector<Swap> swaps;
  bool committed = false;

  // Of what is attached, which may change as long as the object lives; see ProgramState.
  // Held for moments.
  mutable Mutex mutex;
  FunctionFinder functions;      // of the thread that attaches
  bool pins_are_behind = false;  // what is attached is not what is pinned

  ObjectState() = default;
  ObjectState(const ObjectState&) = delete;
  ObjectState& operator=(const ObjectState&) = delete;
  ~ObjectState() { detach(); }

  void detach();
  // "count (SEC("xdp")) of packets.bpf.o"
  std::string subject(const ProgramInfo& program) const;
};

// Opens `state.bytes`, for the first time or again; the globals keep the values that were set.
Result<void> open_object(ObjectState& state);

// Copies what the freshly opened object says about itself into the state.
Result<void> describe_object(ObjectState& state);

// Gives the maps of the opened object the sizes of `request`.
Result<void> resize_maps(const ObjectState& state, const MapSizesRequest& request);

// Makes the patterns of maps in maps of maps whose sizes were set. They are needed until the
// object is loaded.
Result<std::vector<UniqueFd>> make_inner_maps(const ObjectState& state);
// What is to be remembered of such sizes in the layout of a map; empty where none were set.
std::string inner_sizes_in_words(const ObjectState& state, const std::string& map);

// Gives the programs of the opened object the types that their targets ask for.
void adopt_target_types(ObjectState& state, std::span<const ProgramRequest> requests);

// What the object's own words say about a map of an opened object.
MapShape describe_shape(const bpf_map* map);

// Whether a program is to be loaded: it is wanted, and nothing is known that speaks against it.
bool may_load(const ObjectState& state, std::size_t program, const ProgramRequest* request);

// Notes that a program of a group does not work. An error where no set of the group is left.
Result<void> refuse_alternative(ObjectState& state, AlternativeGroup& group, std::size_t program,
                                const std::string& problem);

// Attaches the first set of a group that can be, by `attach`, which says of a program why not; and
// tells the log which it is. An error where there is none, and the group is required.
using AttachProgram = std::function<std::string(std::size_t program)>;
Result<void> attach_alternatives(ObjectState& state, AlternativeGroup& group,
                                 const AttachProgram& attach);

// Takes the programs that were not chosen out of the kernel.
void leave_other_alternatives(ObjectState& state);

// Takes the pinning of maps by their name away from libbpf, and remembers which they are.
void keep_names_to_pin(ObjectState& state);

// Makes the opened object use what is pinned under the names of its maps.
Result<void> reuse_named_maps(ObjectState& state);

// Offers the maps that were just made to the other objects of the process.
Result<void> offer_named_maps(const ObjectState& state);

// Pins the maps of an object that are shared by their names and are not pinned yet.
class NamedMapWriter {
 public:
  explicit NamedMapWriter(const ObjectState& state) : state_(&state) {}

  static bool is_shared(const ObjectState& state, const std::string& map);
  Result<void> write();
  void undo() const;
  void tell() const;  // the log

 private:
  const ObjectState* state_;
  std::vector<std::string> made_;
};

// Writes a global variable's initial value into the opened object.
Result<void> write_global(const ObjectState& state, const GlobalInfo& global,
                          std::span<const std::byte> bytes);

// Compares the maps of the opened object with those that are pinned, says what becomes of them, and
// remembers those that are taken over.
Result<void> choose_pinned_maps(ObjectState& state);

// Makes the opened object use the maps that were chosen.
Result<void> reuse_pinned_maps(const ObjectState& state);

// Brings a program to all of its places that can be had, or says why not. What the object cannot
// have at a place is taken off again. Nothing of the state changes.
Placement place_and_check(const ObjectState& state, const ProgramState& program,
                          const LoadedProgram& loaded, std::span<const AttachmentPtr> now);

// How to speak of a program of the object, and to attach it.
LoadedProgram loaded_program(ObjectState& state, std::size_t index);

// Pins what is attached, beside what is pinned already, and removes pins of what is not.
Result<void> pin_again(ObjectState& state);

// Where a program is to be: as requested, or as its section says; empty where libbpf attaches
// by the section.
std::vector<model::AttachTarget> targets_for(const ProgramInfo& program,
                                             const ProgramRequest* request);

// Whether all of the targets are functions, of which this kernel has links for many.
bool take_uprobe_multi(std::span<const model::AttachTarget> targets);

// The request for a program; null where there is none.
const ProgramRequest* find_request(std::span<const ProgramRequest> requests, std::string_view name);
bool is_wanted(const ProgramState& program, const ProgramRequest* request);
bool is_required(const ProgramRequest* request);

// The checks of Object::check() that load() repeats: names, and targets against types.
Result<void> check_targets(const ObjectState& state, std::span<const ProgramRequest> requests);

// The check that attach() repeats: whether there is a way to attach what is wanted and required.
Result<void> check_attachable(const ObjectState& state, std::span<const ProgramRequest> requests);

// What `program` lacks to be attached; empty where it lacks nothing.
std::string why_not_attachable(const ProgramInfo& program, const ProgramRequest* request);

}  // namespace bpfmap::kernel
