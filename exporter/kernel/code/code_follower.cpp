// SPDX-License-Identifier: Apache-2.0
#include "kernel/code/code_follower.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <deque>
#include <iterator>
#include <utility>

#include "kernel/code/code_content.h"
#include "kernel/code/helper_effect.h"
#include "kernel/code/memory_notes.h"

namespace bpfmap::kernel {
namespace {

using Kind = Content::Kind;

constexpr std::size_t kFrame = 10;     // the register that holds the end of the stack
constexpr std::size_t kArguments = 5;  // r1 to r5
constexpr int kDeepestCall = 8;        // as in the kernel
constexpr int kMostSteps = 400'000;    // instructions followed, for all programs

std::uint32_t bytes_of(const bpf_insn& instruction) {
  switch (BPF_SIZE(instruction.code)) {
    case BPF_B: return 1;
    case BPF_H: return 2;
    case BPF_W: return 4;
    default: return 8;
  }
}

Content& target_of(const bpf_insn& instruction, CodeState& state) {
  return state.registers[instruction.dst_reg % CodeState::kRegisters];
}

// What stands on the right side of a computation or comparison.
Content source_of(const bpf_insn& instruction, const CodeState& state) {
  return BPF_SRC(instruction.code) == BPF_X
             ? state.registers[instruction.src_reg % CodeState::kRegisters]
             : Content::constant(instruction.imm);
}

// Follows one object, along all ways or along those only that its settings leave open.
class Follower {
 public:
  Follower(const ProgramCode& code, bool with_settings)
      : code_(code), with_settings_(with_settings), notes_(code) {}

  MemoryUses follow() {
    for (const CodePlace& program : code_.programs) {
      CodeState state = called();
      state.registers[1] = {Kind::kContext, false, program.section, 0, {}};
      follow_function(program, state, 0);
    }
    if (steps_ > kMostSteps) notes_.let_all_escape();
    return notes_.take();
  }

 private:
  // One run through a function: the states before its instructions, and what it returns.
  struct Run {
    std::size_t section = 0;
    int depth = 0;
    std::map<std::size_t, CodeState> before;
    std::deque<std::size_t> pending;
    Content returned;

    void go_to(std::size_t at, const CodeState& state) {
      const auto [place, is_new] = before.try_emplace(at, state);
      if (is_new || place->second.join(state)) pending.push_back(at);
    }
  };

  // What a function finds that the kernel calls.
  static CodeState called() {
    CodeState state;
    for (std::size_t i = 1; i <= kArguments; ++i) state.registers[i] = unknown_content();
    return state;
  }

  Content follow_function(const CodePlace& begin, CodeState state, int depth) {
    Run run;
    run.section = begin.section;
    run.depth = depth;
    state.registers[kFrame] = {Kind::kStack, false, 0, 0, {}};
    run.go_to(begin.at, state);
    while (!run.pending.empty() && ++steps_ <= kMostSteps) {
      const std::size_t at = run.pending.front();
      run.pending.pop_front();
      CodeState copy = run.before.at(at);
      step(run, at, copy);
    }
    return run.returned;
  }

  void step(Run& run, std::size_t at, CodeState& state) {
    const CodeSection& section = code_.sections[run.section];
    if (at >= section.instructions.size()) return;
    const bpf_insn& instruction = section.instructions[at];
    switch (BPF_CLASS(instruction.code)) {
      case BPF_LD: return load_constant(run, at, state);
      case BPF_LDX: load(instruction, state); break;
      case BPF_ST:
      case BPF_STX: store(instruction, state); break;
      case BPF_ALU:
      case BPF_ALU64: {
        Content& target = target_of(instruction, state);
        target = computed(instruction.code, target, source_of(instruction, state));
        break;
      }
      case BPF_JMP:
      case BPF_JMP32: return jump(run, at, state);
      default: break;
    }
    run.go_to(at + 1, state);
  }

  void load_constant(Run& run, std::size_t at, CodeState& state) {
    const CodeSection& section = code_.sections[run.section];
    const bpf_insn& instruction = section.instructions[at];
    if (instruction.code != (BPF_LD | BPF_IMM | BPF_DW)) {  // of packets, by old programs
      state.registers[0] = unknown_content();
      return run.go_to(at + 1, state);
    }
    target_of(instruction, state) = loaded_constant(section, at);
    const auto function = section.functions.find(at);
    if (function != section.functions.end()) follow_callback(run, function->second);
    run.go_to(at + 2, state);
  }

  Content loaded_constant(const CodeSection& section, std::size_t at) const {
    const auto region = section.regions.find(at);
    if (region != section.regions.end()) {
      const auto& [number, offset] = region->second;
      return {
          code_.regions[number].is_map ? Kind::kMap : Kind::kAddress, false, number, offset, {}};
    }
    const bool is_function = section.functions.contains(at);
    if (is_function || section.unknown.contains(at)) return unknown_content();
    const auto low = static_cast<std::uint32_t>(section.instructions[at].imm);
    const bool is_whole = at + 1 < section.instructions.size();
    const auto high = is_whole ? static_cast<std::uint32_t>(section.instructions[at + 1].imm) : 0;
    return Content::constant(static_cast<std::int64_t>(std::uint64_t{high} << 32 | low));
  }

  // A function whose address is taken runs with arguments that are not known here.
  void follow_callback(const Run& run, const CodePlace& function) {
    if (run.depth < kDeepestCall) follow_function(function, called(), run.depth + 1);
  }

  void load(const bpf_insn& instruction, CodeState& state) {
    const Content source = state.registers[instruction.src_reg % CodeState::kRegisters];
    const Content place = source.moved(instruction.off);
    Content& target = target_of(instruction, state);
    target = unknown_content();
    if (source.is(Kind::kAddress)) {
      notes_.load(source);
      target = loaded(place, bytes_of(instruction));
    } else if (source.is(Kind::kStack) && source.offset != Content::kAnywhere) {
      target = state.load(place.offset, bytes_of(instruction));
    } else if (source.is(Kind::kContext)) {
      target = Content::of({meaning_in_context(source.region, place.offset)});
    }
  }

  // Behind the 8 bytes that all tracepoints have.
  Meaning meaning_in_context(std::size_t section, std::int64_t offset) const {
    const std::string& name = code_.sections[section].name;
    const bool is_any_call = name.find("/raw_syscalls/sys_") != std::string::npos;
    return is_any_call && offset == 8 ? Meaning::kSystemCall : Meaning::kNone;
  }

  Content loaded(const Content& place, std::uint32_t size) const {
    const std::vector<std::byte>& setting = code_.regions[place.region].setting;
    if (setting.empty()) {
      return {Kind::kLoaded,
              false,
              place.region,
              place.indexed ? Content::kAnywhere : place.offset,
              {}};
    }
    const bool is_within = place.is_at_known_place() && place.offset >= 0 &&
                           static_cast<std::size_t>(place.offset) + size <= setting.size();
    if (!with_settings_ || !is_within) return unknown_content();
    std::uint64_t bits = 0;
    std::memcpy(&bits, setting.data() + place.offset, size);
    return Content::constant(static_cast<std::int64_t>(bits));
  }

  void store(const bpf_insn& instruction, CodeState& state) {
    const Content target = target_of(instruction, state);
    const Content place = target.moved(instruction.off);
    const bool has_source = BPF_CLASS(instruction.code) == BPF_STX;
    const Content source = has_source ? state.registers[instruction.src_reg % CodeState::kRegisters]
                                      : Content::constant(instruction.imm);
    if (BPF_MODE(instruction.code) == BPF_ATOMIC) {
      store_atomically(instruction, state, place, source);
    } else if (target.is(Kind::kAddress)) {
      notes_.store(place, bytes_of(instruction), source);
    } else if (target.is(Kind::kStack) && target.offset != Content::kAnywhere) {
      store_on_stack(place.offset, bytes_of(instruction), source, state);
    } else if (source.refers_to_region()) {
      notes_.let_escape(source, state);
    }
  }

  static void store_on_stack(std::int64_t at, std::uint32_t size, const Content& source,
                             CodeState& state) {
    const bool is_cut = source.is(Kind::kNumber) && size < sizeof(std::uint64_t);
    state.stack[at] = {size, is_cut ? Content::of(part_of(source.number, 0, size)) : source};
  }

  void store_atomically(const bpf_insn& instruction, CodeState& state, const Content& place,
                        const Content& source) {
    if (place.is(Kind::kAddress)) notes_.store_atomically(place, instruction.imm, source);
    if ((instruction.imm & BPF_FETCH) == 0) return;
    const bool exchanges = instruction.imm == BPF_CMPXCHG;
    state.registers[exchanges ? 0 : instruction.src_reg % CodeState::kRegisters] =
        unknown_content();
  }

  void jump(Run& run, std::size_t at, CodeState& state) {
    const bpf_insn& instruction = code_.sections[run.section].instructions[at];
    const bool is_narrow = BPF_CLASS(instruction.code) == BPF_JMP32;
    const auto behind = static_cast<std::int64_t>(at) + 1;
    switch (BPF_OP(instruction.code)) {
      case BPF_EXIT: run.returned = joined(run.returned, state.registers[0]); return;
      case BPF_CALL: call(run, at, state); return run.go_to(at + 1, state);
      case BPF_JA:
        return go_to(run, behind + (is_narrow ? instruction.imm : instruction.off), state);
      default: break;
    }
    const Content& target = target_of(instruction, state);
    const Content source = source_of(instruction, state);
    const bool is_decided =
        with_settings_ && target.is(Kind::kConstant) && source.is(Kind::kConstant);
    const bool jumps = is_decided && is_taken(instruction.code, target.offset, source.offset);
    if (!is_decided || !jumps) run.go_to(at + 1, state);
    if (!is_decided || jumps) go_to(run, behind + instruction.off, state);
  }

  static void go_to(Run& run, std::int64_t at, const CodeState& state) {
    if (at >= 0) run.go_to(static_cast<std::size_t>(at), state);
  }

  void call(const Run& run, std::size_t at, CodeState& state) {
    const CodeSection& section = code_.sections[run.section];
    const bpf_insn& instruction = section.instructions[at];
    Content result = unknown_content();
    const auto relocated = section.functions.find(at);
    if (relocated != section.functions.end()) {
      result = call_own(run, relocated->second, state);
    } else if (instruction.src_reg == BPF_PSEUDO_CALL) {
      const std::int64_t target = static_cast<std::int64_t>(at) + 1 + instruction.imm;
      if (target >= 0) {
        result = call_own(run, {run.section, static_cast<std::size_t>(target)}, state);
      }
    } else {
      result = call_helper(instruction, state);
    }
    for (std::size_t i = 1; i <= kArguments; ++i) state.registers[i] = unknown_content();
    state.registers[0] = result;
  }

  Content call_own(const Run& run, const CodePlace& function, CodeState& state) {
    if (run.depth >= kDeepestCall) return unknown_content();
    CodeState inside;
    for (std::size_t i = 1; i <= kArguments; ++i) inside.registers[i] = state.registers[i];
    // The caller's stack is another one, which is not followed.
    for (Content& content : inside.registers) {
      if (content.is(Kind::kStack)) content = unknown_content();
    }
    hand_on(state);
    return follow_function(function, inside, run.depth + 1);
  }

  // Addresses on the stack go to what may read and write there.
  void hand_on(CodeState& state) {
    for (std::size_t i = 1; i <= kArguments; ++i) {
      const Content& content = state.registers[i];
      if (!content.is(Kind::kStack)) continue;
      notes_.let_escape(content, state);
      for (auto& [offset, part] : state.stack) {
        const bool is_behind = content.offset == Content::kAnywhere || offset >= content.offset;
        if (is_behind && part.content.is(Kind::kConstant)) part.content = unknown_content();
      }
    }
  }

  Content call_helper(const bpf_insn& instruction, CodeState& state) {
    const auto helper = instruction.src_reg == 0 ? helper_effect(instruction.imm) : std::nullopt;
    if (helper) return notes_.call(*helper, state);
    for (std::size_t i = 1; i <= kArguments; ++i) notes_.let_escape(state.registers[i], state);
    hand_on(state);
    return unknown_content();
  }

  const ProgramCode& code_;
  const bool with_settings_;
  MemoryNotes notes_;
  int steps_ = 0;
};

}  // namespace

MemoryUses follow_code(const ProgramCode& code, bool with_settings) {
  return Follower(code, with_settings).follow();
}

}  // namespace bpfmap::kernel
