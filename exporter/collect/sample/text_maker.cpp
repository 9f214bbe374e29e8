// SPDX-License-Identifier: Apache-2.0
#include "collect/sample/text_maker.h"

#include <cerrno>
#include <new>
#include <utility>

namespace bpfmap::collect {

Error text_error(int code, std::string why) {
  return {
      .operation = "render", .subject = "rows of a map", .code = code, .detail = std::move(why)};
}

Result<TextMaker::Made> TextMaker::make(std::size_t enough) {
  Made all;
  try {
    while (all.body.size() < enough && !all.is_last) {
      Result<Made> some = make_some();
      if (!some) return some;
      all.body.append(some->body);
      all.is_last = some->is_last;
    }
  } catch (const std::bad_alloc&) {
    return unexpected(text_error(ENOMEM, {}));
  }
  return all;
}

Result<TextMaker::Made> TextMaker::make_some() {
  if (plain_) return read_plain();
  if (!has_all_rows_) return add_rows();
  const bool is_last = !rendering_->run.write_more();
  exposition::Body text = rendering_->run.take();
  return is_last ? finish(std::move(text)) : Made{std::move(text)};
}

TextMaker::Made TextMaker::read_plain() {
  Made made;
  const auto& chunks = plain_->body.chunks();
  if (next_ < chunks.size()) made.body.append(chunks[next_++]);
  if (next_ < chunks.size()) return made;
  samples_ = plain_->samples;
  decode_errors_ = plain_->decode_errors;
  plain_.reset();
  made.is_last = true;
  return made;
}

Result<TextMaker::Made> TextMaker::add_rows() {
  const kernel::RowBlock* rows = rows_.wait_for(next_);
  if (rows == nullptr && !rows_.is_whole()) {
    return unexpected(text_error(0, "the walk failed on its way"));
  }
  if (rows_.plan() == nullptr) return Made{{}, true};  // see MapSample::without_rows()
  if (rendering_ == nullptr) {
    rendering_ = std::make_unique<Rendering>(rows_, resources_.host_names, format_,
                                             without_ == nullptr ? nullptr : &without_->names);
    in_parts_ = !resources_.whole_only;
  }
  if (rows != nullptr) {
    rendering_->run.add(*rows);
    ++next_;
    return in_parts_ ? Made{rendering_->run.take()} : Made{};
  }
  has_all_rows_ = true;
  if (rendering_->run.end_rows()) return Made{};
  resources_.whole_only = true;
  return unexpected(
      text_error(0,
                 "two keys turned out to have the same labels when a part of the text was made "
                 "already; from now on the whole map is read first"));
}

TextMaker::Made TextMaker::finish(exposition::Body last) {
  samples_ = rendering_->run.samples();
  decode_errors_ = rendering_->run.decode_errors();
  rendering_.reset();
  return {std::move(last), true};
}

}  // namespace bpfmap::collect
