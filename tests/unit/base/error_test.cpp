// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <utility>

namespace bpfmap {
namespace {

// Error{.kind = operation, .operation = subject, .subject = code, .code = detail, .detail = hint}
// of the default kind.
Error error_of(std::string operation, std::string subject, int code = 0, std::string detail = "",
               std::string hint = "") {
  return {ErrorKind::kSystem, std::move(operation), std::move(subject), code,
          std::move(detail),  std::move(hint)};
}

Result<int> half_of(int number) {
  if (number % 2 != 0) return unexpected(error_of("halve", std::to_string(number)));
  return number / 2;
}

TEST(ErrnoInWords, GivesDescriptionAndName) {
  EXPECT_EQ(errno_in_words(EPERM), "Operation not permitted (EPERM)");
  EXPECT_EQ(errno_in_words(ENOENT), "No such file or directory (ENOENT)");
  EXPECT_EQ(errno_in_words(E2BIG), "Argument list too long (E2BIG)");
}

TEST(ErrnoInWords, KnowsTheKernelsOwnNotSupported) {
  EXPECT_EQ(errno_in_words(524), "Operation not supported by the kernel (ENOTSUPP)");
}

TEST(ErrnoInWords, GivesTheNumberOfUnknownCodes) {
  EXPECT_EQ(errno_in_words(9999), "error 9999");
  EXPECT_EQ(errno_in_words(-1), "error -1");
}

TEST(Error, SaysAllItKnows) {
  const Error error =
      error_of("load program", "count_packets", EPERM, "bpf() was refused", "run as root");
  EXPECT_EQ(error.message(),
            "load program count_packets: Operation not permitted (EPERM): bpf() was refused\n"
            "  hint: run as root");
}

TEST(Error, LeavesOutWhatItDoesNotKnow) {
  EXPECT_EQ(Error{}.message(), "");
  EXPECT_EQ(error_of("read map", "").message(), "read map");
  EXPECT_EQ(error_of("", "packets").message(), "packets");
  EXPECT_EQ(error_of("read map", "", ENOENT).message(),
            "read map: No such file or directory (ENOENT)");
  EXPECT_EQ(error_of("read map", "packets", 0, "too big").message(), "read map packets: too big");
  EXPECT_EQ(error_of("listen on", ":9435", 0, "", "choose another port").message(),
            "listen on :9435\n  hint: choose another port");
}

TEST(Error, IsASystemErrorUnlessSaidOtherwise) { EXPECT_EQ(Error{}.kind, ErrorKind::kSystem); }

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_EQ(half_of(4).value(), 2);
  const Result<int> odd = half_of(3);
  ASSERT_FALSE(odd.has_value());
  EXPECT_EQ(odd.error().message(), "halve 3");
}

}  // namespace
}  // namespace bpfmap
