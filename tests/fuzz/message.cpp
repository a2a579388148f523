// SPDX-License-Identifier: BSL-1.0
// Messages of the protocol one behind the other, as a peer may send anything: what is read is written and read again
// the same, and a batch that passes is whole.
#include <lifeboat/sync/transport/message.hpp>

#include "support/read_any_journal.hpp"

using namespace lifeboat;
using namespace support;

namespace {

Bytes written(const Message& message) {
  Bytes out;
  std::visit(
      [&](const auto& one) {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(one)>, DataMessage>)
          put_message(out, one.batch);
        else
          put_message(out, one);
      },
      message);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes = bytes_of(data, size);
  for (ByteView left = bytes; !left.empty();) {
    const auto length = message_length(left);
    if (!length || !*length || **length > left.size()) break;
    must(**length >= message_head_bytes && **length <= message_bytes_max, "a message has a length that is none");
    const auto message = read_message(left.first(**length));
    left = left.subspan(**length);
    if (!message) continue;
    const Bytes once = written(*message);
    const auto whole = message_length(once);
    must(whole && *whole && **whole == once.size(), "what was written has another length");
    const auto again = read_message(once);
    must(again.has_value(), "what was written is refused");
    must(written(*again) == once, "what was written is read otherwise");
    if (const auto* const sent = std::get_if<DataMessage>(&*message)) {
      ShippedBatch batch = sent->batch;
      Bytes frames(batch.frames.begin(), batch.frames.end());
      (void)check_shipped(batch, any_hash(), "a fuzzer").has_value();
      (void)any_hash().update(batch.before);
      for (std::size_t at = 0; frames.size() - at >= frame_head_bytes;) {
        const std::size_t frame = load_le<std::uint32_t>(frames.data() + at + 8);
        if (frame < frame_head_bytes || frame > frames.size() - at) break;
        (void)any_hash().update(ByteView(frames).subspan(at + 8, frame - 8));
        at += frame;
      }
      (void)any_hash().finish(batch.chain);
      if (check_shipped(batch, any_hash(), "a fuzzer")) must(!batch.frames.empty(), "a batch without groups passes");
    }
  }
  return 0;
}
