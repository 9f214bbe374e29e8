// SPDX-License-Identifier: Apache-2.0
#include "kernel/memory_use.h"

#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "kernel/helper_effect.h"

namespace bpfmap::kernel {
namespace {

constexpr std::size_t kRegisters = 11;
constexpr std::size_t kFrame = 10;      // the register that holds the end of the stack
constexpr std::size_t kArguments = 5;   // r1 to r5
constexpr int kDeepestCall = 8;         // as in the kernel
constexpr int kMostSteps = 400'000;     // instructions followed, for all programs
constexpr std::int32_t kAnywhere = -1;  // an offset that is not known

// What a register or a place on the stack holds.
enum class Kind {
  kNothing,   // nothing was written there yet, or it is never used
  kUnknown,   // a number, or an address that is of no interest
  kConstant,  // `offset` is the number; 0 may be a null
  kMap,       // a map
  kAddress,   // of a value or a variable, `offset` into it
  kLoaded,    // the number at `offset` of one
  kGrown,     // the same, and something was added
  kFallen,    // the same, and something was taken away
  kNegative,  // a number that may be below zero: negated, or a constant on one of two ways
  kStack,     // an address on the stack, `offset` from its end
};

struct Content {
  Kind kind = Kind::kNothing;
  std::size_t region = 0;
  std::int32_t offset = 0;
  bool operator==(const Content&) const = default;
};

constexpr Content kUnknownContent{Kind::kUnknown, 0, 0};

bool refers_to_region(const Content& content) {
  return content.kind == Kind::kMap || content.kind == Kind::kAddress;
}

bool is_negative(const Content& content) {
  return content.kind == Kind::kNegative || (content.kind == Kind::kConstant && content.offset < 0);
}

bool is_number(const Content& content) {
  return content.kind == Kind::kConstant || content.kind == Kind::kNegative;
}

// Of two ways to the same instruction.
Content joined(const Content& one, const Content& other) {
  if (one == other || other.kind == Kind::kNothing) return one;
  if (one.kind == Kind::kNothing) return other;
  // A null stands beside the address that it was tested for.
  if (one.kind == Kind::kAddress && other.kind == Kind::kConstant) return one;
  if (other.kind == Kind::kAddress && one.kind == Kind::kConstant) return other;
  if (is_negative(one) && is_number(other)) return {Kind::kNegative, 0, 0};
  if (is_negative(other) && is_number(one)) return {Kind::kNegative, 0, 0};
  if (one.kind == Kind::kAddress && other.kind == Kind::kAddress && one.region == other.region) {
    return {Kind::kAddress, one.region, kAnywhere};
  }
  return kUnknownContent;
}

struct State {
  std::array<Content, kRegisters> registers;
  std::map<std::int32_t, Content> stack;  // 8 bytes each, by their offset

  bool join(const State& other) {
    bool changed = false;
    for (std::size_t i = 0; i < kRegisters; ++i) {
      const Content both = joined(registers[i], other.registers[i]);
      changed = changed || both != registers[i];
      registers[i] = both;
    }
    for (const auto& [offset, content] : other.stack) {
      const auto [place, added] = stack.try_emplace(offset, content);
      if (added) {
        changed = true;
        continue;
      }
      const Content both = joined(place->second, content);
      changed = changed || both != place->second;
      place->second = both;
    }
    return changed;
  }
};

// Follows one object.
class Follower {
 public:
  explicit Follower(const ProgramCode& code) : code_(code), uses_(code.regions.size()) {}

  MemoryUses follow() {
    for (const CodePlace& program : code_.programs) follow_function(program, called(), 0);
    MemoryUses uses;
    for (std::size_t i = 0; i < uses_.size(); ++i) {
      if (steps_ > kMostSteps) uses_[i].escapes = true;
      uses.emplace(code_.regions[i].name, std::move(uses_[i]));
    }
    return uses;
  }

 private:
  // One run through a function: the states before its instructions, and what it returns.
  struct Run {
    std::size_t section = 0;
    int depth = 0;
    std::map<std::size_t, State> before;
    std::deque<std::size_t> pending;
    Content returned;

    void go_to(std::size_t at, const State& state) {
      const auto [place, is_new] = before.try_emplace(at, state);
      if (is_new || place->second.join(state)) pending.push_back(at);
    }
  };

  // What a function finds that the kernel calls.
  static State called() {
    State state;
    for (std::size_t i = 1; i <= kArguments; ++i) state.registers[i] = kUnknownContent;
    return state;
  }

  Content follow_function(const CodePlace& begin, State state, int depth) {
    Run run;
    run.section = begin.section;
    run.depth = depth;
    state.registers[kFrame] = {Kind::kStack, 0, 0};
    run.go_to(begin.at, state);
    while (!run.pending.empty() && ++steps_ <= kMostSteps) {
      const std::size_t at = run.pending.front();
      run.pending.pop_front();
      State copy = run.before.at(at);
      step(run, at, copy);
    }
    return run.returned;
  }

  void step(Run& run, std::size_t at, State& state) {
    const CodeSection& section = code_.sections[run.section];
    if (at >= section.instructions.size()) return;
    const bpf_insn& instruction = section.instructions[at];
    switch (BPF_CLASS(instruction.code)) {
      case BPF_LD: return load_constant(run, at, state);
      case BPF_LDX: load(instruction, state); break;
      case BPF_ST:
      case BPF_STX: store(instruction, state); break;
      case BPF_ALU:
      case BPF_ALU64: compute(instruction, state); break;
      case BPF_JMP:
      case BPF_JMP32: return jump(run, at, state);
      default: break;
    }
    run.go_to(at + 1, state);
  }

  void load_constant(Run& run, std::size_t at, State& state) {
    const CodeSection& section = code_.sections[run.section];
    const bpf_insn& instruction = section.instructions[at];
    if (instruction.code != (BPF_LD | BPF_IMM | BPF_DW)) {  // of packets, by old programs
      state.registers[0] = kUnknownContent;
      return run.go_to(at + 1, state);
    }
    Content& target = state.registers[instruction.dst_reg % kRegisters];
    const auto region = section.regions.find(at);
    if (region != section.regions.end()) {
      const bool is_map = code_.regions[region->second.region].is_map;
      target = {is_map ? Kind::kMap : Kind::kAddress, region->second.region, region->second.offset};
    } else {
      target = {Kind::kConstant, 0, instruction.imm};
    }
    const auto function = section.functions.find(at);
    if (function != section.functions.end()) follow_callback(run, function->second);
    run.go_to(at + 2, state);
  }

  // A function whose address is taken runs with arguments that are not known here.
  void follow_callback(const Run& run, const CodePlace& function) {
    if (run.depth < kDeepestCall) follow_function(function, called(), run.depth + 1);
  }

  void load(const bpf_insn& instruction, State& state) {
    const Content source = state.registers[instruction.src_reg % kRegisters];
    Content& target = state.registers[instruction.dst_reg % kRegisters];
    target = kUnknownContent;
    if (source.kind == Kind::kAddress) {
      uses_[source.region].read = true;
      target = {Kind::kLoaded, source.region, moved(source.offset, instruction.off)};
    } else if (source.kind == Kind::kStack && source.offset != kAnywhere) {
      const auto place = state.stack.find(source.offset + instruction.off);
      if (place != state.stack.end()) target = place->second;
    }
  }

  static std::int32_t moved(std::int32_t offset, std::int32_t by) {
    return offset == kAnywhere ? kAnywhere : offset + by;
  }

  void store(const bpf_insn& instruction, State& state) {
    const Content target = state.registers[instruction.dst_reg % kRegisters];
    const bool has_source = BPF_CLASS(instruction.code) == BPF_STX;
    const Content source = has_source ? state.registers[instruction.src_reg % kRegisters]
                                      : Content{Kind::kConstant, 0, instruction.imm};
    if (BPF_MODE(instruction.code) == BPF_ATOMIC) {
      store_atomically(instruction, state, target, source);
    } else if (target.kind == Kind::kAddress) {
      note_store(target.region, moved(target.offset, instruction.off), source);
    } else if (target.kind == Kind::kStack && target.offset != kAnywhere) {
      state.stack[target.offset + instruction.off] = source;
    } else if (refers_to_region(source)) {
      uses_[source.region].escapes = true;
    }
  }

  void store_atomically(const bpf_insn& instruction, State& state, const Content& target,
                        const Content& source) {
    if (target.kind == Kind::kAddress) {
      const std::int32_t offset = moved(target.offset, instruction.off);
      if ((instruction.imm & ~BPF_FETCH) != BPF_ADD) {
        note(uses_[target.region].assigned, offset);
      } else if (is_negative(source)) {
        note(uses_[target.region].falls, offset);
      } else {
        note(uses_[target.region].grows, offset);
      }
    }
    if ((instruction.imm & BPF_FETCH) == 0) return;
    const bool exchanges = instruction.imm == BPF_CMPXCHG;
    state.registers[exchanges ? 0 : instruction.src_reg % kRegisters] = kUnknownContent;
  }

  void note_store(std::size_t region, std::int32_t offset, const Content& source) {
    MemoryUse& use = uses_[region];
    const bool is_own = source.region == region && source.offset == offset;
    if (is_own && source.kind == Kind::kGrown) {
      note(use.grows, offset);
    } else if (is_own && source.kind == Kind::kFallen) {
      note(use.falls, offset);
    } else {
      note(use.assigned, offset);
    }
    if (refers_to_region(source)) uses_[source.region].escapes = true;
  }

  static void note(std::set<std::uint32_t>& offsets, std::int32_t offset) {
    offsets.insert(offset < 0 ? MemoryUse::kSomewhere : static_cast<std::uint32_t>(offset));
  }

  static void compute(const bpf_insn& instruction, State& state) {
    Content& target = state.registers[instruction.dst_reg % kRegisters];
    const Content source = BPF_SRC(instruction.code) == BPF_X
                               ? state.registers[instruction.src_reg % kRegisters]
                               : Content{Kind::kConstant, 0, instruction.imm};
    switch (BPF_OP(instruction.code)) {
      case BPF_MOV: target = source; return;
      case BPF_ADD: target = sum(target, source); return;
      case BPF_SUB: target = difference(target, source); return;
      case BPF_NEG: target = {Kind::kNegative, 0, 0}; return;
      default: target = kUnknownContent; return;
    }
  }

  static Content sum(const Content& one, const Content& other) {
    for (const auto& [base, by] : {std::pair(one, other), std::pair(other, one)}) {
      const bool is_known = by.kind == Kind::kConstant;
      switch (base.kind) {
        case Kind::kAddress:
        case Kind::kStack: {
          // An index into an array, or a choice between fields: nothing tells the two apart.
          return {base.kind, base.region, is_known ? moved(base.offset, by.offset) : kAnywhere};
        }
        case Kind::kLoaded:
        case Kind::kGrown:
          return {is_negative(by) ? Kind::kFallen : Kind::kGrown, base.region, base.offset};
        case Kind::kFallen: return base;
        default: break;
      }
    }
    if (one.kind == Kind::kConstant && other.kind == Kind::kConstant) {
      return {Kind::kConstant, 0,
              static_cast<std::int32_t>(static_cast<std::uint32_t>(one.offset) +
                                        static_cast<std::uint32_t>(other.offset))};
    }
    return kUnknownContent;
  }

  static Content difference(const Content& one, const Content& other) {
    switch (one.kind) {
      case Kind::kLoaded:
      case Kind::kGrown:
      case Kind::kFallen: return {Kind::kFallen, one.region, one.offset};
      case Kind::kAddress:
      case Kind::kStack:
        if (other.kind != Kind::kConstant) return {one.kind, one.region, kAnywhere};
        return {one.kind, one.region, moved(one.offset, -other.offset)};
      default: return kUnknownContent;
    }
  }

  void jump(Run& run, std::size_t at, State& state) {
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
    run.go_to(at + 1, state);
    go_to(run, behind + instruction.off, state);
  }

  static void go_to(Run& run, std::int64_t at, const State& state) {
    if (at >= 0) run.go_to(static_cast<std::size_t>(at), state);
  }

  void call(const Run& run, std::size_t at, State& state) {
    const CodeSection& section = code_.sections[run.section];
    const bpf_insn& instruction = section.instructions[at];
    Content result = kUnknownContent;
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
    for (std::size_t i = 1; i <= kArguments; ++i) state.registers[i] = kUnknownContent;
    state.registers[0] = result;
  }

  Content call_own(const Run& run, const CodePlace& function, const State& state) {
    if (run.depth >= kDeepestCall) return kUnknownContent;
    State inside;
    for (std::size_t i = 1; i <= kArguments; ++i) inside.registers[i] = state.registers[i];
    // The caller's stack is another one, which is not followed.
    for (Content& content : inside.registers) {
      if (content.kind != Kind::kStack) continue;
      let_escape(content, state);
      content = kUnknownContent;
    }
    return follow_function(function, inside, run.depth + 1);
  }

  Content call_helper(const bpf_insn& instruction, State& state) {
    const auto helper = instruction.src_reg == 0 ? helper_effect(instruction.imm) : std::nullopt;
    if (!helper) {
      for (std::size_t i = 1; i <= kArguments; ++i) let_escape(state.registers[i], state);
      return kUnknownContent;
    }
    const Content& first = state.registers[1];
    if (first.kind == Kind::kMap) {
      if (auto value = use_map(uses_[first.region], first.region, *helper, state)) return *value;
    }
    use_bytes(*helper, state);
    return kUnknownContent;
  }

  // With an address on the stack goes what lies there.
  void let_escape(const Content& content, const State& state) {
    if (refers_to_region(content)) uses_[content.region].escapes = true;
    if (content.kind != Kind::kStack) return;
    for (const auto& [offset, on_stack] : state.stack) {
      if (refers_to_region(on_stack)) uses_[on_stack.region].escapes = true;
    }
  }

  // What a call to a helper for maps gives back, where it is a value.
  std::optional<Content> use_map(MemoryUse& use, std::size_t region, const HelperEffect& helper,
                                 const State& state) {
    using enum HelperEffect::Does;
    switch (helper.does) {
      case kStorage: use.updated = true; [[fallthrough]];
      case kLookup: use.looked_up = true; return Content{Kind::kAddress, region, 0};
      case kUpdate: {
        use.updated = true;
        const Content& value = state.registers[3];
        if (value.kind == Kind::kAddress) uses_[value.region].sent = true;
        return std::nullopt;
      }
      case kDelete: use.deleted = true; return std::nullopt;
      default: return std::nullopt;
    }
  }

  void use_bytes(const HelperEffect& helper, const State& state) {
    if (helper.argument == 0) return;
    const Content& bytes = state.registers[helper.argument];
    if (bytes.kind != Kind::kAddress) return;
    if (helper.does == HelperEffect::Does::kFill) note(uses_[bytes.region].assigned, bytes.offset);
    if (helper.does == HelperEffect::Does::kSend) uses_[bytes.region].sent = true;
  }

  const ProgramCode& code_;
  std::vector<MemoryUse> uses_;  // of the regions
  int steps_ = 0;
};

}  // namespace

MemoryUses memory_uses(const ProgramCode& code) { return Follower(code).follow(); }

}  // namespace bpfmap::kernel
