// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <lifeboat/verifier/adapt.hpp>
#include <lifeboat/verifier/sha256.hpp>
#include <lifeboat/verifier/sm3.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The digest that holds a repository together (seals, references, chain): chosen once, when it is created, and
/// always cryptographic, whatever verifier its data is checked with.
enum class StructuralId : std::uint8_t { sha256 = 1, sm3 = 2 };

/// Opens the structural digest. Errors: feature_unknown for another number, crypto where OpenSSL does not offer it.
template <class = void>
Result<std::unique_ptr<VerifierPort>> open_structural(StructuralId id, CryptoLibrary library = {}) {
  switch (id) {
    case StructuralId::sha256: return open_verifier_port<Sha256>({library});
    case StructuralId::sm3: return open_verifier_port<Sm3>({library});
  }
  return Error{ErrorId::feature_unknown, "structural digest " + std::to_string(static_cast<unsigned>(id)) +
                                             " is not known to version " + library_version + " of lifeboat"}
      .unchanged();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
