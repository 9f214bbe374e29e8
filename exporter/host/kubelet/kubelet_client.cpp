// SPDX-License-Identifier: Apache-2.0
#include "host/kubelet/kubelet_client.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <utility>

#include "base/named_file.h"
#include "host/kubelet/curl_library.h"

namespace bpfmap::host {
namespace {

// A node runs at most some hundred pods, of some ten kilobytes each.
constexpr std::size_t kMaxBodyBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* to) {
  auto& body = *static_cast<std::string*>(to);
  if (body.size() + size * count > kMaxBodyBytes) return 0;  // ends the transfer
  body.append(bytes, size * count);
  return size * count;
}

int end_if_stopped(void* stopped, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(stopped)->load() ? 1 : 0;
}

std::string trimmed(const std::string& text) {
  constexpr const char* kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

long milliseconds(Duration duration) {
  return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

std::string hint_for(long status) {
  if (status == 401) return "check the token: see --kubelet.token-file";
  if (status == 403) return "the service account needs 'get' on 'nodes/proxy', see docs/cgroups.md";
  return {};
}

}  // namespace

// A handle of libcurl with what it points to, so that it stays where it is.
class KubeletClient::Connection {
 public:
  // A handle that is null answers nothing. `is_stopped` outlives this object.
  Connection(const CurlLibrary& curl, const KubeletOptions& options,
             const std::atomic<bool>& is_stopped)
      : curl_(curl), handle_(curl.easy_init()) {
    if (handle_ == nullptr) return;
    set(CURLOPT_URL, options.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);  // the token is for the kubelet alone
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, milliseconds(options.timeout));
    set(CURLOPT_USERAGENT, "bpfmap_exporter");
    set(CURLOPT_SSL_VERIFYPEER, options.skips_verification ? 0L : 1L);
    set(CURLOPT_SSL_VERIFYHOST, options.skips_verification ? 0L : 2L);
    set(CURLOPT_ERRORBUFFER, error_.data());
    set(CURLOPT_WRITEFUNCTION, &take_body);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &end_if_stopped);
    set(CURLOPT_XFERINFODATA, &is_stopped);
  }
  ~Connection() {
    if (handle_ != nullptr) curl_.easy_cleanup(handle_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The authorities that may have signed certificates, instead of those that the system trusts.
  void trust(std::string authorities) {
    authorities_ = std::move(authorities);
    curl_blob blob{authorities_.data(), authorities_.size(), CURL_BLOB_NOCOPY};
    set(CURLOPT_CAINFO_BLOB, &blob);
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }

  // Puts the body into `body`. Empty if there is a response, else why there is none.
  std::string get(const std::string& token, std::string& body) {
    if (handle_ == nullptr) return "libcurl gives no handle";
    curl_slist* headers = curl_.slist_append(nullptr, "Accept: application/json");
    if (!token.empty()) {
      headers = curl_.slist_append(headers, ("Authorization: Bearer " + token).c_str());
    }
    set(CURLOPT_HTTPHEADER, headers);
    set(CURLOPT_WRITEDATA, &body);
    error_[0] = '\0';
    const CURLcode code = curl_.easy_perform(handle_);
    set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
    curl_.slist_free_all(headers);
    if (code == CURLE_OK) return {};
    return error_[0] != '\0' ? error_.data() : curl_.easy_strerror(code);
  }

  // Of the last response.
  long status() const {
    long status = 0;
    curl_.easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

 private:
  template <typename Value>
  void set(CURLoption option, Value value) {
    curl_.easy_setopt(handle_, option, value);
  }

  const CurlLibrary& curl_;
  CURL* handle_;
  std::string authorities_;
  std::array<char, CURL_ERROR_SIZE> error_{};
};

KubeletClient::KubeletClient(KubeletOptions options) : options_(std::move(options)) {
  const Result<CurlLibrary>& curl = curl_library();
  if (curl) connection_ = std::make_unique<Connection>(*curl, options_, is_stopped_);
}

KubeletClient::~KubeletClient() = default;

Error KubeletClient::failure(std::string why, std::string hint) const {
  return {ErrorKind::kSystem, "ask the kubelet at", options_.url, 0,
          std::move(why),     std::move(hint)};
}

// Tokens of service accounts are replaced every hour.
Result<std::string> KubeletClient::read_token() const {
  // Never in the clear.
  if (options_.token_file.empty() || !options_.url.starts_with("https://")) return std::string();
  Result<std::string> text =
      read_named_file("the kubelet's token", options_.token_file, kMaxFileBytes);
  if (!text) return text;
  std::string token = trimmed(*text);
  if (token.empty() || token.find_first_of("\r\n") != std::string::npos) {
    return unexpected(failure("there is no token in " + options_.token_file));
  }
  return token;
}

Result<std::string> KubeletClient::get() {
  if (connection_ == nullptr) return unexpected(curl_library().error());
  const Result<std::string> token = read_token();
  if (!token) return unexpected(token.error());
  if (!options_.ca_file.empty()) {
    auto authorities =
        read_named_file("the kubelet's authorities", options_.ca_file, kMaxFileBytes);
    if (!authorities) return authorities;
    connection_->trust(*std::move(authorities));
  }
  std::string body;
  std::string why = connection_->get(*token, body);
  if (!why.empty()) return unexpected(failure(std::move(why)));
  const long status = connection_->status();
  if (status == 200) return body;
  return unexpected(failure("it answers with status " + std::to_string(status), hint_for(status)));
}

}  // namespace bpfmap::host
