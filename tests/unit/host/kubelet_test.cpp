// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "host/kubelet/pod_list.h"
#include "host/pod_names.h"
#include "support/bpf_requirements.h"
#include "support/child_process.h"
#include "support/eventually.h"
#include "support/fake_clock.h"
#include "support/temporary_directory.h"

namespace bpfmap::host {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// What a kubelet says of a pod with a container that was restarted, and of a static one.
constexpr const char* kPodList = R"({"kind": "PodList", "apiVersion": "v1", "items": [
  {"metadata": {"name": "web-1", "namespace": "shop", "uid": "u1"},
   "status": {
     "initContainerStatuses": [{"name": "migrate", "containerID": "containerd://c0"}],
     "containerStatuses": [
       {"name": "nginx", "containerID": "containerd://c2",
        "lastState": {"terminated": {"containerID": "containerd://c1", "exitCode": 1}}},
       {"name": "waits"}]}},
  {"metadata": {"name": "etcd", "namespace": "kube-system", "uid": "u2",
                "annotations": {"kubernetes.io/config.hash": "h2"}},
   "spec": {}},
  {"metadata": {}}, 17, {"metadata": {"name": 5}}]})";

TEST(PodList, HasNamesOfPodsAndOfAllTheirContainers) {
  const auto pods = parse_pod_list(kPodList);
  ASSERT_TRUE(pods.has_value());
  PodTable table(1min);
  table.update(*pods, TimePoint{});
  const auto names = table.snapshot();
  EXPECT_EQ(*names->find_container("c0"), (PodName{"web-1", "shop", "migrate"}));
  EXPECT_EQ(*names->find_container("c1"), (PodName{"web-1", "shop", "nginx"}));
  EXPECT_EQ(*names->find_container("c2"), (PodName{"web-1", "shop", "nginx"}));
  EXPECT_EQ(*names->find_pod("u1"), (PodName{"web-1", "shop", ""}));
  EXPECT_EQ(*names->find_pod("h2"), (PodName{"etcd", "kube-system", ""}));
  EXPECT_EQ(names->find_container("u1"), nullptr);
  EXPECT_EQ(names->size(), 6u);
}

TEST(PodList, IsRefusedWhereItIsNone) {
  for (const char* text : {"", "{", "no", "[]", "17", R"({"items": 17})", "{}", "\xff"}) {
    EXPECT_FALSE(parse_pod_list(text).has_value()) << text;
  }
  EXPECT_TRUE(parse_pod_list(R"({"kind": "PodList", "items": null})").has_value()) << "no pods";
}

TEST(PodTableTest, NamesOutliveTheirPodsForTheTimeTheyAreKept) {
  PodTable table(1min);
  table.update({{"a", "n", {"u"}, {{"c", "k"}}}}, TimePoint{});
  table.update({}, TimePoint{} + 1min - 1ns);
  EXPECT_NE(table.snapshot()->find_container("c"), nullptr);
  table.update({}, TimePoint{} + 1min);
  EXPECT_EQ(table.snapshot()->size(), 0u);
}

// Speaks as a kubelet does, on a port of 127.0.0.1 which it prints; serves the file `body` to
// clients that have the token in the file `token`.
constexpr const char* kServer = R"(
import http.server, os, ssl, sys
class Pods(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        known = self.headers.get("Authorization") == "Bearer " + open("token").read()
        body = open("body", "rb").read() if known else b"Unauthorized"
        if os.path.exists("location") and self.path == "/pods":
            self.send_response(302)
            self.send_header("Location", open("location").read())
        else:
            self.send_response(200 if known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *ignored): pass
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Pods)
if sys.argv[2] == "https":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("good.pem", "good.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
)";

class Kubelet : public ::testing::Test {
 protected:
  void SetUp() override {
    if (test::lacks(test::why_no_program("python3") + test::why_no_program("openssl"))) return;
    make_certificate("good");
    make_certificate("other");
    folder_.write("server.py", kServer);
    folder_.write("token", "s3cret");
    folder_.write("body", kPodList);
    options_.token_file = folder_.write("own-token", "s3cret\n");
    options_.ca_file = folder_ / "good.pem";
    options_.interval = 10ms;
    options_.timeout = 20s;
    start("0");
  }

  void make_certificate(const std::string& name) const {
    const test::Finished made = test::run_program(
        {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=kubelet", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", folder_ / (name + ".key"), "-out", folder_ / (name + ".pem")});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }

  void start(const std::string& port, const std::string& scheme = "https") {
    server_.reset();
    test::ChildOptions options;
    options.arguments = {"python3", "server.py", port, scheme};
    options.directory = folder_.path();
    server_.emplace(options);
    ASSERT_TRUE(server_->wait_until([this] { return server_->out().ends_with('\n'); }))
        << server_->err();
    port_ = server_->out().substr(0, server_->out().find('\n'));
    options_.url = scheme + "://127.0.0.1:" + port_ + "/pods";
  }

  std::string failure() const {
    const auto body = KubeletClient(options_).get();
    return body ? "it works" : body.error().message();
  }

  static bool knows(const PodNames& names, const std::string& container) {
    return names.snapshot()->find_container(container) != nullptr;
  }

  test::TemporaryDirectory folder_;
  KubeletOptions options_;
  std::optional<test::ChildProcess> server_;
  std::string port_;
  test::FakeClock clock_;
};

TEST_F(Kubelet, AnswersAClientThatHasItsTokenAndTrustsIt) {
  KubeletClient client(options_);
  const auto body = client.get();
  ASSERT_TRUE(body.has_value()) << body.error().message();
  EXPECT_EQ(*body, kPodList);
}

// The process that listens there could use it, and so could every machine on the way.
TEST_F(Kubelet, GetsNoTokenInTheClear) {
  start("0", "http");
  for (const std::string scheme : {"http", "HTTP", "Http"}) {
    options_.url = scheme + "://127.0.0.1:" + port_ + "/pods";
    EXPECT_THAT(failure(), HasSubstr("it answers with status 401")) << scheme;
  }
}

// Nor is an address asked that an answer names.
TEST_F(Kubelet, IsNotFollowedToAnotherPlace) {
  folder_.write("location", "/elsewhere");
  EXPECT_THAT(failure(), HasSubstr("it answers with status 302"));
}

TEST_F(Kubelet, RefusesAWrongTokenAndReadsItAnewEachTime) {
  folder_.write("own-token", "wrong");
  KubeletClient client(options_);
  const auto refused = client.get();
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message(), HasSubstr("it answers with status 401"));
  EXPECT_THAT(refused.error().message(), HasSubstr("--kubelet.token-file"));
  folder_.write("own-token", "s3cret");
  EXPECT_TRUE(client.get().has_value());
}

TEST_F(Kubelet, IsNotBelievedWithAnotherCertificateUnlessToldSo) {
  options_.ca_file = folder_ / "other.pem";
  EXPECT_THAT(failure(), HasSubstr("certificate"));
  options_.skips_verification = true;
  EXPECT_EQ(failure(), "it works");
}

TEST_F(Kubelet, WhatIsMissingIsNamed) {
  options_.token_file = folder_ / "none";
  EXPECT_THAT(failure(), HasSubstr("read the kubelet's token " + options_.token_file +
                                   ": No such file or directory"));
  options_.token_file = "/dev/zero";
  EXPECT_THAT(failure(), HasSubstr("/dev/zero: it is a device, expected a file or a pipe"));
  options_.token_file = folder_.write("empty", " \n");
  EXPECT_THAT(failure(), HasSubstr("there is no token in " + options_.token_file));
}

TEST_F(Kubelet, NamesStayWhileItIsGoneOrTalksRubbish) {
  PodNames names(options_, clock_);
  ASSERT_TRUE(test::eventually([&] { return knows(names, "c2"); }));
  EXPECT_TRUE(names.counts().is_up);

  folder_.write("body", "{ rubbish");
  ASSERT_TRUE(test::eventually([&] { return !names.counts().is_up; }));
  EXPECT_TRUE(knows(names, "c2"));

  server_.reset();
  const std::uint64_t failures = names.counts().failures;
  ASSERT_TRUE(test::eventually([&] { return names.counts().failures > failures + 2; }));
  EXPECT_TRUE(knows(names, "c2"));

  folder_.write("body", R"({"items": [{"metadata": {"name": "new", "namespace": "n"},
      "status": {"containerStatuses": [{"name": "k", "containerID": "cri-o://c9"}]}}]})");
  start(port_);
  ASSERT_TRUE(test::eventually([&] { return knows(names, "c9"); }));
  EXPECT_TRUE(names.counts().is_up);
  EXPECT_TRUE(knows(names, "c2")) << "the clock stands still";
  EXPECT_EQ(names.counts().names, 7u);
}

}  // namespace
}  // namespace bpfmap::host
