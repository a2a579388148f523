// SPDX-License-Identifier: BSL-1.0
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "support/read_any.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto hash = support::structural_hash();
  // Almost no input has right digests: once as it is, once with its digests made right.
  lifeboat::Bytes bytes(reinterpret_cast<const std::byte*>(data), reinterpret_cast<const std::byte*>(data) + size);
  for (int round = 0; round < 2; ++round) {
    if (const std::string mistake = support::read_any_chain_entry(bytes, *hash); !mistake.empty()) {
      std::fprintf(stderr, "%s\n", mistake.c_str());
      std::abort();
    }
    support::mend_object(bytes, *hash);
  }
  return 0;
}
