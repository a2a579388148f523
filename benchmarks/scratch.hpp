// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stdlib.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <type_traits>
#include <utility>

#include <lifeboat/core/bytes.hpp>
#include <lifeboat/core/result.hpp>

// What the benchmarks share: a folder of their own, bytes that nothing compresses, and an end at the first error.
namespace bench {

namespace fs = std::filesystem;

/// The value of a result. An error ends the program: what failed has no time.
template <class T>
T must(lifeboat::Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().sentence().c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// A new folder below TMPDIR; it goes with everything in it.
class Scratch {
 public:
  Scratch() : folder_(fs::temp_directory_path() / "lifeboat-benchmark-XXXXXX") {
    if (::mkdtemp(folder_.data()) == nullptr) std::perror(folder_.c_str()), std::exit(1);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  [[nodiscard]] std::string operator/(const std::string& name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

/// Numbers that are the same in every run.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {  // splitmix64
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
  }

 private:
  std::uint64_t state_;
};

inline lifeboat::Bytes random_bytes(std::size_t size, std::uint64_t seed) {
  lifeboat::Bytes bytes(size);
  Dice dice(seed);
  for (std::size_t at = 0; at + 8 <= size; at += 8) {
    const std::uint64_t x = dice.next();
    std::memcpy(bytes.data() + at, &x, sizeof x);
  }
  return bytes;
}

/// Writes into a file at an offset, the file made where it is missing.
inline void write_at(const std::string& path, std::uint64_t at, lifeboat::ByteView bytes) {
  if (!fs::exists(path)) std::ofstream(path).flush();
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(at));
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())).flush();
  if (!file) std::perror(path.c_str()), std::exit(1);
}

}  // namespace bench
