// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/svid_files.h"

#include <spdlog/spdlog.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/config/read_text.h"
#include "src/nsm/identity/certificates.h"

namespace nsm {
namespace {

constexpr absl::Duration kLookEvery = absl::Seconds(1);
constexpr char kPem[] = ".pem";

absl::Status In(const std::string& path, const absl::Status& why) {
  return absl::Status(why.code(), absl::StrCat(path, ": ", why.message()));
}

absl::StatusOr<std::shared_ptr<const TrustBundles>> ReadBundles(const std::string& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == kPem) files.push_back(entry.path());
  }
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("reading the trust bundles in ", folder));
  auto bundles = std::make_shared<TrustBundles>();
  for (const std::filesystem::path& file : files) {
    absl::StatusOr<std::string> domain = ParseTrustDomain(file.stem().string());
    if (!domain.ok()) return In(file, domain.status());
    ASSIGN_OR_RETURN(const std::string pem, ReadText(file));
    absl::StatusOr<Certificates> authorities = CertificatesOfPem(pem);
    if (!authorities.ok()) return In(file, authorities.status());
    bundles->Add(*domain, *std::move(authorities));
  }
  return bundles;
}

bool IsSame(const SpiffeIdentity::State& a, const SpiffeIdentity::State& b) {
  return a.svid->chain_pem == b.svid->chain_pem && a.svid->key_pem == b.svid->key_pem &&
         *a.bundles == *b.bundles;
}

}  // namespace

absl::StatusOr<SpiffeIdentity::State> SvidFiles::Read(const Paths& paths) {
  ASSIGN_OR_RETURN(const std::string chain, ReadText(paths.svid));
  ASSIGN_OR_RETURN(const std::string key, ReadText(paths.key));
  absl::StatusOr<std::shared_ptr<const Svid>> svid = Svid::FromPem(chain, key);
  if (!svid.ok()) return In(paths.svid, svid.status());
  ASSIGN_OR_RETURN(std::shared_ptr<const TrustBundles> bundles, ReadBundles(paths.bundles));
  return SpiffeIdentity::State{*std::move(svid), std::move(bundles)};
}

SvidFiles::SvidFiles(Paths paths, SpiffeIdentity::State read,
                     std::function<absl::Status(SpiffeIdentity::State)> tell)
    : paths_(std::move(paths)), tell_(std::move(tell)), last_(std::move(read)), thread_([this] { Run(); }) {}

SvidFiles::~SvidFiles() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    stop_.NotifyAll();
  }
  thread_.join();
}

void SvidFiles::Run() {
  MutexLock lock(mutex_);
  while (!stopping_) {
    stop_.WaitFor(mutex_, kLookEvery);
    if (!stopping_) Look();
  }
}

void SvidFiles::Look() {
  absl::StatusOr<SpiffeIdentity::State> state = Read(paths_);
  absl::Status trouble = state.status();
  if (state.ok() && !IsSame(*state, last_)) {
    trouble = tell_(*state);
    if (trouble.ok()) last_ = *std::move(state);
  }
  if (trouble != trouble_ && !trouble.ok()) {
    spdlog::warn("identity: the one before goes on: {}", trouble.ToString());
  }
  trouble_ = std::move(trouble);
}

}  // namespace nsm
