// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/journal/journal.hpp>
#include <lifeboat/record/record_scope.hpp>
#include <lifeboat/record/schemas_of.hpp>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"

// Journals of several record types, as the tests of a part need them: what each group holds is known here.

struct Booking {
  lifeboat::Key key;
  lifeboat::DebitAccount from;
  lifeboat::CreditAccount to;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Booking, key, from, to, amount);
template <>
struct lifeboat::RecordTraits<Booking> {
  static constexpr RecordNumber number = 1;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "booking";
};

struct Remark {
  std::uint32_t about = 0;
  lifeboat::FixedString<24> text;
};
BOOST_HANA_ADAPT_STRUCT(Remark, about, text);
template <>
struct lifeboat::RecordTraits<Remark> {
  static constexpr RecordNumber number = 2;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "remark";
};

/// A type that an engine begins to append later.
struct PaidBack {
  lifeboat::CreditAccount account;
  lifeboat::Timestamp at{};
};
BOOST_HANA_ADAPT_STRUCT(PaidBack, account, at);
template <>
struct lifeboat::RecordTraits<PaidBack> {
  static constexpr RecordNumber number = 3;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "paid back";
};

namespace support {

/// What a group holds, as whoever appended it knows.
struct BookedGroup {
  lifeboat::Position position;
  std::set<std::uint64_t> accounts;
  std::uint64_t highest = 0;  ///< of its amounts, in cents
  bool remarked = false;
  bool paid_back = false;
  std::size_t records = 0;
};

/// A journal that is appended to by chance.
class BookedJournal {
 public:
  BookedJournal(std::string folder, std::uint64_t seed) : folder_(std::move(folder)), random_(seed) { open(); }

  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
  [[nodiscard]] const std::vector<BookedGroup>& groups() const noexcept { return groups_; }
  [[nodiscard]] lifeboat::Journal& journal() noexcept { return *journal_; }

  void append(std::size_t count) {
    while (count != 0) {
      const std::size_t together = std::min<std::size_t>(count, 1 + below(6));
      lifeboat::Position last{};
      for (std::size_t i = 0; i != together; ++i) last = append_one();
      bool acked = false;
      journal_->wait(last).match([&](lifeboat::Acked<lifeboat::LocalDurable>) { acked = true; },
                                 [](lifeboat::NotWritten) {}, [](lifeboat::Unknown) {});
      REQUIRE(acked);
      count -= together;
    }
  }

  /// A new epoch, whose groups are numbered from further on.
  void next_epoch(std::uint64_t left_out = 0) {
    const std::uint64_t after = journal_->durable().sequence;
    close();
    ++epoch_;
    open(after + 1 + left_out);
  }
  void close() { journal_.reset(); }
  void open(std::uint64_t first = 0) {
    auto journal = lifeboat::Journal::open({.folder = folder_,
                                            .segment_length = 256U << 10U,
                                            .queue_bytes = 32U << 10U,
                                            .schemas = lifeboat::schemas_of<Booking, Remark>(),
                                            .epoch = epoch_,
                                            .first_sequence = first});
    INFO((journal ? std::string() : journal.error().sentence()));
    REQUIRE(journal);
    journal_ = std::move(*journal);
  }
  void begin_paying_back() noexcept { pays_back_ = true; }
  std::uint64_t below(std::uint64_t n) { return random_() % n; }

 private:
  Booking booking(BookedGroup& group) {
    const std::uint64_t from = 40 + below(5);
    const std::uint64_t to = 50 + below(5);
    const std::uint64_t amount = 1 + below(20'000);
    group.accounts.insert({from, to});
    group.highest = std::max(group.highest, amount);
    ++group.records;
    return {*lifeboat::Key::of("B-" + std::to_string(groups_.size())),
            {from},
            {to},
            {static_cast<std::int64_t>(amount), lifeboat::EUR}};
  }

  lifeboat::Position append_one() {
    BookedGroup group;
    lifeboat::RecordGroup records;
    for (std::uint64_t left = 1 + below(3); left != 0; --left) {
      const std::uint64_t kind = below(4);
      if (kind == 0) {
        Remark remark;
        remark.about = static_cast<std::uint32_t>(groups_.size());
        REQUIRE(records.add(remark));
        group.remarked = true;
        ++group.records;
      } else if (kind == 1 && pays_back_) {
        const std::uint64_t account = 40 + below(5);
        REQUIRE(records.add(PaidBack{{account}, {1'700'000'000, 0}}));
        group.accounts.insert(account);
        group.paid_back = true;
        ++group.records;
      } else {
        REQUIRE(records.add(booking(group)));
      }
    }
    journal_->submit(records).match([&](lifeboat::Position p) { group.position = p; }, [](lifeboat::NotWritten) {});
    REQUIRE(group.position != lifeboat::Position{});
    groups_.push_back(group);
    return group.position;
  }

  std::string folder_;
  std::mt19937_64 random_;
  std::uint64_t epoch_ = 1;
  std::unique_ptr<lifeboat::Journal> journal_;
  std::vector<BookedGroup> groups_;
  bool pays_back_ = false;
};

}  // namespace support
