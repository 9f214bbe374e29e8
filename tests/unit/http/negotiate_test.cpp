// SPDX-License-Identifier: Apache-2.0
#include "http/negotiate.h"

#include <gtest/gtest.h>

namespace bpfmap::http {
namespace {

TEST(AcceptsGzip, WhereItIsNamed) {
  for (const char* header : {"gzip", "GZip", "x-gzip", "X-GZIP", "deflate, gzip", "gzip,deflate,br",
                             " gzip ", "\tgzip\t,br", "gzip;q=1", "gzip;q=1.000", "gzip;q=0.001",
                             "gzip; q=0.5", "gzip ;Q=0.5", "gzip;q= 1", ",,gzip,", "gzip;"}) {
    EXPECT_TRUE(accepts_gzip(header)) << "Accept-Encoding: " << header;
  }
}

TEST(AcceptsGzip, NotWhereItIsRefusedOrAbsent) {
  for (const char* header :
       {"", " ", ",", "identity", "deflate", "gzip;q=0", "gzip;q=0.0", "gzip;q=0.000", "x-gzip;q=0",
        "GZIP;Q=0", "gzipped", "gzip2", "xgzip", "br;q=1.0"}) {
    EXPECT_FALSE(accepts_gzip(header)) << "Accept-Encoding: " << header;
  }
}

TEST(AcceptsGzip, StarStandsForWhatIsNotNamed) {
  EXPECT_TRUE(accepts_gzip("*"));
  EXPECT_TRUE(accepts_gzip("br, *;q=0.1"));
  EXPECT_FALSE(accepts_gzip("*;q=0"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0, *"));
  EXPECT_FALSE(accepts_gzip("*, gzip;q=0"));
  EXPECT_TRUE(accepts_gzip("gzip, *;q=0"));
}

TEST(AcceptsGzip, BothOfItsNamesMeanTheSame) {
  EXPECT_TRUE(accepts_gzip("gzip;q=0, x-gzip"));
  EXPECT_TRUE(accepts_gzip("x-gzip, gzip;q=0"));
}

TEST(AcceptsGzip, IdentityMayBePreferred) {
  EXPECT_FALSE(accepts_gzip("identity, gzip;q=0.5"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0.499, identity;q=0.5"));
  EXPECT_TRUE(accepts_gzip("identity;q=0.5, gzip"));
  EXPECT_TRUE(accepts_gzip("gzip, identity"));
  EXPECT_TRUE(accepts_gzip("gzip;q=0.5, identity;q=0"));
}

TEST(AcceptsGzip, ElementsWithAMalformedWeightAreLeftOut) {
  for (const char* header :
       {"gzip;q=", "gzip;q=x", "gzip;q=2", "gzip;q=1.001", "gzip;q=1.5", "gzip;q=-1",
        "gzip;q=0.1234", "gzip;q=.5", "gzip;q=0,5", "gzip;level=9", "gzip;q"}) {
    EXPECT_FALSE(accepts_gzip(header)) << "Accept-Encoding: " << header;
  }
}

}  // namespace
}  // namespace bpfmap::http
