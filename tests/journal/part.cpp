// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/part.hpp>

#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_part {

using namespace lifeboat;

TEST_CASE("a group that is left out is the bytes of docs/journal.md, and those of its record") {
  std::array<std::byte, left_out_bytes> bytes{};
  put_left_out(bytes, {1, {1'795'672'800, 250'000'000}}, 1);
  seal_frame(bytes, FrameType::group, 1, 0x0123'4567'89ab'cdefU, 4096);
  CHECK(to_hex(bytes) ==
        "a1c0c9c97883e4b3"
        "3800000001000100"
        "0100000000000000"
        "e0ca076b0000000080b2e60e00000000"
        "10ffff7f01000200"
        "0100"
        "000000000000");
  CHECK(is_left_out({FrameType::group, 1, bytes}));

  std::array<std::byte, left_out_bytes> written{};
  store_le(written.data() + 16, std::uint64_t{7});
  store_le(written.data() + 24, std::int64_t{-1});
  store_le(written.data() + 32, std::uint32_t{5});
  std::byte* const record = written.data() + frame_head_bytes + group_head_bytes;
  store_le(record, record_number<LeftOut>());
  store_le(record + 4, record_version<LeftOut>());
  store_le(record + 6, static_cast<std::uint16_t>(encoded_size<LeftOut>()));
  encode_record(LeftOut{65'535}, record + record_head_bytes);
  seal_frame(written, FrameType::group, 1, 3, 8192);
  put_left_out(bytes, {7, {-1, 5}}, 65'535);
  seal_frame(bytes, FrameType::group, 1, 3, 8192);
  CHECK(bytes == written);
  const auto frame = frame_at(bytes, 3, 8192);
  REQUIRE(frame);
  RecordsOfGroup records(*frame);
  CHECK(decode_record<LeftOut>(records.next()->bytes)->records == 65'535);
  CHECK_FALSE(records.next());
  CHECK(records.good());
}

TEST_CASE("the schema of what is left out is pinned") {
  CHECK(to_hex(schema_bytes<LeftOut>()) == "10ffff7f0100086c656674206f757401077265636f72647307");
  CHECK(is_part(std::vector<Bytes>{schema_bytes<Payment>(), schema_bytes<LeftOut>()}));
  CHECK_FALSE(is_part(std::vector<Bytes>{schema_bytes<Payment>()}));
}

TEST_CASE("a part's id and anchors are made of its origin's id, its scope and the chain") {
  const auto structural = open_structural(StructuralId::sha256);
  const auto sha256 = (*structural)->begin();
  Id journal;
  for (std::size_t i = 0; i != 16; ++i) journal.bytes[i] = static_cast<std::byte>(i);
  const auto origin = PartOrigin::of(journal, "only account=42\n", **sha256);
  REQUIRE(origin);
  CHECK(to_hex(origin->part().view()) == "400cfbd16a6bdc147d42e84ee470d160");
  CHECK(PartOrigin::of(journal, "only account=43\n", **sha256)->part() != origin->part());
  Id other = journal;
  other.bytes[3] ^= std::byte{1};
  CHECK(PartOrigin::of(other, "only account=42\n", **sha256)->part() != origin->part());
  ChainValue chain{};
  CHECK(to_hex(*origin->anchor(chain, **sha256)) == "4a19220c7f6621dfe6407e9162b3200e3e200425e56e924d2688b2eb7c6074a8");
  const ChainValue begins = *origin->anchor(chain, **sha256);
  chain[31] = std::byte{1};
  CHECK(*origin->anchor(chain, **sha256) != begins);
  CHECK(*PartOrigin::of(other, "only account=42\n", **sha256)->anchor(ChainValue{}, **sha256) != begins);
}

}  // namespace test_part
