// SPDX-License-Identifier: BSL-1.0
#include <cstdio>
#include <fstream>

#include "support/temp_folder.hpp"
#include "units.hpp"

int main() {
  const support::TempFolder folder;
  std::ofstream(folder / "ledger") << "1 alice bob 100\n";
  const Seen expected = plain(folder.path());
  if (expected.archives != 2) {
    std::puts("the plain unit did not take two archives");
    return 1;
  }
  if (expected.digest != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") {
    std::puts("the plain unit computes a wrong digest");
    return 1;
  }
  const auto agrees = [&](const Seen& seen) {
    return seen.sizes == expected.sizes && seen.digest == expected.digest && seen.archives == expected.archives;
  };
  if (!agrees(no_rtti(folder.path()))) {
    std::puts("the unit built with -fno-rtti sees another library");
    return 1;
  }
  if (!agrees(no_exceptions(folder.path()))) {
    std::puts("the unit built with -fno-exceptions sees another library");
    return 1;
  }
  const Seen other = other_version(folder.path());
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
  if (!agrees(tuned(folder.path()))) {
    std::puts("the unit built with -O2 -DNDEBUG -mavx2 sees another library");
    return 1;
  }
  return 0;
}
