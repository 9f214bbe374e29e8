// SPDX-License-Identifier: Apache-2.0
#include "decode/render/family_run.h"

#include <string>

#include "decode/render/histogram_fold.h"
#include "decode/render/scalar_fold.h"
#include "decode/render/series_writer.h"

namespace bpfmap::decode {
namespace {

template <typename Fold, typename Writer>
class RunOf final : public FamilyRun {
 public:
  template <typename Kind>
  RunOf(const Kind& family, const std::string& header, const BootOffsets& clocks)
      : out_(header), fold_(family, clocks, Writer(family, out_), out_) {}

  void add(const kernel::RowBlock& rows, DecodeState& state) override { fold_.add(rows, state); }
  bool end_rows() override { return fold_.end_rows(); }
  bool write_more() override { return fold_.write_more(); }

  exposition::Body take() override {
    exposition::Body full = out_.body.take();
    if (full.size() > 0) fold_.note_taken();
    return full;
  }
  exposition::Body finish() override { return out_.body.finish(); }

  std::uint64_t samples() const override { return out_.samples; }
  std::uint64_t errors() const override { return fold_.errors(); }

 private:
  FamilyOutput out_;
  Fold fold_;
};

template <typename Format>
std::unique_ptr<FamilyRun> begin_in(const ScalarFamily& family, const BootOffsets& clocks) {
  using Writer = ScalarWriter<Format>;
  return std::make_unique<RunOf<ScalarFold<Writer>, Writer>>(
      family, family.layout<Format>().header(), clocks);
}

template <typename Format>
std::unique_ptr<FamilyRun> begin_in(const HistogramFamily& family, const BootOffsets& clocks) {
  using Writer = HistogramWriter<Format>;
  return std::make_unique<RunOf<HistogramFold<Writer>, Writer>>(
      family, family.layout<Format>().header(), clocks);
}

}  // namespace

std::unique_ptr<FamilyRun> FamilyRun::begin(const Family& family, exposition::Format format,
                                            const BootOffsets& clocks) {
  return exposition::with_format(format, [&]<typename Format>(Format) {
    return std::visit([&](const auto& of_kind) { return begin_in<Format>(of_kind, clocks); },
                      family);
  });
}

}  // namespace bpfmap::decode
