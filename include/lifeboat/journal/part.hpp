// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <span>

#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/journal/reader.hpp>
#include <lifeboat/record/left_out.hpp>

// A part of a journal (docs/journal.md, section 9): a journal of its own, with the origin's positions, in which groups
// that are not meant are left out by name.
namespace lifeboat::inline LIFEBOAT_ABI {

inline constexpr std::size_t left_out_bytes = 56;  ///< of a group that says so: no longer than any group with a record

/// Whether the schemas of a segment are those of a part.
template <class = void>
bool is_part(std::span<const Bytes> schemas) noexcept {
  return std::any_of(schemas.begin(), schemas.end(), [](const Bytes& schema) {
    return schema.size() >= schema_number_bytes && load_le<RecordNumber>(schema.data()) == record_number<LeftOut>();
  });
}

/// That a journal is whole: a part of one never goes live, nor gives a journal anything back. Errors: replica_strange.
template <class = void>
Status refuse_part(const std::string& folder, std::span<const Bytes> schemas) {
  if (!is_part(schemas)) return ok();
  return Error{ErrorId::replica_strange,
               folder + " is a part of a journal: groups are left out of it, and it never goes live"}
      .next("lifeboat records --journal " + shell_quoted(folder) +
            "    # to go on, take a whole copy: the journal, a replica or the medium")
      .unchanged();
}

/// The same of a folder, which may hold no journal yet. Errors: those of JournalReader, too.
template <class = void>
Status refuse_part_in(const std::string& folder) {
  const auto reader = JournalReader::open(folder);
  if (!reader) return reader.error().id() == ErrorId::object_missing ? ok() : Status(reader.error());
  return refuse_part(folder, reader->header().schemas);
}

/// Writes the group that stands for one that is left out; its frame's check is for whoever stores it.
inline void put_left_out(std::span<std::byte, left_out_bytes> out, const GroupHead& group,
                         std::uint16_t records) noexcept {
  std::fill(out.begin(), out.end(), std::byte{0});
  std::byte* const at = out.data();
  store_le(at + 8, static_cast<std::uint32_t>(left_out_bytes));
  at[12] = static_cast<std::byte>(FrameType::group);
  store_le(at + 14, std::uint16_t{1});
  store_le(at + 16, group.sequence);
  store_le(at + 24, group.time.seconds);
  store_le(at + 32, group.time.nanoseconds);
  store_le(at + 40, record_number<LeftOut>());
  store_le(at + 44, record_version<LeftOut>());
  store_le(at + 46, static_cast<std::uint16_t>(encoded_size<LeftOut>()));
  store_le(at + 48, records);
}

/// Whether a group says that it was left out.
inline bool is_left_out(const Frame& group) noexcept {
  if (group.count != 1) return false;
  const auto record = RecordsOfGroup(group).next();
  return record && record->number == record_number<LeftOut>();
}

/// What a part is of: the origin's id is secret to whoever has the part alone, and so is what is made of it.
template <class = void>
class BasicPartOrigin {
 public:
  /// Errors: crypto.
  static Result<BasicPartOrigin> of(Id journal, const std::string& scope, HashPort& sha256) {
    BasicPartOrigin origin;
    origin.journal_ = journal;
    ChainValue digest{};
    LIFEBOAT_CHECK(hash(sha256, "lifeboat part\n", journal, as_bytes(scope), digest));
    std::copy_n(digest.begin(), origin.part_.bytes.size(), origin.part_.bytes.begin());
    return origin;
  }

  [[nodiscard]] Id journal() const noexcept { return journal_; }
  /// The id of the part: another one for another scope, and for another origin.
  [[nodiscard]] Id part() const noexcept { return part_; }

  /// What a part keeps in place of the origin's chain at a group. The chain itself would let whoever has the part try
  /// out what a group holds that is left out. Errors: crypto.
  Result<ChainValue> anchor(const ChainValue& chain, HashPort& sha256) const {
    ChainValue digest{};
    LIFEBOAT_CHECK(hash(sha256, "lifeboat part anchor\n", journal_, chain, digest));
    return digest;
  }

 private:
  static Status hash(HashPort& sha256, std::string_view tag, Id journal, ByteView data, ChainValue& out) {
    LIFEBOAT_CHECK(sha256.update(as_bytes(tag)));
    LIFEBOAT_CHECK(sha256.update(journal.view()));
    return detail::digest_of(sha256, data, out);
  }

  Id journal_;
  Id part_;
};
using PartOrigin = BasicPartOrigin<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
