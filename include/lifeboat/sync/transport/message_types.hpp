// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <variant>
#include <vector>

#include <lifeboat/core/result.hpp>
#include <lifeboat/journal/key_source.hpp>
#include <lifeboat/journal/reservation.hpp>
#include <lifeboat/journal/shipped.hpp>

// What docs/protocol.md, section 2, has in messages.
namespace lifeboat::inline LIFEBOAT_ABI {

enum class MessageType : std::uint8_t {
  hello = 1,
  data = 2,
  ack = 3,
  want = 4,
  heartbeat = 5,
  refuse = 6,
  bye = 7,
  schemas = 8,
  doubt = 9,
  has = 10,
  keys = 11,
  want_run = 12,
  run = 13,
  kept = 14,
  reserve = 15,
  reserved = 16,
  prove = 17,
  proof = 18
};
enum class PeerRole : std::uint16_t { sender = 1, receiver = 2 };

inline constexpr std::uint16_t protocol_version = 1;
inline constexpr std::size_t message_head_bytes = 8;
inline constexpr std::size_t message_bytes_max = batch_bytes_max + 4096;
inline constexpr std::size_t refusal_text_max = 4096;
inline constexpr std::uint32_t prove_batches_max = 4096;
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
  bool beside = false;             ///< doubt and known keys go over this link
  bool kept = false;               ///< a sender whose journal lost its beginning: what it keeps comes next
  bool no_doubt = false;           ///< a sender whose journal has no doubt window
  bool proves = false;             ///< a receiver that reads its replica again when it is asked to
  bool gives = false;              ///< a receiver that gives a sender back what that lost at its end
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
/// The receiver needs what comes behind this; or the sender, which opens its journal and may have lost it.
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
/// A batch of the doubt window's journal; its groups are borrowed.
struct DoubtMessage {
  Id journal;  ///< of the window
  std::vector<Bytes> schemas;
  ShippedBatch batch;
};
/// Where the sender's journal begins by now: right behind its hello.
struct KeptMessage {
  JournalHead head;  ///< what its oldest segment goes on from
};
/// No group above this is handed out for as long as it says.
struct ReserveMessage {
  Reservation what;
};
/// That is durable at the receiver.
struct ReservedMessage {
  Reservation what;
};
/// The sender asks what the receiver reads of its replica, behind this.
struct ProveMessage {
  std::uint64_t number = 0;                   ///< of the question, on this connection
  JournalHead after;                          ///< empty: from the oldest batch that the replica has
  std::uint32_t batches = prove_batches_max;  ///< at most so many
};
/// What the receiver has read, each group by its check and each batch by its chain, computed anew.
struct ProofMessage {
  std::uint64_t number = 0;
  JournalHead begin;
  JournalHead end;
  std::uint32_t batches = 0;  ///< none, and no error: the replica ends here
  std::uint64_t groups = 0;
  std::uint64_t bytes = 0;
  ErrorId id{};      ///< why it read no further; 0: nothing is wrong
  std::string text;  ///< and what is wrong
};
/// What the receiver has beside the journal.
struct HasMessage {
  JournalHead doubt;
  KeySetCheck keys{};  ///< zeros: none
};
/// The set of known keys (docs/keys.md); borrowed.
struct KeysMessage {
  ByteView set;
};
/// The receiver lacks a run of known keys from there on.
struct WantRunMessage {
  std::uint64_t number = 0;
  std::uint64_t offset = 0;
};
/// A part of a run; its pages are borrowed. Without pages: the run is gone.
struct RunMessage {
  KeyRunPart part;
};

using Message = std::variant<HelloMessage, DataMessage, AckMessage, WantMessage, HeartbeatMessage, RefuseMessage,
                             ByeMessage, SchemasMessage, DoubtMessage, HasMessage, KeysMessage, WantRunMessage,
                             KeptMessage, ReserveMessage, ReservedMessage, RunMessage, ProveMessage, ProofMessage>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
