// SPDX-License-Identifier: BSL-1.0
// What every consumer builds: the version, and a digest that needs the libraries behind it.
#include <cstdio>

#include <lifeboat/lifeboat.hpp>

int main() {
  auto verifier = lifeboat::Sha256::open({});
  if (!verifier) return 1;
  lifeboat::Bytes digest(lifeboat::Sha256::traits.size);
  if (!verifier->digest(lifeboat::as_bytes("abc"), digest)) return 1;
  std::printf("lifeboat %s %s\n", lifeboat::library_version, lifeboat::to_hex(digest).c_str());
  return 0;
}
