// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/adapter/xxhash.hpp>

#include "catch.hpp"

namespace test_xxhash {

using namespace lifeboat;

TEST_CASE("XXH3 in one call and in steps agree, from one state, nothing at no address included") {
  auto hash = Xxh3Hash::start();
  REQUIRE(hash);
  const Bytes data(1000, std::byte{0x42});
  for (const std::size_t size : {0U, 1U, 240U, 241U, 1000U}) {
    CAPTURE(size);
    std::byte at_once[xxh3_size];
    std::byte in_steps[xxh3_size];
    xxh3_128(ByteView(data).first(size), at_once);
    REQUIRE(hash->update({}));
    REQUIRE(hash->update(ByteView(data).first(size / 3)));
    REQUIRE(hash->update(ByteView(data).subspan(size / 3, size - size / 3)));
    const auto refused = hash->finish(MutableBytes(in_steps).first(15));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().id() == ErrorId::usage);
    REQUIRE(hash->finish(in_steps));
    CHECK(to_hex(at_once) == to_hex(in_steps));
  }
  std::byte nothing[xxh3_size];
  xxh3_128({}, nothing);
  CHECK(to_hex(nothing) == "99aa06d3014798d86001c324468d497f");
}

TEST_CASE("a seed gives another digest, and none gives that without one") {
  const Bytes data(100, std::byte{0x42});
  std::byte plain[xxh3_size];
  xxh3_128(data, plain);
  const Hash128 seedless = xxh3_128_seeded(data, 0);
  std::byte numbers[xxh3_size];
  for (unsigned i = 0; i < 8; ++i) {  // canonical order is big-endian
    numbers[i] = static_cast<std::byte>(seedless.high >> (56U - 8U * i));
    numbers[8 + i] = static_cast<std::byte>(seedless.low >> (56U - 8U * i));
  }
  CHECK(to_hex(numbers) == to_hex(plain));
  CHECK(xxh3_128_seeded(data, 1) != seedless);
  CHECK(xxh3_128_seeded(data, 1) == xxh3_128_seeded(data, 1));
}

}  // namespace test_xxhash
