// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/codec.hpp>
#include <lifeboat/sync/transport/message_types.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

template <class = void>
class BasicMessageWriter {
 public:
  BasicMessageWriter(Bytes& out, MessageType type) : out_(out), begin_(out.size()), in_(out) {
    in_.fixed(std::uint32_t{0});
    in_.fixed(static_cast<std::uint32_t>(type));
  }
  ByteWriter& body() noexcept { return in_; }
  void head(const JournalHead& head) {
    position(head.last);
    in_.bytes(head.chain);
  }
  void position(const Position& at) {
    in_.fixed(at.epoch);
    in_.fixed(at.sequence);
  }
  void time(const Timestamp& time) {
    in_.fixed(time.seconds);
    in_.fixed(time.nanoseconds);
  }
  void schemas(const std::vector<Bytes>& schemas) {
    in_.fixed(static_cast<std::uint32_t>(schemas.size()));
    for (const Bytes& schema : schemas) {
      in_.fixed(static_cast<std::uint32_t>(schema.size()));
      in_.bytes(schema);
    }
  }
  void batch(const ShippedBatch& batch) {
    for (const std::uint64_t number : {batch.epoch, batch.after, batch.first, batch.last}) in_.fixed(number);
    in_.bytes(batch.before);
    in_.bytes(batch.chain);
    in_.bytes(batch.frames);
  }
  void text(std::string_view text) {
    text = text.substr(0, refusal_text_max);
    in_.fixed(static_cast<std::uint16_t>(text.size()));
    in_.text(text);
  }
  void close() { store_le(out_.data() + begin_, static_cast<std::uint32_t>(out_.size() - begin_)); }

 private:
  Bytes& out_;
  std::size_t begin_;
  ByteWriter in_;
};
using MessageWriter = BasicMessageWriter<>;

}  // namespace detail

/// Appends a message to `out`.
template <class = void>
void put_message(Bytes& out, const HelloMessage& hello) {
  detail::MessageWriter message(out, MessageType::hello);
  ByteWriter& body = message.body();
  body.text(protocol_magic);
  body.fixed(hello.lowest);
  body.fixed(hello.highest);
  body.fixed(static_cast<std::uint16_t>(hello.role));
  body.fixed((hello.any_schema ? 1U : 0U) | (hello.beside ? 2U : 0U) | (hello.no_doubt ? 4U : 0U) |
             (hello.kept ? 8U : 0U) | (hello.proves ? 16U : 0U) | (hello.gives ? 32U : 0U));
  body.bytes(hello.journal.bytes);
  message.head(hello.head);
  message.time(hello.time);
  body.fixed(hello.heartbeat_ms);
  message.schemas(hello.schemas);
  message.close();
}
template <class = void>
void put_message(Bytes& out, const ShippedBatch& batch) {
  detail::MessageWriter message(out, MessageType::data);
  message.batch(batch);
  message.close();
}
template <class = void>
void put_message(Bytes& out, const DoubtMessage& doubt) {
  detail::MessageWriter message(out, MessageType::doubt);
  message.body().bytes(doubt.journal.bytes);
  message.schemas(doubt.schemas);
  message.batch(doubt.batch);
  message.close();
}
template <class = void>
void put_message(Bytes& out, const HasMessage& has) {
  detail::MessageWriter message(out, MessageType::has);
  message.head(has.doubt);
  message.body().bytes(has.keys);
  message.close();
}
template <class = void>
void put_message(Bytes& out, const KeptMessage& kept) {
  detail::MessageWriter message(out, MessageType::kept);
  message.head(kept.head);
  message.close();
}
template <class = void>
void put_message(Bytes& out, const ReserveMessage& reserve) {
  detail::MessageWriter message(out, MessageType::reserve);
  message.position(reserve.what.upto);
  message.time(reserve.what.until);
  message.close();
}
template <class = void>
void put_message(Bytes& out, const ReservedMessage& reserved) {
  detail::MessageWriter message(out, MessageType::reserved);
  message.position(reserved.what.upto);
  message.time(reserved.what.until);
  message.close();
}
template <class = void>
void put_message(Bytes& out, const ProveMessage& prove) {
  detail::MessageWriter message(out, MessageType::prove);
  message.body().fixed(prove.number);
  message.head(prove.after);
  message.body().fixed(prove.batches);
  message.close();
}
template <class = void>
void put_message(Bytes& out, const ProofMessage& proof) {
  detail::MessageWriter message(out, MessageType::proof);
  message.body().fixed(proof.number);
  message.head(proof.begin);
  message.head(proof.end);
  message.body().fixed(proof.batches);
  message.body().fixed(proof.groups);
  message.body().fixed(proof.bytes);
  message.body().fixed(static_cast<std::uint16_t>(proof.id));
  message.text(proof.text);
  message.close();
}
template <class = void>
void put_message(Bytes& out, const KeysMessage& keys) {
  detail::MessageWriter message(out, MessageType::keys);
  message.body().bytes(keys.set);
  message.close();
}
template <class = void>
void put_message(Bytes& out, const WantRunMessage& want) {
  detail::MessageWriter message(out, MessageType::want_run);
  message.body().fixed(want.number);
  message.body().fixed(want.offset);
  message.close();
}
template <class = void>
void put_message(Bytes& out, const RunMessage& run) {
  detail::MessageWriter message(out, MessageType::run);
  message.body().fixed(run.part.number);
  message.body().fixed(run.part.offset);
  message.body().bytes(run.part.bytes);
  message.close();
}
template <class = void>
void put_message(Bytes& out, const AckMessage& ack) {
  detail::MessageWriter message(out, MessageType::ack);
  message.head(ack.head);
  message.close();
}
template <class = void>
void put_message(Bytes& out, const WantMessage& want) {
  detail::MessageWriter message(out, MessageType::want);
  message.head(want.head);
  message.close();
}
template <class = void>
void put_message(Bytes& out, const HeartbeatMessage& heartbeat) {
  detail::MessageWriter message(out, MessageType::heartbeat);
  message.position(heartbeat.durable);
  message.time(heartbeat.time);
  message.close();
}
template <class = void>
void put_message(Bytes& out, const RefuseMessage& refuse) {
  detail::MessageWriter message(out, MessageType::refuse);
  message.body().fixed(static_cast<std::uint16_t>(refuse.id));
  message.head(refuse.head);
  message.text(refuse.text);
  message.close();
}
template <class = void>
void put_message(Bytes& out, const ByeMessage&) {
  detail::MessageWriter(out, MessageType::bye).close();
}
template <class = void>
void put_message(Bytes& out, const SchemasMessage& schemas) {
  detail::MessageWriter message(out, MessageType::schemas);
  message.schemas(schemas.schemas);
  message.close();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
