// SPDX-License-Identifier: BSL-1.0
// Frames, their groups and records; and as a batch that somebody sends.
#include <lifeboat/journal/shipped.hpp>

#include "support/read_any_journal.hpp"

using namespace lifeboat;
using namespace support;

namespace {

/// How many frames stand there one behind the other.
std::size_t read_frames(ByteView bytes) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < bytes.size(); ++count) {
    const auto frame = frame_at(bytes.subspan(at), 7, at);
    if (!frame) break;
    must(frame->bytes.size() >= frame_head_bytes && frame->bytes.size() <= bytes.size() - at, "a frame is too long");
    at += frame->bytes.size();
    if (frame->type == FrameType::commit) must(commit_body(*frame).chain.size() == chain_bytes, "a chain is too short");
    if (frame->type != FrameType::group) continue;
    const auto head = group_head(*frame);
    must(head.has_value() == (frame->bytes.size() >= frame_head_bytes + group_head_bytes), "a group's head is amiss");
    if (head) walk_records(*frame);
  }
  return count;
}

void read_shipped(ByteView bytes) {
  if (bytes.size() < frame_head_bytes + group_head_bytes) return;
  ShippedBatch batch;
  batch.epoch = 1;
  batch.first = load_le<std::uint64_t>(bytes.data() + 16);
  batch.after = batch.first - 1;
  batch.frames = bytes;
  (void)any_hash().update(batch.before);
  batch.last = batch.after;
  for (std::size_t at = 0; bytes.size() - at >= frame_head_bytes; ++batch.last) {
    const std::size_t length = load_le<std::uint32_t>(bytes.data() + at + 8);
    if (length < frame_head_bytes || length > bytes.size() - at) break;
    (void)any_hash().update(bytes.subspan(at, length).subspan(8));
    at += length;
  }
  (void)any_hash().finish(batch.chain);
  if (!check_shipped(batch, any_hash(), "a fuzzer")) return;
  // What passed is groups in order, and nothing else.
  std::uint64_t next = batch.first;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = load_le<std::uint32_t>(bytes.data() + at + 8);
    const Frame frame{FrameType::group, load_le<std::uint16_t>(bytes.data() + at + 14), bytes.subspan(at, length)};
    must(bytes[at + 12] == std::byte{1}, "a batch has a frame that is no group");
    must(group_head(frame)->sequence == next++, "a batch has a group out of its order");
    walk_records(frame);
    at += length;
  }
  must(next == batch.last + 1, "a batch has another number of groups");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes = bytes_of(data, size);
  const std::size_t whole = read_frames(bytes);
  mend_frames(bytes, 0, 7, {});
  must(read_frames(bytes) >= whole, "frames whose checks were made right are fewer");
  read_shipped(bytes);
  return 0;
}
