// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <map>
#include <mutex>

#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/replay.hpp>
#include <lifeboat/record/saved_state.hpp>

#include "catch.hpp"

// A small payment engine: its records, its state, its journal.

struct Paid {
  lifeboat::Key key;
  lifeboat::DebitAccount from;
  lifeboat::CreditAccount to;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Paid, key, from, to, amount);

struct Opened {
  std::uint64_t account;
  lifeboat::FixedString<20> owner;
};
BOOST_HANA_ADAPT_STRUCT(Opened, account, owner);

template <>
struct lifeboat::RecordTraits<Paid> {
  static constexpr RecordNumber number = 1;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "paid";
};
template <>
struct lifeboat::RecordTraits<Opened> {
  static constexpr RecordNumber number = 2;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "opened";
};

namespace support {

using namespace lifeboat;

using LedgerRecords = Records<Paid, Opened>;

/// Balances by account, in euros.
class Ledger {
 public:
  Result<Position> save(StateWriter& writer) {
    const std::scoped_lock guard(mutex_);
    if (!refuse_.empty()) return Error{ErrorId::freeze_failed, refuse_};
    LIFEBOAT_CHECK(writer.fixed(position_.epoch));
    LIFEBOAT_CHECK(writer.fixed(position_.sequence));
    LIFEBOAT_CHECK(writer.fixed(static_cast<std::uint64_t>(accounts_.size())));
    for (const auto& [account, one] : accounts_) {
      LIFEBOAT_CHECK(writer.fixed(account));
      LIFEBOAT_CHECK(writer.fixed(one.balance));
      LIFEBOAT_CHECK(writer.counted(as_bytes(one.owner)));
    }
    return position_;
  }
  Status load(StateReader& reader) {
    const std::scoped_lock guard(mutex_);
    LIFEBOAT_TRY(position_.epoch, reader.fixed<std::uint64_t>());
    LIFEBOAT_TRY(position_.sequence, reader.fixed<std::uint64_t>());
    LIFEBOAT_TRY(const std::uint64_t count, reader.fixed<std::uint64_t>());
    for (std::uint64_t i = 0; i < count; ++i) {
      LIFEBOAT_TRY(const std::uint64_t account, reader.fixed<std::uint64_t>());
      LIFEBOAT_TRY(accounts_[account].balance, reader.fixed<std::int64_t>());
      LIFEBOAT_TRY(const Bytes owner, reader.counted(20));
      accounts_[account].owner = std::string(as_text(owner));
    }
    return ok();
  }
  Status apply(const LedgerRecords::Group& group, Position position, Applying how) {
    const std::scoped_lock guard(mutex_);
    group.each(
        [&](const Paid& paid) {
          accounts_[paid.from.number].balance -= paid.amount.minor;
          accounts_[paid.to.number].balance += paid.amount.minor;
        },
        [&](const Opened& opened) { accounts_[opened.account].owner = std::string(opened.owner.view()); });
    position_ = position;
    if (how.live()) ++told_;
    return ok();
  }

  [[nodiscard]] std::int64_t balance(std::uint64_t account) const {
    const auto found = accounts_.find(account);
    return found == accounts_.end() ? 0 : found->second.balance;
  }
  [[nodiscard]] std::string owner(std::uint64_t account) const { return accounts_.at(account).owner; }
  [[nodiscard]] Position position() const { return position_; }
  [[nodiscard]] int told() const { return told_; }  ///< calls to the outside
  void refuse_to_save(std::string why) { refuse_ = std::move(why); }

 private:
  struct Account {
    std::int64_t balance = 0;
    std::string owner;
  };
  std::mutex mutex_;
  std::map<std::uint64_t, Account> accounts_;
  Position position_{};
  int told_ = 0;
  std::string refuse_;
};

inline std::unique_ptr<Journal> open_ledger_journal(const std::string& folder, JournalConfig config = {}) {
  config.folder = folder;
  config.segment_length = 256U << 10U;
  config.queue_bytes = 64U << 10U;
  config.schemas = {schema_bytes<Paid>(), schema_bytes<Opened>()};
  auto journal = Journal::open(std::move(config));
  INFO((journal ? std::string() : journal.error().sentence()));
  REQUIRE(journal);
  return std::move(*journal);
}

template <class... R>
Position appended(Journal& journal, const R&... records) {
  Position at{};
  journal.append(records...)
      .match([&](Acked<LocalDurable> acked) { at = acked.position; }, [](NotWritten) {}, [](Unknown) {});
  REQUIRE(at.sequence != 0);
  return at;
}

inline Paid paid(std::uint64_t n) {
  return {*Key::of("K-" + std::to_string(n)), {n % 7}, {n % 5 + 10}, {static_cast<std::int64_t>(n), EUR}};
}

/// Appends so many groups of one to three records.
inline void fill(Journal& journal, std::uint64_t count) {
  for (std::uint64_t n = 1; n <= count; ++n) {
    if (n % 3 == 0)
      appended(journal, paid(n), paid(n + 1), Opened{n % 7, FixedString<20>("somebody")});
    else
      appended(journal, paid(n));
  }
}

/// The digest of all that a state saves.
inline std::string digest(Ledger& ledger) {
  const auto saved = SavedState::of(ledger, {});
  REQUIRE(saved);
  return to_hex((*saved)->digest());
}

}  // namespace support
