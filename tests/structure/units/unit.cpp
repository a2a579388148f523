// SPDX-License-Identifier: BSL-1.0
#include "all_headers.hpp"
#include "units.hpp"

using namespace lifeboat;

namespace {
using Pipeline = DisasterRecoveryPipeline<Incremental, Memory, NoSync, Sha256>;
}
template class lifeboat::DisasterRecoveryPipeline<Incremental, Memory, NoSync, Sha256>;

// UNIT names the function: plain, tuned, no_rtti, no_exceptions or other_version.
Seen UNIT(const std::string& folder) {
  Seen seen;
  seen.sizes = {sizeof(Digest),        sizeof(Id),         sizeof(Error),          sizeof(Status),
                sizeof(Result<Bytes>), sizeof(ByteReader), sizeof(Capabilities),   sizeof(ObjectInfo),
                sizeof(Receipt),       sizeof(Sha256),     sizeof(VerifierTraits), sizeof(MediumFacts)};
  seen.version = library_version;
  Bytes digest(Sha256::traits.size);
  auto verifier = Sha256::open({});
  if (verifier && verifier->digest(as_bytes("abc"), digest)) seen.digest = to_hex(digest);

  auto pipeline = Pipeline::open({.source = {.root = folder}, .medium = {}, .keep_state = false});
  if (!pipeline || !pipeline->backup() || !pipeline->backup() || !pipeline->verify()) return seen;
  if (const auto catalog = pipeline->list()) seen.archives = catalog->archives.size();
  return seen;
}
