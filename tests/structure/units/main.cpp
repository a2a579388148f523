// SPDX-License-Identifier: BSL-1.0
#include <cstdio>

#include "units.hpp"

int main() {
  const Seen expected = plain();
  if (expected.digest != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") {
    std::puts("the plain unit computes a wrong digest");
    return 1;
  }
  const auto agrees = [&](const Seen& seen) { return seen.sizes == expected.sizes && seen.digest == expected.digest; };
  if (!agrees(no_rtti())) {
    std::puts("the unit built with -fno-rtti sees another library");
    return 1;
  }
  const Seen other = other_version();
  if (!agrees(other) || other.version != "9.9.9" || expected.version == "9.9.9") {
    std::puts("the shared object built under another version is not on its own");
    return 1;
  }
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2")) {
    std::puts("this processor has no AVX2: the tuned unit was linked, not run");
    return 0;
  }
#endif
  if (!agrees(tuned())) {
    std::puts("the unit built with -O2 -DNDEBUG -mavx2 sees another library");
    return 1;
  }
  return 0;
}
