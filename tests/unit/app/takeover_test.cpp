// SPDX-License-Identifier: Apache-2.0
#include "app/takeover.h"

#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>

namespace bpfmap::app {

void PrintTo(const Takeover& taken, std::ostream* out) {
  *out << "object " << taken.object << ", samples " << taken.samples;
}

namespace {

constexpr Takeover kNothing{false, false};
constexpr Takeover kObject{true, false};
constexpr Takeover kAll{true, true};

// A file with an object of which everything is set.
UnitIdentity unit() {
  UnitIdentity unit{"/etc/packets.yaml", "f1"};
  unit.object = UnitIdentity::Object{"packets.bpf.o", "o1"};
  unit.globals = {{"rate", {std::byte{1}}}};
  unit.programs.push_back({"count", true, true, {model::XdpTarget{{"eth0"}}}});
  unit.sizes.push_back({"packets", {{}, {}, 7}, {}});
  return unit;
}

struct Case {
  std::string name;
  std::function<void(UnitIdentity& running, UnitIdentity& next)> change;
  Takeover expected;
};

class TakeoverTest : public ::testing::TestWithParam<Case> {};

TEST_P(TakeoverTest, Decides) {
  UnitIdentity running = unit();
  UnitIdentity next = unit();
  GetParam().change(running, next);
  EXPECT_EQ(takeover(running, next), GetParam().expected);
}

using Unit = UnitIdentity;
INSTANTIATE_TEST_SUITE_P(
    All, TakeoverTest,
    ::testing::Values(
        Case{"NothingChanged", [](Unit&, Unit&) {}, kAll},
        Case{"OtherBytesOfTheFile", [](Unit&, Unit& next) { next.sha256 = "f2"; }, kObject},
        Case{"OtherPlaceOfTheFile", [](Unit&, Unit& next) { next.path = "/tmp/packets.yaml"; },
             kObject},
        Case{"OtherBytesOfTheObject", [](Unit&, Unit& next) { next.object->sha256 = "o2"; },
             kNothing},
        Case{"OtherNameOfTheObject", [](Unit&, Unit& next) { next.object->name = "p.bpf.o"; },
             kNothing},
        Case{"OtherGlobals", [](Unit&, Unit& next) { next.globals[0].bytes[0] = std::byte{2}; },
             kNothing},
        Case{"FewerGlobals", [](Unit&, Unit& next) { next.globals.clear(); }, kNothing},
        Case{"OtherTargets",
             [](Unit&, Unit& next) { next.programs[0].targets = {model::XdpTarget{{"eth1"}}}; },
             kNothing},
        Case{"OtherModeOfATarget",
             [](Unit&, Unit& next) {
               next.programs[0].targets = {model::XdpTarget{{"eth0"}, model::XdpMode::kGeneric}};
             },
             kNothing},
        Case{"NotRequiredAnyMore", [](Unit&, Unit& next) { next.programs[0].required = false; },
             kNothing},
        Case{"AnotherAlternative",
             [](Unit&, Unit& next) {
               next.programs[0].alternative = kernel::Alternative{0, {1}};
             },
             kNothing},
        Case{"OtherSizes", [](Unit&, Unit& next) { next.sizes[0].own.max_entries = 8; }, kNothing},
        Case{"ObjectComes", [](Unit& running, Unit&) { running.object.reset(); }, kNothing},
        Case{"ObjectGoes", [](Unit&, Unit& next) { next.object.reset(); }, kNothing},
        Case{"NoObject",
             [](Unit& running, Unit& next) {
               running.object.reset();
               next.object.reset();
             },
             Takeover{false, true}},
        Case{"NoObjectInAnotherFile",
             [](Unit& running, Unit& next) {
               running.object.reset();
               next.object.reset();
               next.sha256 = "f2";
             },
             kNothing},
        Case{"StreamOfEvents", [](Unit& running, Unit&) { running.takes_events = true; }, kAll},
        Case{"StreamOfEventsReadByAnotherFile",
             [](Unit& running, Unit& next) {
               running.takes_events = true;
               next.sha256 = "f2";
             },
             kNothing},
        Case{"PinnedAsBefore",
             [](Unit& running, Unit& next) { running.is_pinned = next.is_pinned = true; }, kAll},
        Case{"ToBePinned", [](Unit&, Unit& next) { next.is_pinned = true; }, kNothing},
        Case{"NotToBePinnedAnyMore", [](Unit& running, Unit&) { running.is_pinned = true; }, kAll}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace bpfmap::app
