// SPDX-License-Identifier: Apache-2.0
#include "host/kubelet_client.h"

#include <curl/curl.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <utility>

#include "host/file_text.h"

namespace bpfmap::host {
namespace {

// A node runs at most some hundred pods, of some ten kilobytes each.
constexpr std::size_t kMaxBodyBytes = std::size_t{64} << 20;

struct HeadersDeleter {
  void operator()(curl_slist* headers) const { curl_slist_free_all(headers); }
};
using Headers = std::unique_ptr<curl_slist, HeadersDeleter>;

struct HandleDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

void initialise_once() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

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

struct KubeletClient::Connection {
  std::unique_ptr<CURL, HandleDeleter> handle;
  std::array<char, CURL_ERROR_SIZE> error{};
};

KubeletClient::KubeletClient(KubeletOptions options)
    : options_(std::move(options)), connection_(std::make_unique<Connection>()) {
  initialise_once();
  connection_->handle.reset(curl_easy_init());
  CURL* handle = connection_->handle.get();
  if (handle == nullptr) return;
  curl_easy_setopt(handle, CURLOPT_URL, options_.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);  // the token is for the kubelet alone
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, milliseconds(options_.timeout));
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "bpfmap_exporter");
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, options_.skips_verification ? 0L : 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, options_.skips_verification ? 0L : 2L);
  if (!options_.ca_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, options_.ca_file.c_str());
    curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
  }
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, connection_->error.data());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, end_if_stopped);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &is_stopped_);
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
  const std::optional<std::string> text = read_file(options_.token_file);
  if (!text) {
    return tl::unexpected(
        Error{ErrorKind::kSystem, "read the kubelet's token", options_.token_file, errno, {}, {}});
  }
  std::string token = trimmed(*text);
  if (token.empty() || token.find_first_of("\r\n") != std::string::npos) {
    return tl::unexpected(failure("there is no token in " + options_.token_file));
  }
  return token;
}

Result<std::string> KubeletClient::get() {
  CURL* handle = connection_->handle.get();
  if (handle == nullptr) return tl::unexpected(failure("libcurl cannot be used"));
  const Result<std::string> token = read_token();
  if (!token) return tl::unexpected(token.error());
  Headers headers(curl_slist_append(nullptr, "Accept: application/json"));
  if (!token->empty()) {
    curl_slist_append(headers.get(), ("Authorization: Bearer " + *token).c_str());
  }
  std::string body;
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &body);
  connection_->error[0] = '\0';
  const CURLcode code = curl_easy_perform(handle);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, nullptr);
  if (code != CURLE_OK) {
    const char* more = connection_->error.data();
    return tl::unexpected(failure(*more != '\0' ? more : curl_easy_strerror(code)));
  }
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  if (status == 200) return body;
  return tl::unexpected(
      failure("it answers with status " + std::to_string(status), hint_for(status)));
}

}  // namespace bpfmap::host
