// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/frame.hpp>

#include <lifeboat/verifier/structural.hpp>

#include "catch.hpp"
#include "record/records.hpp"

namespace test_frame {

using namespace lifeboat;

namespace {

constexpr std::uint64_t salt = 0x0123'4567'89ab'cdef;
constexpr std::uint64_t offset = 4096;

/// The group of docs/journal.md: one payment, the first group of a journal.
Bytes group() {
  const std::size_t size = encoded_size<Payment>();
  Bytes bytes(padded_frame(frame_head_bytes + group_head_bytes + record_head_bytes + size));
  store_le(bytes.data() + 16, std::uint64_t{1});
  store_le(bytes.data() + 24, std::int64_t{1'795'672'800});
  store_le(bytes.data() + 32, std::uint32_t{250'000'000});
  store_le(bytes.data() + 40, std::uint32_t{1});
  store_le(bytes.data() + 44, std::uint16_t{1});
  store_le(bytes.data() + 46, static_cast<std::uint16_t>(size));
  encode_record(Payment{Key{"A-1001"}, {1}, {2}, {125'00, EUR}}, bytes.data() + 48);
  seal_frame(bytes, FrameType::group, 1, salt, offset);
  return bytes;
}

Bytes commit(ByteView group_frame) {
  const auto sha256 = open_structural(StructuralId::sha256);
  REQUIRE(sha256);
  auto hash = (*sha256)->begin();
  REQUIRE(hash);
  std::byte chain[chain_bytes]{};
  REQUIRE((*hash)->update(chain));
  REQUIRE((*hash)->update(group_frame.subspan(8)));
  REQUIRE((*hash)->finish(chain));
  Bytes bytes(commit_bytes);
  store_le(bytes.data() + 16, std::uint64_t{1});
  store_le(bytes.data() + 24, std::uint64_t{0});
  std::memcpy(bytes.data() + 32, chain, chain_bytes);
  seal_frame(bytes, FrameType::commit, 0, salt, offset + group_frame.size());
  return bytes;
}

}  // namespace

// Golden: the example of docs/journal.md, and what stands on disks. It never changes.
TEST_CASE("a group and its commit have the bytes that the page shows") {
  const Bytes frame = group();
  CHECK(to_hex(ByteView(frame).first(56)) ==
        "122f8986e5577eb2"
        "90000000"
        "01000100"
        "0100000000000000"
        "e0ca076b00000000"
        "80b2e60e"
        "00000000"
        "01000000"
        "01005c00"
        "0600412d31303031");
  CHECK(to_hex(commit(frame)) ==
        "09bb0b1686064d53"
        "40000000"
        "02000000"
        "0100000000000000"
        "0000000000000000"
        "a5004d3250df5e813fb872eba568a510a47f01c484cb3f6e23cd048ff8309326");
}

TEST_CASE("a frame is whole at its own place alone") {
  const Bytes bytes = group();
  const auto frame = frame_at(bytes, salt, offset);
  REQUIRE(frame);
  CHECK(frame->type == FrameType::group);
  CHECK(frame->count == 1);
  CHECK(group_head(*frame)->sequence == 1);
  CHECK(group_head(*frame)->time == Timestamp{1'795'672'800, 250'000'000});
  CHECK_FALSE(frame_at(bytes, salt, offset + 8));
  CHECK_FALSE(frame_at(bytes, salt + 1, offset));
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CHECK_FALSE(frame_at(ByteView(bytes).first(length), salt, offset));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    Bytes flipped = bytes;
    flipped[at] ^= std::byte{1};
    CHECK_FALSE(frame_at(flipped, salt, offset));
  }
}

TEST_CASE("records that do not fill their group are told, and never read beyond it") {
  Bytes bytes = group();
  seal_frame(bytes, FrameType::group, 2, salt, offset);  // one more than there is
  RecordsOfGroup more(*frame_at(bytes, salt, offset));
  CHECK(more.next());
  CHECK_FALSE(more.next());
  CHECK_FALSE(more.good());

  bytes = group();
  store_le(bytes.data() + 46, std::uint16_t{0xffff});
  seal_frame(bytes, FrameType::group, 1, salt, offset);
  RecordsOfGroup longer(*frame_at(bytes, salt, offset));
  CHECK_FALSE(longer.next());
  CHECK_FALSE(longer.good());

  bytes = group();
  seal_frame(bytes, FrameType::group, 0, salt, offset);
  RecordsOfGroup none(*frame_at(bytes, salt, offset));
  CHECK_FALSE(none.next());
  CHECK_FALSE(none.good());
}

}  // namespace test_frame
