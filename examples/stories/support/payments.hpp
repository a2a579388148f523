// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

// The ledger of the stories: a file of payments of 128 bytes, each with its number and its own checksum.
namespace story {

struct Payment {
  std::uint64_t number = 0;
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::int64_t cents = 0;
  char reference[96] = {};
  std::uint64_t sum = 0;  ///< FNV-1a of all that stands before it
};
static_assert(sizeof(Payment) == 128);

inline std::uint64_t sum_of(const Payment& payment) {
  std::uint64_t sum = 14695981039346656037ULL;
  unsigned char bytes[offsetof(Payment, sum)];
  std::memcpy(bytes, &payment, sizeof bytes);
  for (const unsigned char b : bytes) sum = (sum ^ b) * 1099511628211ULL;
  return sum;
}

/// The payment of a number is the same in every run.
inline Payment payment(std::uint64_t number) {
  Payment made;
  const std::uint64_t mixed = (number + 1) * 0x9E3779B97F4A7C15ULL;
  made.number = number;
  made.from = static_cast<std::uint32_t>(mixed >> 48U);
  made.to = static_cast<std::uint32_t>(mixed >> 32U) & 0xFFFFU;
  made.cents = static_cast<std::int64_t>(mixed % 100'000) + 1;
  std::snprintf(made.reference, sizeof made.reference, "invoice %llu",
                static_cast<unsigned long long>(mixed % 10'000'000));
  made.sum = sum_of(made);
  return made;
}

/// Payments `first` up to, not including, `last`, as the ledger stores them.
inline std::string payments(std::uint64_t first, std::uint64_t last) {
  std::string bytes;
  for (std::uint64_t n = first; n < last; ++n) {
    const Payment made = payment(n);
    bytes.append(reinterpret_cast<const char*>(&made), sizeof made);
  }
  return bytes;
}

/// What a ledger adds up to.
struct Books {
  std::uint64_t payments = 0;  ///< whole ones, counting on from 0 without a gap
  std::int64_t cents = 0;
  std::size_t tail = 0;  ///< bytes after the last whole one
};

/// Reads a ledger as its engine would after a power cut: up to the last whole payment.
inline Books add_up(std::string_view ledger) {
  Books books;
  while (ledger.size() >= sizeof(Payment)) {
    Payment next;
    std::memcpy(&next, ledger.data(), sizeof next);
    if (next.number != books.payments || next.sum != sum_of(next)) break;
    ++books.payments;
    books.cents += next.cents;
    ledger.remove_prefix(sizeof next);
  }
  books.tail = ledger.size();
  return books;
}

inline std::string money(std::int64_t cents) {
  const std::string fraction = std::to_string(cents % 100);
  return std::to_string(cents / 100) + (fraction.size() == 1 ? ".0" : ".") + fraction + " EUR";
}

}  // namespace story
