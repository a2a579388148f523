// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <lifeboat/journal/scan.hpp>
#include <lifeboat/verifier/structural.hpp>

// What the fuzzers of a journal share. Almost no input has right checks: those are made right, so that what is changed
// reaches what reads it.
namespace support {

using namespace lifeboat;

inline void must(bool is_so, const char* what) {
  if (is_so) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

inline Bytes bytes_of(const std::uint8_t* data, std::size_t size) {
  const auto* const at = reinterpret_cast<const std::byte*>(data);
  return {at, at + size};
}

inline HashPort& any_hash() {
  static const auto structural = open_structural(StructuralId::sha256).value();
  static const auto hash = structural->begin().value();
  return *hash;
}

/// Makes the checks of the frames from `at` on fit, and the chain in their commits.
inline void mend_frames(MutableBytes bytes, std::size_t at, std::uint64_t salt, ChainValue chain) {
  ChainValue next = chain;
  bool groups = false;
  (void)any_hash().update(chain);
  while (bytes.size() - at >= frame_head_bytes) {
    const std::size_t length = load_le<std::uint32_t>(bytes.data() + at + 8);
    if (length < frame_head_bytes || length % 8 != 0 || length > bytes.size() - at || length > group_bytes_max) break;
    const MutableBytes frame = bytes.subspan(at, length);
    const auto type = static_cast<FrameType>(frame[12]);
    if (type == FrameType::commit && length == commit_bytes) {
      (void)any_hash().finish(next);
      if (groups) chain = next;
      std::memcpy(frame.data() + 32, chain.data(), chain_bytes);
      (void)any_hash().update(chain);
      groups = false;
    } else if (type == FrameType::group) {
      (void)any_hash().update(frame.subspan(8));
      groups = true;
    }
    store_le(frame.data(), xxh3_64(frame.subspan(8), salt + at));
    at += length;
  }
  (void)any_hash().finish(next);
}

/// Makes a segment's digest, checks and chain fit.
inline void mend_segment(Bytes& bytes) {
  if (bytes.size() < segment_page) return;
  std::memcpy(bytes.data(), segment_magic, 8);
  const std::size_t length = load_le<std::uint32_t>(bytes.data() + 8);
  if (length < segment_page || length % segment_page != 0 || length > bytes.size()) return;
  const std::size_t covered = length - chain_bytes;
  (void)detail::digest_of(any_hash(), ByteView(bytes).first(covered), MutableBytes(bytes).subspan(covered));
  ChainValue chain{};
  std::memcpy(chain.data(), bytes.data() + 64, chain_bytes);
  mend_frames(bytes, length, load_le<std::uint64_t>(bytes.data() + 96), chain);
}

/// Walks the records of a group to their end.
inline void walk_records(const Frame& frame) {
  RecordsOfGroup records(frame);
  std::size_t count = 0;
  while (const auto record = records.next()) {
    must(record->bytes.data() >= frame.bytes.data() &&
             record->bytes.data() + record->bytes.size() <= frame.bytes.data() + frame.bytes.size(),
         "a record lies outside of its group");
    ++count;
  }
  must(!records.good() || count == frame.count, "a good group has another number of records than it says");
}

}  // namespace support
