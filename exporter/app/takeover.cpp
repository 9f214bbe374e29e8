// SPDX-License-Identifier: Apache-2.0
#include "app/takeover.h"

namespace bpfmap::app {
namespace {

bool is_same_file(const UnitIdentity& running, const UnitIdentity& next) {
  return running.path == next.path && running.sha256 == next.sha256;
}

bool is_same_object(const UnitIdentity& running, const UnitIdentity& next) {
  return running.object && next.object && running.object->name == next.object->name &&
         running.object->sha256 == next.object->sha256 && running.globals == next.globals &&
         running.programs == next.programs && running.sizes == next.sizes;
}

}  // namespace

Takeover takeover(const UnitIdentity& running, const UnitIdentity& next) {
  const bool same_file = is_same_file(running, next);
  // With another file there are other samplers, and two readers of one stream would
  // share its events.
  const bool may_be_read_anew = same_file || !running.takes_events;
  // What is pinned stays so until commit(), whatever `next` wants; what is not pinned has been
  // loaded without a look at what was.
  const bool fits_pins = running.is_pinned || !next.is_pinned;

  Takeover taken;
  taken.object = is_same_object(running, next) && may_be_read_anew && fits_pins;
  const bool neither_has_object = !running.object && !next.object;
  taken.samples = same_file && (taken.object || neither_has_object);
  return taken;
}

}  // namespace bpfmap::app
