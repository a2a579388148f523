// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <lifeboat/core/codec.hpp>
#include <lifeboat/core/replace_file.hpp>
#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/journal/key_run_writer.hpp>

// The file `set` of the known keys (docs/keys.md, section 2): which runs there are, and up to where they know.
namespace lifeboat::inline LIFEBOAT_ABI {

struct KeySet {
  std::uint64_t seed = 0;  ///< of the hashes that runs are in the order of
  std::uint64_t next = 1;  ///< number of the next run
  Position covered;
  Position horizon;              ///< keys below it may be gone
  std::vector<KeyRunInfo> runs;  ///< oldest first
};

/// The last bytes of a set: they tell it from another one. Zeros: there is none.
using KeySetCheck = std::array<std::byte, xxh3_size>;

template <class = void>
KeySetCheck key_set_check(ByteView bytes) noexcept {
  KeySetCheck check{};
  if (bytes.size() >= check.size()) std::memcpy(check.data(), bytes.last(check.size()).data(), check.size());
  return check;
}

/// No group above this has a key in the set.
template <class = void>
Position highest_in(const KeySet& set) noexcept {
  Position highest = set.covered;
  for (const KeyRunInfo& run : set.runs) highest = std::max(highest, run.high);
  return highest;
}

inline constexpr std::string_view key_set_magic = "LBKEYSET";
inline constexpr std::uint32_t key_set_version = 1;
inline constexpr std::size_t key_set_bytes_max = 1U << 20U;

template <class = void>
Bytes encode_key_set(const KeySet& set) {
  Bytes out;
  ByteWriter w(out);
  const auto position = [&](Position p) {
    w.fixed(p.epoch);
    w.fixed(p.sequence);
  };
  w.text(key_set_magic);
  w.fixed(key_set_version);
  w.fixed(static_cast<std::uint32_t>(set.runs.size()));
  w.fixed(set.seed);
  w.fixed(set.next);
  position(set.covered);
  position(set.horizon);
  for (const KeyRunInfo& run : set.runs) {
    for (const std::uint64_t field : {run.number, run.keys, run.leaves, run.filters, run.salt}) w.fixed(field);
    position(run.low);
    position(run.high);
  }
  std::byte digest[xxh3_size];
  xxh3_128(out, digest);
  w.bytes(digest);
  return out;
}

/// None where the bytes are no set; `later` is true where a later version wrote them.
template <class = void>
std::optional<KeySet> decode_key_set(ByteView bytes, bool& later) {
  later = false;
  if (bytes.size() < xxh3_size) return std::nullopt;
  std::byte digest[xxh3_size];
  const ByteView covered = bytes.first(bytes.size() - xxh3_size);
  xxh3_128(covered, digest);
  if (std::memcmp(digest, bytes.data() + covered.size(), xxh3_size) != 0) return std::nullopt;
  ByteReader r(covered);
  if (as_text(r.bytes(8)) != key_set_magic) return std::nullopt;
  if (r.fixed<std::uint32_t>() != key_set_version) {
    later = r.good();
    return std::nullopt;
  }
  const auto position = [&] {
    Position p;
    p.epoch = r.fixed<std::uint64_t>();
    p.sequence = r.fixed<std::uint64_t>();
    return p;
  };
  KeySet set;
  const auto runs = r.fixed<std::uint32_t>();
  set.seed = r.fixed<std::uint64_t>();
  set.next = r.fixed<std::uint64_t>();
  set.covered = position();
  set.horizon = position();
  for (std::uint32_t i = 0; i < runs && r.good(); ++i) {
    KeyRunInfo run;
    for (std::uint64_t* field : {&run.number, &run.keys, &run.leaves, &run.filters, &run.salt})
      *field = r.fixed<std::uint64_t>();
    run.low = position();
    run.high = position();
    constexpr std::uint64_t most = std::uint64_t{1} << 40U;  // pages; sums of such counts stay in 64 bits
    if (run.leaves == 0 || run.filters == 0 || run.leaves > most || run.filters > most || run.number >= set.next)
      return std::nullopt;
    set.runs.push_back(run);
  }
  if (!r.good() || !r.at_end()) return std::nullopt;
  return set;
}

/// Puts a set in place of the one before, durably. Errors: medium_full, medium_io.
template <class = void>
Status write_key_set(int folder, const std::string& path, const KeySet& set) {
  const Bytes bytes = encode_key_set(set);
  if (bytes.size() > key_set_bytes_max)
    return Error{ErrorId::limit, "the known keys " + path + " have too many runs: merge them with tidy"};
  const int error = replace_file(folder, "set", bytes);
  return error == 0 ? ok() : Status(keys_not_written(path, "the list of its runs can not be written", error));
}

/// Reads the set; none where there is no such file. Errors: corrupt, format_version, medium_io.
template <class = void>
Result<std::optional<KeySet>> read_key_set(int folder, const std::string& path) {
  auto file = open_at(folder, "set", O_RDONLY | O_NOFOLLOW);
  if (file.error == ENOENT) return std::optional<KeySet>();
  Bytes bytes(key_set_bytes_max + 1);
  const auto got = file ? read_full(file.value.get(), 0, bytes) : SystemResult<std::size_t>{0, file.error};
  if (!got) return Error{ErrorId::medium_io, path + "/set can not be read"}.because(got.error).unchanged();
  bool later = false;
  std::optional<KeySet> set = decode_key_set(ByteView(bytes).first(got.value), later);
  if (later) return Error{ErrorId::format_version, path + "/set was written by a later version"}.unchanged();
  if (!set)
    return Error{ErrorId::corrupt, "the list of known keys " + path + "/set is damaged"}
        .next("rm -r " + shell_quoted(path) + "    # it is made again from the journal")
        .unchanged();
  return set;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
