// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>

#include <lifeboat/archive/chain_codec.hpp>
#include <lifeboat/archive/manifest_reader.hpp>
#include <lifeboat/verifier/structural.hpp>

#include <string>

// Readers of bytes that nobody vouches for, as fuzzers and mutation tests use them: they give what was read that breaks
// a promise of the readers, and nothing else.
namespace support {

using namespace lifeboat;

/// Bytes in memory.
struct InMemory final : RandomReader {
  ByteView bytes;
  explicit InMemory(ByteView from) : bytes(from) {}
  Status read(std::uint64_t at, MutableBytes out) const override {
    if (at > bytes.size() || out.size() > bytes.size() - at) return Error{ErrorId::corrupt, "the bytes end before"};
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), out.size(), out.begin());
    return ok();
  }
};

/// Makes the digests of a manifest fit again, as far as its shape lets them be found: so that what is changed reaches
/// what reads it.
inline void mend_manifest(Bytes& m, HashPort& hash) {
  if (m.size() < object_header_size + 4 + manifest_footer_size) return;
  std::byte* const footer = m.data() + m.size() - manifest_footer_size;
  const auto offset = load_le<std::uint64_t>(footer);
  const std::uint64_t body = m.size() - manifest_footer_size;
  const std::uint64_t head =
      object_header_size + 4 + std::uint64_t{load_le<std::uint32_t>(m.data() + object_header_size)};
  if (offset > body || head > offset) return;
  store_le(footer + 8, body - offset);
  const ByteView index = ByteView(m).subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(body - offset));
  Bytes salt(32);
  FieldReader prologue(
      ByteView(m).subspan(object_header_size + 4, static_cast<std::size_t>(head) - object_header_size - 4));
  Field f;
  while (prologue.next(f))
    if (f.tag == 4 && f.value.size() == 32) salt.assign(f.value.begin(), f.value.end());
  FieldReader fields(index);
  std::uint64_t page = 0;
  while (fields.next(f)) {
    if (f.tag != 1 || f.value.size() < 44) continue;
    const auto at = load_le<std::uint64_t>(f.value.data());
    const auto length = load_le<std::uint32_t>(f.value.data() + 8);
    std::byte number[8];
    store_le(number, page++);
    if (at > offset || length > offset - at) continue;
    const auto digest = tagged_digest(hash, digest_tag::page,
                                      {salt, number, ByteView(m).subspan(static_cast<std::size_t>(at), length)});
    if (digest) std::memcpy(m.data() + (f.value.data() - m.data()) + 12, digest->bytes.data(), 32);
  }
  const auto digest =
      tagged_digest(hash, digest_tag::manifest, {ByteView(m).first(static_cast<std::size_t>(head)), index});
  if (digest) std::memcpy(footer + 16, digest->bytes.data(), 32);
}

/// Reads a manifest whole. Empty where every promise held, whether it could be read or not.
inline std::string read_any_manifest(ByteView bytes, HashPort& hash, std::uint64_t* entries = nullptr) {
  if (bytes.size() < manifest_footer_size) return {};
  const Digest stated(bytes.subspan(bytes.size() - manifest_footer_size + 16, 32));
  const InMemory in(bytes);
  constexpr std::uint64_t stream_length = 1ULL << 40U;
  auto manifest = read_manifest(in, bytes.size(), stated, hash, "the manifest");
  if (!manifest) return {};
  ManifestCursor cursor(in, *manifest, hash, stream_length, 32, "the manifest");
  std::string before;
  bool any = false;
  while (true) {
    auto more = cursor.next();
    if (!more || !*more) break;
    const ManifestEntry& m = cursor.current();
    if (entries != nullptr) ++*entries;
    if (!valid_entry_path(m.entry.path)) return "a path that is none: " + m.entry.path;
    if (any && compare_paths(before, m.entry.path) != std::strong_ordering::less)
      return "out of order: " + m.entry.path;
    if (!any && !m.entry.path.empty()) return "no root";
    any = true;
    before = m.entry.path;
    std::uint64_t next = 0;
    for (const Extent& e : m.extents) {
      const std::uint64_t limit = e.archive == 0 ? stream_length : manifest->archives[e.archive - 1].stream_length;
      if (e.first < next || e.leaves == 0 || e.first + e.leaves > leaf_count(m.leaf, m.entry.size))
        return "leaves outside of the file";
      const std::uint64_t length = extent_bytes(e, m.leaf, m.entry.size);
      if (e.data > limit || length > limit - e.data) return "data outside of the stream";
      if (m.leaf != 0 && (e.table > limit || e.leaves * 32 > limit - e.table)) return "digests outside of the stream";
      next = e.first + e.leaves;
    }
  }
  // Any place may be jumped to.
  for (const ManifestPage& page : manifest->pages) (void)cursor.find(page.first_path);
  return {};
}

/// Makes the digest of a small object fit again.
inline void mend_object(Bytes& object, HashPort& hash) {
  if (object.size() < structural_size) return;
  const auto digest =
      tagged_digest(hash, digest_tag::object, {ByteView(object).first(object.size() - structural_size)});
  if (digest) std::memcpy(object.data() + object.size() - structural_size, digest->bytes.data(), structural_size);
}

/// Reads a chain entry. Empty where it can not be read, or where it says after encoding and decoding what it said
/// before.
inline std::string read_any_chain_entry(ByteView bytes, HashPort& hash) {
  auto entry = decode_chain_entry(bytes, hash, "the entry");
  if (!entry) return {};
  if (entry->generation == 0 || entry->epoch == 0) return "a generation or epoch of 0";
  const ChainEntry read = *entry;
  auto again = encode_chain_entry(*entry, hash);
  if (!again) return again.error().id() == ErrorId::format ? std::string() : again.error().sentence();
  auto second = decode_chain_entry(*again, hash, "the entry");
  if (!second) return "it does not decode once it was encoded: " + second.error().sentence();
  const bool same = second->generation == read.generation && second->source == read.source &&
                    second->kind == read.kind && second->previous == read.previous && second->actor == read.actor &&
                    second->backup.archive == read.backup.archive &&
                    second->backup.refers_to == read.backup.refers_to && second->prune.goes == read.prune.goes &&
                    second->verify.complete == read.verify.complete && second->lost.objects == read.lost.objects;
  return same ? std::string() : "it says something else once it was encoded and decoded";
}

/// Bits that are the same in every run, for mutations.
class Mutations {
 public:
  explicit Mutations(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}
  std::uint64_t below(std::uint64_t limit) {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return limit == 0 ? 0 : (state_ >> 11U) % limit;
  }
  /// Changes one to four places: a bit, a byte, a run of bytes out or doubled.
  void change(Bytes& bytes) {
    for (std::uint64_t times = 1 + below(4); times > 0 && !bytes.empty(); --times) {
      const auto at = static_cast<std::ptrdiff_t>(below(bytes.size()));
      const auto length = static_cast<std::ptrdiff_t>(
          std::min<std::uint64_t>(1 + below(16), bytes.size() - static_cast<std::size_t>(at)));
      switch (below(6)) {
        case 0: bytes[static_cast<std::size_t>(at)] ^= static_cast<std::byte>(1U << below(8)); break;
        case 1: bytes[static_cast<std::size_t>(at)] = static_cast<std::byte>(below(256)); break;
        case 2: bytes[static_cast<std::size_t>(at)] = below(2) == 0 ? std::byte{0} : std::byte{0xFF}; break;
        case 3: bytes.erase(bytes.begin() + at, bytes.begin() + at + length); break;
        case 4: {
          const Bytes run(bytes.begin() + at, bytes.begin() + at + length);
          bytes.insert(bytes.begin() + at, run.begin(), run.end());
          break;
        }
        default:
          for (std::ptrdiff_t i = 0; i < length; ++i) bytes[static_cast<std::size_t>(at + i)] = std::byte{0xFF};
          break;
      }
    }
  }

 private:
  std::uint64_t state_;
};

/// A hash for those above.
inline std::unique_ptr<HashPort> structural_hash() {
  auto structural = open_structural(StructuralId::sha256);
  if (!structural) return nullptr;
  auto hash = (*structural)->begin();
  return hash ? std::move(*hash) : nullptr;
}

}  // namespace support
