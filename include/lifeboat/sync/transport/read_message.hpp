// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>

#include <lifeboat/core/codec.hpp>
#include <lifeboat/sync/transport/message_types.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The length of the message that begins `bytes`; none while its head is not there. Errors: format where no message can
/// begin so, as what another program sends.
template <class = void>
Result<std::optional<std::size_t>> message_length(ByteView bytes) {
  if (bytes.size() < message_head_bytes) return std::optional<std::size_t>();
  const std::size_t length = load_le<std::uint32_t>(bytes.data());
  const std::uint32_t type = load_le<std::uint32_t>(bytes.data() + 4);
  if (length < message_head_bytes || length > message_bytes_max || type < 1 || type > 18)
    return Error{ErrorId::format, "the peer sent what is no message of this protocol"};
  return std::optional<std::size_t>(length);
}

namespace detail {

template <class = void>
class BasicMessageReader {
 public:
  explicit BasicMessageReader(ByteView message) : in_(message.subspan(message_head_bytes)) {}

  Result<Message> read(MessageType type) {
    Message message;
    switch (type) {
      case MessageType::hello: message = hello(); break;
      case MessageType::data: message = data(); break;
      case MessageType::ack: message = AckMessage{head()}; break;
      case MessageType::want: message = WantMessage{head()}; break;
      case MessageType::heartbeat: message = HeartbeatMessage{position(), time()}; break;
      case MessageType::refuse: message = refuse(); break;
      case MessageType::bye: message = ByeMessage{}; break;
      case MessageType::schemas: message = SchemasMessage{schemas()}; break;
      case MessageType::doubt: message = doubt(); break;
      case MessageType::has: message = has(); break;
      case MessageType::keys: message = KeysMessage{in_.bytes(in_.left())}; break;
      case MessageType::want_run: message = want_run(); break;
      case MessageType::run: message = run(); break;
      case MessageType::kept: message = KeptMessage{head()}; break;
      case MessageType::reserve: message = ReserveMessage{reservation()}; break;
      case MessageType::reserved: message = ReservedMessage{reservation()}; break;
      case MessageType::prove: message = prove(); break;
      case MessageType::proof: message = proof(); break;
    }
    if (!in_.good() || !in_.at_end())
      return Error{ErrorId::format,
                   "the peer sent a message of type " + std::to_string(static_cast<int>(type)) + " that is none"};
    return message;
  }

 private:
  HelloMessage hello() {
    HelloMessage hello;
    if (as_text(in_.bytes(protocol_magic.size())) != protocol_magic) in_.fail();
    hello.lowest = in_.fixed<std::uint16_t>();
    hello.highest = in_.fixed<std::uint16_t>();
    hello.role = static_cast<PeerRole>(in_.fixed<std::uint16_t>());
    const auto flags = in_.fixed<std::uint32_t>();
    hello.any_schema = (flags & 1U) != 0;
    hello.beside = (flags & 2U) != 0;
    hello.no_doubt = (flags & 4U) != 0;
    hello.kept = (flags & 8U) != 0;
    hello.proves = (flags & 16U) != 0;
    hello.gives = (flags & 32U) != 0;
    hello.journal = in_.id();
    hello.head = head();
    hello.time = time();
    hello.heartbeat_ms = in_.fixed<std::uint32_t>();
    hello.schemas = schemas();
    // Versions to come may say more: what stands behind is theirs.
    if (in_.good() && hello.highest > protocol_version) in_.bytes(in_.left());
    return hello;
  }
  DataMessage data() { return DataMessage{batch()}; }
  DoubtMessage doubt() {
    DoubtMessage doubt;
    doubt.journal = in_.id();
    doubt.schemas = schemas();
    doubt.batch = batch();
    return doubt;
  }
  HasMessage has() {
    HasMessage has;
    has.doubt = head();
    const ByteView check = in_.bytes(has.keys.size());
    if (in_.good()) std::copy(check.begin(), check.end(), has.keys.begin());
    return has;
  }
  Reservation reservation() {
    Reservation what;
    what.upto = position();
    what.until = time();
    return what;
  }
  WantRunMessage want_run() {
    WantRunMessage want;
    want.number = in_.fixed<std::uint64_t>();
    want.offset = in_.fixed<std::uint64_t>();
    return want;
  }
  RunMessage run() {
    RunMessage run;
    run.part.number = in_.fixed<std::uint64_t>();
    run.part.offset = in_.fixed<std::uint64_t>();
    run.part.bytes = in_.bytes(in_.left());
    return run;
  }
  ShippedBatch batch() {
    ShippedBatch batch;
    for (std::uint64_t* number : {&batch.epoch, &batch.after, &batch.first, &batch.last})
      *number = in_.fixed<std::uint64_t>();
    batch.before = chain();
    batch.chain = chain();
    batch.frames = in_.bytes(in_.left());
    return batch;
  }
  RefuseMessage refuse() {
    RefuseMessage refuse;
    refuse.id = static_cast<ErrorId>(in_.fixed<std::uint16_t>());
    refuse.head = head();
    refuse.text = text();
    return refuse;
  }
  ProveMessage prove() {
    ProveMessage prove;
    prove.number = in_.fixed<std::uint64_t>();
    prove.after = head();
    prove.batches = in_.fixed<std::uint32_t>();
    if (prove.batches == 0 || prove.batches > prove_batches_max) in_.fail();
    return prove;
  }
  ProofMessage proof() {
    ProofMessage proof;
    proof.number = in_.fixed<std::uint64_t>();
    proof.begin = head();
    proof.end = head();
    proof.batches = in_.fixed<std::uint32_t>();
    proof.groups = in_.fixed<std::uint64_t>();
    proof.bytes = in_.fixed<std::uint64_t>();
    proof.id = static_cast<ErrorId>(in_.fixed<std::uint16_t>());
    proof.text = text();
    return proof;
  }
  std::string text() {
    std::string text(as_text(in_.bytes(in_.fixed<std::uint16_t>())));
    // It goes into logs: nothing but plain text.
    for (char& c : text)
      if (c < ' ' || c > '~') c = '?';
    return text;
  }
  std::vector<Bytes> schemas() {
    std::vector<Bytes> all;
    for (auto left = in_.fixed<std::uint32_t>(); in_.good() && left != 0; --left) {
      const ByteView schema = in_.bytes(in_.fixed<std::uint32_t>());
      if (in_.good()) all.emplace_back(schema.begin(), schema.end());
    }
    return all;
  }
  JournalHead head() {
    JournalHead head;
    head.last = position();
    head.chain = chain();
    return head;
  }
  Position position() {
    Position at;
    at.epoch = in_.fixed<std::uint64_t>();
    at.sequence = in_.fixed<std::uint64_t>();
    return at;
  }
  ChainValue chain() {
    ChainValue value{};
    const ByteView raw = in_.bytes(value.size());
    if (in_.good()) std::copy(raw.begin(), raw.end(), value.begin());
    return value;
  }
  Timestamp time() {
    Timestamp time;
    time.seconds = in_.fixed<std::int64_t>();
    time.nanoseconds = in_.fixed<std::uint32_t>();
    if (time.nanoseconds >= 1'000'000'000) in_.fail();
    return time;
  }

  ByteReader in_;
};

}  // namespace detail

/// Takes a whole message apart; data borrows from it. Nobody vouches for it. Errors: format.
template <class = void>
Result<Message> read_message(ByteView message) {
  return detail::BasicMessageReader<>(message).read(
      static_cast<MessageType>(load_le<std::uint32_t>(message.data() + 4)));
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
