// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <lifeboat/core/codec.hpp>
#include <lifeboat/core/result.hpp>
#include <lifeboat/journal/shipped.hpp>

// The messages of docs/protocol.md, section 2.
namespace lifeboat::inline LIFEBOAT_ABI {

enum class MessageType : std::uint8_t {
  hello = 1,
  data = 2,
  ack = 3,
  want = 4,
  heartbeat = 5,
  refuse = 6,
  bye = 7,
  schemas = 8
};
enum class PeerRole : std::uint16_t { sender = 1, receiver = 2 };

inline constexpr std::uint16_t protocol_version = 1;
inline constexpr std::size_t message_head_bytes = 8;
inline constexpr std::size_t message_bytes_max = batch_bytes_max + 4096;
inline constexpr std::size_t refusal_text_max = 4096;
inline constexpr std::string_view protocol_magic = "LBSHIP";

/// The first message of each side.
struct HelloMessage {
  std::uint16_t lowest = protocol_version;  ///< versions that this side speaks
  std::uint16_t highest = protocol_version;
  PeerRole role{};
  Id journal;        ///< zeros: a receiver that holds nothing yet
  JournalHead head;  ///< the epoch is the one that this side is in
  Timestamp time;
  std::uint32_t heartbeat_ms = 0;  ///< silence of three times this is a lost peer
  bool any_schema = false;         ///< a receiver that keeps records of types it does not know
  std::vector<Bytes> schemas;
};
/// A batch; its groups are borrowed from what was decoded.
struct DataMessage {
  ShippedBatch batch;
};
/// Everything up to here is durable at the receiver.
struct AckMessage {
  JournalHead head;
};
/// The receiver needs what comes behind this.
struct WantMessage {
  JournalHead head;
};
/// What is durable at the sender, whether it was sent yet or not.
struct HeartbeatMessage {
  Position durable;
  Timestamp time;
};
/// Why a side ends the connection.
struct RefuseMessage {
  ErrorId id{};
  JournalHead head;  ///< of the side that refuses
  std::string text;
};
struct ByeMessage {};
/// Record types that data behind it may hold.
struct SchemasMessage {
  std::vector<Bytes> schemas;
};

using Message = std::variant<HelloMessage, DataMessage, AckMessage, WantMessage, HeartbeatMessage, RefuseMessage,
                             ByeMessage, SchemasMessage>;

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
  body.fixed(static_cast<std::uint32_t>(hello.any_schema ? 1 : 0));
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
  ByteWriter& body = message.body();
  for (const std::uint64_t number : {batch.epoch, batch.after, batch.first, batch.last}) body.fixed(number);
  body.bytes(batch.before);
  body.bytes(batch.chain);
  body.bytes(batch.frames);
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
  const std::string_view text = std::string_view(refuse.text).substr(0, refusal_text_max);
  message.body().fixed(static_cast<std::uint16_t>(refuse.id));
  message.head(refuse.head);
  message.body().fixed(static_cast<std::uint16_t>(text.size()));
  message.body().text(text);
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

/// The length of the message that begins `bytes`; none while its head is not there. Errors: format where no message can
/// begin so, as what another program sends.
template <class = void>
Result<std::optional<std::size_t>> message_length(ByteView bytes) {
  if (bytes.size() < message_head_bytes) return std::optional<std::size_t>();
  const std::size_t length = load_le<std::uint32_t>(bytes.data());
  const std::uint32_t type = load_le<std::uint32_t>(bytes.data() + 4);
  if (length < message_head_bytes || length > message_bytes_max || type < 1 || type > 8)
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
    hello.journal = in_.id();
    hello.head = head();
    hello.time = time();
    hello.heartbeat_ms = in_.fixed<std::uint32_t>();
    hello.schemas = schemas();
    // Versions to come may say more: what stands behind is theirs.
    if (in_.good() && hello.highest > protocol_version) in_.bytes(in_.left());
    return hello;
  }
  DataMessage data() {
    DataMessage data;
    ShippedBatch& batch = data.batch;
    for (std::uint64_t* number : {&batch.epoch, &batch.after, &batch.first, &batch.last})
      *number = in_.fixed<std::uint64_t>();
    batch.before = chain();
    batch.chain = chain();
    batch.frames = in_.bytes(in_.left());
    return data;
  }
  RefuseMessage refuse() {
    RefuseMessage refuse;
    refuse.id = static_cast<ErrorId>(in_.fixed<std::uint16_t>());
    refuse.head = head();
    refuse.text = std::string(as_text(in_.bytes(in_.fixed<std::uint16_t>())));
    // It goes into logs: nothing but plain text.
    for (char& c : refuse.text)
      if (c < ' ' || c > '~') c = '?';
    return refuse;
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
