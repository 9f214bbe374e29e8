// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>
#include <utility>

#include "base/log.h"
#include "kernel/libbpf/log.h"
#include "kernel/object.h"
#include "kernel/object/object_state.h"
#include "kernel/types/map_layout.h"

// From what an object has attached beside the one before it to what runs, and is pinned.
namespace bpfmap::kernel {
namespace {

// The pins of an object, which count from the moment on at which its manifest does.
class PinWriter {
 public:
  explicit PinWriter(const ObjectState& state) : state_(state) { manifest_.object = state.sha256; }

  // Makes all of them, and the manifest beside the one that counts.
  Result<void> write() {
    const bpf_map* map = nullptr;
    bpf_object__for_each_map(map, state_.handle.get()) {
      if (auto done = write_map(map); !done) return done;
    }
    for (const ProgramState& program : state_.states) {
      if (auto done = write_program(program); !done) return done;
    }
    auto manifest = make_manifest_map(manifest_, state_.name);
    if (!manifest) return unexpected(manifest.error());
    return state_.pins->prepare_manifest(manifest->get());
  }

  // From here on they are the ones that count.
  Result<void> publish() {
    before_.reset(bpf_obj_get(state_.pins->manifest().c_str()));
    if (auto replaced = state_.pins->replace_manifest(); !replaced) return replaced;
    is_published_ = true;
    return {};
  }

  // Removes those that count no more.
  void sweep() {
    wanted_.insert(state_.pins->manifest());
    state_.pins->sweep(wanted_);
  }

  // The manifest that counted before counts again; then pins go that were not there before.
  void undo() const {
    if (is_published_) restore_manifest();
    state_.pins->drop_prepared_manifest();
    for (const std::string& path : made_) unlink(path.c_str());
  }

 private:
  std::string path(std::string_view kind, std::string_view name, std::uint32_t id) const {
    return state_.pins->file(kind, name, id);
  }

  // Where even that fails, no manifest is better than one whose pins are about to go.
  void restore_manifest() const {
    const bool has_one = before_ && state_.pins->prepare_manifest(before_.get());
    if (!has_one || !state_.pins->replace_manifest()) unlink(state_.pins->manifest().c_str());
  }

  Result<void> pin(int fd, std::string path) {
    if (access(path.c_str(), F_OK) != 0) {
      if (auto pinned = state_.pins->pin(fd, path); !pinned) return pinned;
      made_.push_back(path);
    }
    wanted_.insert(std::move(path));
    return {};
  }

  Result<void> write_map(const bpf_map* map) {
    const int fd = bpf_map__fd(map);
    if (fd < 0) return {};
    const std::string name = lasting_name(map);
    if (NamedMapWriter::is_shared(state_, name)) return {};  // which has a pin of its own
    const std::uint32_t id = id_of_fd(fd, "map_id");
    manifest_.maps.push_back({name, id, state_.layouts.at(name)});
    return pin(fd, path("map", name, id));
  }

  Result<void> write_entry(const std::string& program, const EntryProgram& entry) {
    const std::uint32_t id = id_of_fd(entry.program_fd(), "prog_id");
    const std::uint32_t slot = id_of_fd(entry.slot_fd(), "map_id");
    manifest_.entries.push_back({program, id, slot, entry.signature()});
    if (auto pinned = pin(entry.slot_fd(), path("slot", program, slot)); !pinned) return pinned;
    return pin(entry.program_fd(), path("entry", program, id));
  }

  Result<void> write_program(const ProgramState& program) {
    const std::string& name = program.status.name;
    if (program.attachments.empty()) return {};
    if (program.entry != nullptr) {
      if (auto written = write_entry(name, *program.entry); !written) return written;
    }
    for (const AttachmentPtr& attachment : program.attachments.all()) {
      const int fd = attachment->link_fd();
      if (fd < 0) continue;
      const std::uint32_t id = id_of_fd(fd, "link_id");
      if (id == 0) {
        return unexpected(
            Error{.kind = ErrorKind::kSystem,
                  .operation = "pin a link of",
                  .subject = name + " of " + state_.name,
                  .detail = "this kernel attaches it without a link that can be pinned",
                  .hint = "leave 'pin' out"});
      }
      manifest_.links.push_back({name, attachment->place(), id});
      if (auto pinned = pin(fd, path("link", name, id)); !pinned) return pinned;
    }
    return {};
  }

  const ObjectState& state_;
  PinManifest manifest_;
  std::set<std::string> wanted_;
  std::vector<std::string> made_;
  bool is_published_ = false;
  UniqueFd before_;  // the manifest that counted until then; none where there was none
};

int put(const Swap& swap, int program) {
  if (swap.entry != nullptr) return swap.entry->lead_to(program);
  return bpf_link_update(swap.link->link_fd(), program, nullptr) == 0 ? 0 : -errno;
}

// Programs that take the places of others, all or none of them.
class Swapping {
 public:
  Result<void> add(const Swap& swap, const std::string& object) {
    const LibbpfLog log;
    if (const int failed = put(swap, swap.program.get()); failed != 0) {
      return unexpected(Error{.kind = ErrorKind::kSystem,
                              .operation = "put a new program into the place of",
                              .subject = swap.subject + " of " + object,
                              .code = -failed});
    }
    done_.push_back(&swap);
    return {};
  }

  void undo() {
    for (auto swap = done_.rbegin(); swap != done_.rend(); ++swap) {
      if ((*swap)->before) put(**swap, (*swap)->before.get());
    }
  }

 private:
  std::vector<const Swap*> done_;
};

// What stays attached is what the object has; the pins say what outlives it.
void settle(ObjectState& state) {
  std::set<const Attachment*> ours;
  for (ProgramState& program : state.states) {
    for (const AttachmentPtr& attachment : program.attachments.all()) {
      ours.insert(attachment.get());
      if (state.pins != nullptr) {
        attachment->keep();
      } else {
        attachment->let_go();
      }
    }
  }
  for (const ProgramBefore& before : state.before) {
    for (const AttachmentPtr& attachment : before.attachments) {
      if (!ours.contains(attachment.get())) attachment->let_go();
    }
  }
  if (state.pins != nullptr) {
    log::info("maps and programs are pinned",
              {{"object", state.name}, {"folder", state.pins->path()}});
  }
  state.before.clear();
  state.swaps.clear();
  state.left = {};
}

template <typename Writer>
Result<void> write_all(std::vector<Writer>& writers) {
  for (Writer& writer : writers) {
    if (auto written = writer.write(); !written) return written;
  }
  return {};
}

Result<void> publish_all(std::vector<PinWriter>& writers) {
  for (PinWriter& writer : writers) {
    if (auto published = writer.publish(); !published) return published;
  }
  return {};
}

Result<void> swap_all(const std::vector<ObjectState*>& states, Swapping& swapping) {
  for (const ObjectState* state : states) {
    for (const Swap& swap : state->swaps) {
      if (auto done = swapping.add(swap, state->name); !done) return done;
    }
  }
  return {};
}

}  // namespace

Result<void> Object::commit(std::span<Object* const> objects) {
  std::vector<ObjectState*> states;
  std::vector<PinWriter> writers;
  std::vector<NamedMapWriter> named;
  for (Object* object : objects) {
    ObjectState& state = *object->state_;
    if (state.committed) continue;
    states.push_back(&state);
    named.emplace_back(state);
    if (state.pins != nullptr) writers.emplace_back(state);
  }
  Swapping swapping;
  // A new pin means nothing before the manifest names it, and a manifest nothing before the
  // programs behind its links are the new ones. What was pinned before goes last, when nothing can
  // fail any more.
  auto done = write_all(named);
  if (done) done = write_all(writers);
  if (done) done = swap_all(states, swapping);
  if (done) done = publish_all(writers);
  if (!done) {
    for (const PinWriter& writer : writers) writer.undo();
    for (const NamedMapWriter& writer : named) writer.undo();
    swapping.undo();
    return done;
  }
  for (const NamedMapWriter& writer : named) writer.tell();
  for (PinWriter& writer : writers) writer.sweep();
  for (ObjectState* state : states) {
    settle(*state);
    state->committed = true;
  }
  return {};
}

Result<void> pin_again(ObjectState& state) {
  PinWriter writer(state);
  auto done = writer.write();
  if (done) done = writer.publish();
  if (!done) {
    writer.undo();
    return done;
  }
  writer.sweep();
  for (const ProgramState& program : state.states) {
    for (const AttachmentPtr& attachment : program.attachments.all()) attachment->keep();
  }
  return {};
}

void Object::unpin() {
  ObjectState& state = *state_;
  if (state.pins == nullptr) return;
  for (ProgramState& program : state.states) {
    for (const AttachmentPtr& attachment : program.attachments.all()) attachment->let_go();
  }
  state.pins->remove();
  state.pins = nullptr;
}

}  // namespace bpfmap::kernel
