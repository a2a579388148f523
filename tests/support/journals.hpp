// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/ship.hpp>

#include <memory>
#include <string>
#include <vector>

#include "catch.hpp"
#include "record/records.hpp"

// Journals of payments, as the tests of shipping need them.
namespace support {

inline Payment payment_of(std::uint64_t n) {
  return {*lifeboat::Key::of("K-" + std::to_string(n)), {n}, {n + 1}, {100, lifeboat::EUR}};
}

inline lifeboat::JournalConfig journal_of(const std::string& folder, std::uint64_t epoch = 0) {
  return {.folder = folder,
          .segment_length = 256U << 10U,
          .queue_bytes = 32U << 10U,
          .schemas = {lifeboat::schema_bytes<Payment>()},
          .epoch = epoch};
}

inline std::unique_ptr<lifeboat::Journal> open_journal(const std::string& folder, std::uint64_t epoch = 0) {
  auto journal = lifeboat::Journal::open(journal_of(folder, epoch));
  INFO((journal ? std::string() : journal.error().sentence()));
  REQUIRE(journal);
  return std::move(*journal);
}

inline lifeboat::ReplicaConfig replica_of(const std::string& folder) {
  return {.folder = folder, .segment_length = 256U << 10U};
}

inline std::unique_ptr<lifeboat::JournalReplica> open_replica(const std::string& folder) {
  auto replica = lifeboat::JournalReplica::open(replica_of(folder));
  INFO((replica ? std::string() : replica.error().sentence()));
  REQUIRE(replica);
  return std::move(*replica);
}

/// Appends payments `from` to `to`, `together` of them with each flush; whether all became durable. Any thread.
inline bool appended(lifeboat::Journal& journal, std::uint64_t from, std::uint64_t to, std::uint64_t together = 1) {
  bool good = true;
  for (std::uint64_t n = from; n <= to; ++n) {
    lifeboat::Position last{};
    journal.submit(payment_of(n))
        .match([&](lifeboat::Position p) { last = p; }, [&](lifeboat::NotWritten) { good = false; });
    if ((n - from + 1) % together == 0 || n == to)
      journal.wait(last).match([](lifeboat::Acked<lifeboat::LocalDurable>) {},
                               [&](lifeboat::NotWritten) { good = false; }, [&](lifeboat::Unknown) { good = false; });
  }
  return good;
}
inline void append_payments(lifeboat::Journal& journal, std::uint64_t from, std::uint64_t to,
                            std::uint64_t together = 1) {
  REQUIRE(appended(journal, from, to, together));
}

/// All batches of a journal that are durable.
inline std::vector<lifeboat::JournalBatch> batches_of(const std::string& folder, lifeboat::Position from = {}) {
  auto reader = lifeboat::JournalReader::open(folder, from);
  REQUIRE(reader);
  std::vector<lifeboat::JournalBatch> all;
  while (true) {
    const auto batch = reader->next_batch();
    REQUIRE(batch);
    if (*batch == nullptr) return all;
    all.push_back(**batch);
  }
}

/// So many of them from `from` on, borrowed.
inline std::vector<lifeboat::ShippedBatch> shipped(const std::vector<lifeboat::JournalBatch>& batches,
                                                   std::size_t from = 0, std::size_t count = ~std::size_t{0}) {
  const std::size_t end = from + std::min(count, batches.size() - from);
  return {batches.begin() + static_cast<std::ptrdiff_t>(from), batches.begin() + static_cast<std::ptrdiff_t>(end)};
}

inline lifeboat::SegmentHeader header_of(const std::string& folder) {
  auto reader = lifeboat::JournalReader::open(folder, {~std::uint64_t{0}, 0});
  REQUIRE(reader);
  return reader->header();
}

/// The payments that a reader finds, in order; each group must be whole.
inline std::vector<std::uint64_t> payments_in(const std::string& folder) {
  auto reader = lifeboat::JournalReader::open(folder);
  REQUIRE(reader);
  std::vector<std::uint64_t> all;
  while (true) {
    const auto group = reader->next();
    INFO((group ? std::string() : group.error().sentence()));
    REQUIRE(group);
    if (!*group) return all;
    lifeboat::RecordsOfGroup records = (*group)->records();
    const auto record = records.next();
    REQUIRE(record);
    const auto payment = lifeboat::decode_record<Payment>(record->bytes);
    REQUIRE(payment);
    all.push_back(payment->from.number);
  }
}

}  // namespace support
