// SPDX-License-Identifier: Apache-2.0
#include "config/yaml/read_tree.h"

#include <yaml-cpp/emitterstyle.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/terminal_text.h"
#include "config/yaml/expand.h"
#include "config/yaml/yaml_text.h"

namespace bpfmap::config {
namespace {

// Ends the parsing from within a handler; travels through yaml-cpp as its own errors do.
struct Refusal {
  Position at;
  std::string message;
};

Position position_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {mark.line + 1, mark.column + 1};
}

struct Size {
  std::size_t nodes = 0;
  std::size_t bytes = 0;
  int depth = 0;
};

// The recursion is as deep as the tree, hence bounded by kDeepestNesting.
Size size_of(const Tree& tree) {
  Size size{1, tree.scalar.size(), 0};
  const auto add = [&size](const Tree& child) {
    const Size part = size_of(child);
    size.nodes += part.nodes;
    size.bytes += part.bytes;
    size.depth = std::max(size.depth, part.depth);
  };
  for (const Tree& item : tree.items) add(item);
  for (const auto& [key, value] : tree.pairs) {
    size.bytes += key.value.size();
    add(value);
  }
  if (tree.is_sequence() || tree.is_mapping()) ++size.depth;
  return size;
}

// Builds a Tree from the parser's events. Events and not YAML::Node, because Node forgets which
// keys stood there twice and where an alias was, and turns `&a [*a]` into a tree without end.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, const Environment& environment, Diagnostics& diagnostics)
      : text_(text), environment_(environment), diagnostics_(diagnostics) {}

  Tree take_root() { return std::move(root_); }

  std::optional<OpenFlow> innermost_flow() const {
    for (auto frame = stack_.rbegin(); frame != stack_.rend(); ++frame) {
      if (frame->flow) return OpenFlow{frame->node.at, frame->node.is_mapping()};
    }
    return std::nullopt;
  }

  struct Scalar {
    Position at;
    std::size_t offset = 0;
  };
  Scalar last_scalar() const { return last_scalar_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      throw Refusal{position_of(mark), "a second YAML document begins here; a file holds one"};
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Tree node;
    node.at = position_of(mark);
    if (!stack_.empty() && stack_.back().node.is_sequence() && !stack_.back().flow) {
      node.at = left_out_item(text_, static_cast<std::size_t>(mark.pos), node.at);
    }
    emit(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw Refusal{position_of(mark), "an alias cannot stand inside the node that it repeats"};
    }
    Tree node = copy_of(found->second, position_of(mark));
    node.at = position_of(mark);
    emit(std::move(node), YAML::NullAnchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Tree node;
    node.kind = Tree::Kind::kScalar;
    node.at = position_of(mark);
    last_scalar_ = {node.at, static_cast<std::size_t>(mark.pos)};
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    check_tag(tag, node.at);
    node.scalar = awaits_key() || environment_ == nullptr
                      ? value
                      : expand_environment(value, node.at, environment_, diagnostics_);
    emit(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(Tree::Kind::kSequence, mark, tag, anchor, style);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(Tree::Kind::kMapping, mark, tag, anchor, style);
  }
  void OnMapEnd() override {
    merge(stack_.back());
    close();
  }

 private:
  // A sequence or mapping that is being read.
  struct Frame {
    Tree node;
    YAML::anchor_t anchor = YAML::NullAnchor;
    bool flow = false;
    bool awaits_value = false;                // of a mapping: the key was read
    std::optional<Located<std::string>> key;  // nullopt: no usable one, the value will be dropped
    bool is_merge = false;                    // the key is `<<`
    std::unordered_map<std::string, Position> seen;
    std::vector<Tree> merged;
  };

  bool awaits_key() const {
    return !stack_.empty() && stack_.back().node.is_mapping() && !stack_.back().awaits_value;
  }

  void check_tag(const std::string& tag, Position at) {
    static const std::vector<std::string> known = {"",      "?",    "!",    "str", "int",
                                                   "float", "bool", "null", "seq", "map"};
    constexpr std::string_view kCore = "tag:yaml.org,2002:";
    const std::string name = tag.starts_with(kCore) ? tag.substr(kCore.size()) : tag;
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    diagnostics_.error(at, "unknown YAML tag " + in_quotes(tag));
  }

  void open(Tree::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    if (stack_.size() >= static_cast<std::size_t>(kDeepestNesting)) refuse_depth(position_of(mark));
    Frame frame;
    frame.node.kind = kind;
    frame.node.at = position_of(mark);
    frame.anchor = anchor;
    frame.flow = style == YAML::EmitterStyle::Flow;
    check_tag(tag, frame.node.at);
    stack_.push_back(std::move(frame));
  }

  void close() {
    Tree node = std::move(stack_.back().node);
    const YAML::anchor_t anchor = stack_.back().anchor;
    stack_.pop_back();
    emit(std::move(node), anchor);
  }

  void emit(Tree node, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) anchors_[anchor] = copy_of(node, node.at);
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = stack_.back();
    if (frame.node.is_sequence()) {
      frame.node.items.push_back(std::move(node));
    } else if (frame.awaits_value) {
      take_value(frame, std::move(node));
    } else {
      take_key(frame, std::move(node));
    }
  }

  void take_key(Frame& frame, Tree node) {
    frame.awaits_value = true;
    frame.key.reset();
    if (!node.is_scalar()) {
      diagnostics_.error(node.at, "a key must be text");
      return;
    }
    const auto [first, is_new] = frame.seen.emplace(node.scalar, node.at);
    if (!is_new) {
      diagnostics_.error(node.at, "key " + in_quotes(node.scalar) +
                                      " is set twice, first at line " +
                                      std::to_string(first->second.line));
      return;
    }
    frame.is_merge = node.scalar == "<<" && !node.quoted;
    frame.key = Located<std::string>{std::move(node.scalar), node.at};
  }

  void take_value(Frame& frame, Tree node) {
    frame.awaits_value = false;
    if (!frame.key) return;
    // yaml-cpp puts a value that was left out where the next token is, often some lines below.
    if (node.is_null()) node.at = frame.key->at;
    if (frame.is_merge) {
      collect_merge(frame, std::move(node));
    } else {
      frame.node.pairs.emplace_back(std::move(*frame.key), std::move(node));
    }
  }

  void collect_merge(Frame& frame, Tree node) {
    std::vector<Tree> sources;
    const Position at = node.at;
    if (node.is_sequence()) {
      sources = std::move(node.items);
    } else {
      sources.push_back(std::move(node));
    }
    for (Tree& source : sources) {
      if (!source.is_mapping()) {
        diagnostics_.error(at, "'<<' merges a mapping or a list of mappings");
        return;
      }
      frame.merged.push_back(std::move(source));
    }
  }

  // Keys of the mapping itself win over merged ones, and earlier merged ones over later.
  static void merge(Frame& frame) {
    std::vector<std::pair<Located<std::string>, Tree>> pairs;
    for (Tree& source : frame.merged) {
      for (auto& pair : source.pairs) {
        if (frame.seen.emplace(pair.first.value, pair.first.at).second) {
          pairs.push_back(std::move(pair));
        }
      }
    }
    if (pairs.empty()) return;
    std::move(frame.node.pairs.begin(), frame.node.pairs.end(), std::back_inserter(pairs));
    frame.node.pairs = std::move(pairs);
  }

  // Every copy is paid for, so that no handful of aliases can grow without bound.
  Tree copy_of(const Tree& tree, Position at) {
    const Size size = size_of(tree);
    copied_nodes_ += size.nodes;
    copied_bytes_ += size.bytes;
    if (copied_nodes_ > kMostCopiedNodes || copied_bytes_ > kMostCopiedBytes) {
      throw Refusal{at, "the anchors and aliases of this file repeat too much"};
    }
    if (stack_.size() + static_cast<std::size_t>(size.depth) >
        static_cast<std::size_t>(kDeepestNesting)) {
      refuse_depth(at);
    }
    return tree;
  }

  [[noreturn]] static void refuse_depth(Position at) {
    throw Refusal{at, "nested deeper than " + std::to_string(kDeepestNesting) + " levels"};
  }

  std::string_view text_;
  const Environment& environment_;
  Diagnostics& diagnostics_;
  std::vector<Frame> stack_;
  std::unordered_map<YAML::anchor_t, Tree> anchors_;
  std::size_t copied_nodes_ = 0;
  std::size_t copied_bytes_ = 0;
  int documents_ = 0;
  Scalar last_scalar_;
  Tree root_;
};

Diagnostic explained(const YAML::Exception& error, const TreeBuilder& builder,
                     std::string_view text) {
  SyntaxError syntax{error.msg, position_of(error.mark), text.size()};
  if (!error.mark.is_null()) syntax.offset = static_cast<std::size_t>(error.mark.pos);
  return explain_syntax_error(syntax, text, builder.innermost_flow());
}

void parse_documents(const std::string& text, TreeBuilder& builder) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  while (parser.HandleNextDocument(builder)) {
  }
  const TreeBuilder::Scalar last = builder.last_scalar();
  if (is_unclosed_quote(text, last.offset)) {
    throw Refusal{last.at, "YAML: the text in quotes that begins here is not closed"};
  }
}

// What ended the parsing; nothing when the document was read to its end.
std::optional<Diagnostic> run_parser(const std::string& text, TreeBuilder& builder) {
  try {
    parse_documents(text, builder);
    return std::nullopt;
  } catch (const Refusal& refusal) {
    return Diagnostic{Severity::kError, refusal.at, refusal.message};
  } catch (const YAML::Exception& error) {
    return explained(error, builder, text);
  } catch (const std::exception& error) {
    return Diagnostic{Severity::kError, {}, std::string("YAML: ") + error.what()};
  }
}

}  // namespace

std::optional<Tree> parse_yaml(std::string_view text, const Environment& environment,
                               Diagnostics& diagnostics) {
  const std::optional<std::string> clean = clean_yaml_text(text, diagnostics);
  if (!clean) return std::nullopt;
  Diagnostics found(std::make_shared<const Source>());
  TreeBuilder builder(*clean, environment, found);
  if (const auto end = run_parser(*clean, builder)) {
    // What else was found may come from what the parser took for a key, say, when it lost its way.
    diagnostics.error(end->at, end->message);
    return std::nullopt;
  }
  for (const Diagnostic& one : found.all()) diagnostics.error(one.at, one.message);
  Tree root = builder.take_root();
  if (root.is_null()) {
    diagnostics.error({}, "the file is empty");
    return std::nullopt;
  }
  return root;
}

}  // namespace bpfmap::config
