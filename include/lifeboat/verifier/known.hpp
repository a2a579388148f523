// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <lifeboat/verifier/adapt.hpp>
#include <lifeboat/verifier/blake2b.hpp>
#include <lifeboat/verifier/sha256.hpp>
#include <lifeboat/verifier/sha512_256.hpp>
#include <lifeboat/verifier/sm3.hpp>
#include <lifeboat/verifier/xxh3.hpp>

// Every verifier of the library: for readers, which meet a number in an archive, and for programs, which meet a name.
namespace lifeboat::inline LIFEBOAT_ABI {

/// What the library knows, in the order of their ids.
inline constexpr VerifierTraits known_verifiers[] = {Sha256::traits, Sha512_256::traits, Sm3::traits, Blake2b::traits,
                                                     Xxh3::traits};

/// Opens the verifier that an archive names by number.
/// Errors: feature_unknown where it is none of ours (a user's own is known to the user's own pipeline only); crypto.
template <class = void>
Result<std::unique_ptr<VerifierPort>> open_verifier_by_id(std::uint16_t id, CryptoLibrary library = {}) {
  switch (id) {
    case Sha256::traits.id: return open_verifier_port<Sha256>({library});
    case Sha512_256::traits.id: return open_verifier_port<Sha512_256>({library});
    case Sm3::traits.id: return open_verifier_port<Sm3>({library});
    case Blake2b::traits.id: return open_verifier_port<Blake2b>({library});
    case Xxh3::traits.id: return open_verifier_port<Xxh3>();
    default: break;
  }
  return Error{ErrorId::feature_unknown,
               "verifier " + std::to_string(id) + " is not known to version " + library_version + " of lifeboat"}
      .unchanged();
}

/// Opens the verifier of this name ("sha256"). Errors: usage where there is none, with the names; crypto.
template <class = void>
Result<std::unique_ptr<VerifierPort>> open_verifier_by_name(std::string_view name, CryptoLibrary library = {}) {
  std::string names;
  for (const VerifierTraits& known : known_verifiers) {
    if (known.name == name) return open_verifier_by_id(known.id, library);
    names.append(names.empty() ? "" : ", ").append(known.name);
  }
  return Error{ErrorId::usage, "there is no verifier \"" + std::string(name) + "\"; there are " + names}
      .next("--verifier sha256")
      .unchanged();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
