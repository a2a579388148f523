// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include <boost/hana/adapt_struct.hpp>

#include <lifeboat/core/time.hpp>
#include <lifeboat/record/describe.hpp>

// What is journaled of doubt (docs/doubt.md, section 4): records like an engine's own, in a journal of the window's or
// in the engine's.
namespace lifeboat::inline LIFEBOAT_ABI {

/// What a loss rests on.
enum class LossBasis : std::uint8_t {
  zero = 0,     ///< stated by name: nothing was lost, and nothing is in doubt by it
  listed = 1,   ///< exactly what is listed was lost
  undone = 2,   ///< exactly what is listed was undone by a restore
  bounded = 3,  ///< anything up to a reserved ceiling may be lost, and what is listed is
  unknown = 4,  ///< anything may be lost
};

enum class KeyVerdict : std::uint8_t {
  paid = 1,      ///< it was paid: never again
  not_paid = 2,  ///< it was not: it may be
  claimed = 3,   ///< its client sent it; whether it was paid is not known
  pending = 4,   ///< it reached its rail, which has not decided
};

enum class ClosingKind : std::uint8_t { key = 1, client = 2, rail = 3, counter = 4 };

using DoubtName = FixedString<62>;

/// Who says so, and what by.
struct DoubtEvidence {
  DoubtName by;
  DoubtName second;
  FixedString<128> note;
  std::array<std::uint8_t, 32> digest{};  ///< SHA-256 of the file; zeros where there is none
};

/// A window opens: positions above `after`, up to the ceiling where it is bounded. Of basis zero: none opens.
struct DoubtOpened {
  std::uint32_t window = 0;  ///< 0 where none opens
  LossBasis basis = LossBasis::unknown;
  std::uint64_t after_epoch = 0;
  std::uint64_t after_sequence = 0;
  std::uint64_t ceiling_epoch = 0;
  std::uint64_t ceiling_sequence = 0;
  std::uint64_t fresh_epoch = 0;  ///< the first epoch behind the loss
  Timestamp since{};              ///< of the last group that is surely there
  Timestamp opened{};
  DoubtName by;
  FixedString<128> why;
};

/// One payment that is known to be lost or undone.
struct DoubtListed {
  std::uint32_t window = 0;
  Key key;
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;
  Timestamp time{};
  Money amount;
  DoubtName client;
};

/// The list of a window is whole: so many keys.
struct DoubtListEnd {
  std::uint32_t window = 0;
  std::uint64_t keys = 0;
};

/// What a closing says of one key; counts once its DoubtClosed is there.
struct DoubtVerdict {
  std::uint32_t closing = 0;
  KeyVerdict verdict = KeyVerdict::claimed;
  Key key;
};

/// A reconciliation: closes a key, a client's keys, those of a rail, or those above a client's counter, for the windows
/// `first` to `last`.
struct DoubtClosed {
  std::uint32_t closing = 0;
  ClosingKind kind = ClosingKind::key;
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  DoubtName name;              ///< the key, client or rail
  std::uint64_t counter = 0;   ///< of kind counter: the highest one that was used before the loss
  std::uint64_t verdicts = 0;  ///< so many came before
  Timestamp from{};            ///< what the evidence covers
  Timestamp until{};
  Timestamp at{};
  DoubtEvidence evidence;
};

// Lifeboat's own numbers: 2^31 - 256 and above, those of doubt up to this one.
inline constexpr RecordNumber doubt_record_last = 0x7fff'ff0fU;
template <>
struct RecordTraits<DoubtOpened> {
  static constexpr RecordNumber number = 0x7fff'ff01U;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "doubt opened";
};
template <>
struct RecordTraits<DoubtListed> {
  static constexpr RecordNumber number = 0x7fff'ff02U;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "doubt listed";
};
template <>
struct RecordTraits<DoubtListEnd> {
  static constexpr RecordNumber number = 0x7fff'ff03U;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "doubt list end";
};
template <>
struct RecordTraits<DoubtVerdict> {
  static constexpr RecordNumber number = 0x7fff'ff04U;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "doubt verdict";
};
template <>
struct RecordTraits<DoubtClosed> {
  static constexpr RecordNumber number = 0x7fff'ff05U;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "doubt closed";
};

}  // namespace lifeboat::inline LIFEBOAT_ABI

BOOST_HANA_ADAPT_STRUCT(lifeboat::DoubtEvidence, by, second, note, digest);
BOOST_HANA_ADAPT_STRUCT(lifeboat::DoubtOpened, window, basis, after_epoch, after_sequence, ceiling_epoch,
                        ceiling_sequence, fresh_epoch, since, opened, by, why);
BOOST_HANA_ADAPT_STRUCT(lifeboat::DoubtListed, window, key, epoch, sequence, time, amount, client);
BOOST_HANA_ADAPT_STRUCT(lifeboat::DoubtListEnd, window, keys);
BOOST_HANA_ADAPT_STRUCT(lifeboat::DoubtVerdict, closing, verdict, key);
BOOST_HANA_ADAPT_STRUCT(lifeboat::DoubtClosed, closing, kind, first, last, name, counter, verdicts, from, until, at,
                        evidence);
