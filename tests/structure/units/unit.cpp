// SPDX-License-Identifier: BSL-1.0
#include "all_headers.hpp"
#include "units.hpp"

using namespace lifeboat;

// UNIT names the function: plain, tuned, no_rtti or other_version.
Seen UNIT() {
  Seen seen;
  seen.sizes = {sizeof(Digest),        sizeof(Id),         sizeof(Error),          sizeof(Status),
                sizeof(Result<Bytes>), sizeof(ByteReader), sizeof(Capabilities),   sizeof(ObjectInfo),
                sizeof(Receipt),       sizeof(Sha256),     sizeof(VerifierTraits), sizeof(MediumFacts)};
  seen.version = library_version;
  Bytes digest(Sha256::traits.size);
  auto verifier = Sha256::open({});
  if (verifier && verifier->digest(as_bytes("abc"), digest)) seen.digest = to_hex(digest);
  return seen;
}
