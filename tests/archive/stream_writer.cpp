// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/stream_writer.hpp>

#include <lifeboat/archive/file_digest.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>
#include <lifeboat/verifier/structural.hpp>

#include "catch.hpp"

namespace test_stream_writer {

using namespace lifeboat;

TEST_CASE("a stream is cut into volumes anywhere, and its digests cover what is no leaf") {
  const auto store = std::make_shared<MemoryStore>();
  const auto medium = std::move(*open_medium<Memory>({store}));
  const auto structural = std::move(*open_structural(StructuralId::sha256));
  const auto hash = std::move(*structural->begin());
  const ArchiveId id{{std::byte{7}}};
  StreamWriter out(*medium, *hash, "s", id, 4096, 0);
  const Bytes head(1000, std::byte{1});
  const Bytes leaf(5000, std::byte{2});
  REQUIRE(out.put(head));
  REQUIRE(out.put_leaves(leaf));
  REQUIRE(out.pad());
  CHECK(out.offset() == 6144);
  REQUIRE(out.end_cover());
  REQUIRE(out.put(Bytes(3000, std::byte{3})));
  REQUIRE(out.finish());
  CHECK(out.receipts().size() == 3);
  CHECK(out.receipts()[2].length == 6144 + 3000 - 8192);
  REQUIRE(out.digests().size() == 2);
  CHECK(out.digests()[0].length == 4096);
  CHECK(out.digests()[1].length == 6144 - 4096);
  std::byte number[8] = {};
  CHECK(out.digests()[0].digest == *tagged_digest(*structural, digest_tag::volume, {id.view(), number, head}));
  number[0] = std::byte{1};
  CHECK(out.digests()[1].digest == *tagged_digest(*structural, digest_tag::volume, {id.view(), number, Bytes(144)}));

  const StreamReader in(*medium, "s", id, out.offset(), 4096);
  Bytes back(5000);
  REQUIRE(in.read(1000, back));
  CHECK((back == leaf));
  CHECK_FALSE(in.read(out.offset() - 10, MutableBytes(back).first(11)));
  store->objects.at(volume_name("s", id, 1)).resize(100);
  CHECK(in.read(4000, MutableBytes(back).first(500)).error().id() == ErrorId::corrupt);
  const ShiftedReader shifted(in, 1000);
  REQUIRE(shifted.read(0, MutableBytes(back).first(10)));
  CHECK(back[0] == std::byte{2});
}

TEST_CASE("a stream that ends where a volume does has no empty volume") {
  const auto store = std::make_shared<MemoryStore>();
  const auto medium = std::move(*open_medium<Memory>({store}));
  const auto structural = std::move(*open_structural(StructuralId::sha256));
  const auto hash = std::move(*structural->begin());
  StreamWriter out(*medium, *hash, "s", {}, 4096, 0);
  REQUIRE(out.put(Bytes(8192)));
  REQUIRE(out.end_cover());
  REQUIRE(out.finish());
  CHECK(out.digests().size() == 2);
  CHECK(store->objects.size() == 2);
}

TEST_CASE("the digest of a file does not depend on how its leaves came, but on where they are") {
  const auto structural = std::move(*open_structural(StructuralId::sha256));
  const auto hash = std::move(*structural->begin());
  const VerifierTraits& traits = structural->traits();
  const Bytes leaves(96, std::byte{5});
  const auto digest = [&](std::vector<std::pair<std::uint64_t, std::size_t>> pieces) {
    FileDigest file;
    REQUIRE(file.begin(*hash, 20000, 12, traits));
    for (const auto& [first, count] : pieces) REQUIRE(file.add(first, ByteView(leaves).first(count * 32)));
    return *file.finish();
  };
  CHECK(digest({{0, 3}}) == digest({{0, 1}, {1, 2}}));
  CHECK(digest({{0, 3}}) != digest({{0, 2}, {3, 1}}));
  CHECK(digest({{0, 3}}) != digest({{1, 3}}));
}

}  // namespace test_stream_writer
