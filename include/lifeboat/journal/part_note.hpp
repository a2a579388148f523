// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>

#include <lifeboat/core/codec.hpp>
#include <lifeboat/core/replace_file.hpp>
#include <lifeboat/journal/head.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a part keeps beside its groups: where it goes on in its origin, whose chain is not in it.
struct PartNote {
  Id part;
  Position position;    ///< of a group of the part, durable
  ChainValue anchor{};  ///< made of the origin's chain there (PartOrigin)
  ChainValue chain{};   ///< the part's own there
  std::string scope;    ///< as RecordScope has its text
};

inline constexpr const char* part_note_name = "scope";

namespace detail {

inline constexpr std::string_view part_note_magic = "LBSCOPE1";
inline constexpr std::size_t part_note_max = 128U << 10U;

}  // namespace detail

/// Puts the note into a part's folder: the one before it stays, whole, where this does not come to its end.
/// Errors: medium_full, medium_io.
template <class = void>
Status write_part_note(const std::string& folder, const PartNote& note) {
  Bytes bytes;
  ByteWriter w(bytes);
  w.text(detail::part_note_magic);
  w.bytes(note.part.view());
  w.fixed(note.position.epoch);
  w.fixed(note.position.sequence);
  w.bytes(note.anchor);
  w.bytes(note.chain);
  w.fixed(static_cast<std::uint32_t>(note.scope.size()));
  w.text(note.scope);
  std::byte check[xxh3_size];
  xxh3_128(bytes, check);
  w.bytes(check);
  const int error = replace_file(folder, part_note_name, bytes);
  if (error == 0) return ok();
  const bool full = error == ENOSPC || error == EDQUOT;
  return Error{full ? ErrorId::medium_full : ErrorId::medium_io,
               folder + "/" + part_note_name + " can not be written: the next pass compares the whole part"}
      .because(error);
}

/// The note of a part; none where there is none, or it is not whole: the part itself says what it has.
/// Errors: medium_io.
template <class = void>
Result<std::optional<PartNote>> read_part_note(const std::string& folder) {
  const std::string path = folder + "/" + part_note_name;
  const auto file = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_NOFOLLOW);
  if (file.error == ENOENT || file.error == ENOTDIR) return std::optional<PartNote>();
  Bytes bytes(detail::part_note_max);
  const auto got = file ? read_full(file.value.get(), bytes) : SystemResult<std::size_t>{0, file.error};
  if (!got) return Error{ErrorId::medium_io, path + " can not be read"}.because(got.error);
  bytes.resize(got.value);
  if (bytes.size() < xxh3_size) return std::optional<PartNote>();
  const ByteView body = ByteView(bytes).first(bytes.size() - xxh3_size);
  std::byte check[xxh3_size];
  xxh3_128(body, check);
  if (std::memcmp(check, body.data() + body.size(), xxh3_size) != 0) return std::optional<PartNote>();
  PartNote note;
  ByteReader r(body);
  const bool known = as_text(r.bytes(detail::part_note_magic.size())) == detail::part_note_magic;
  const auto take = [&](auto& into) {
    const ByteView raw = r.bytes(into.size());
    if (r.good()) std::copy(raw.begin(), raw.end(), into.begin());
  };
  take(note.part.bytes);
  note.position.epoch = r.fixed<std::uint64_t>();
  note.position.sequence = r.fixed<std::uint64_t>();
  take(note.anchor);
  take(note.chain);
  note.scope = std::string(as_text(r.bytes(r.fixed<std::uint32_t>())));
  if (!known || !r.good() || !r.at_end()) return std::optional<PartNote>();
  return std::optional(std::move(note));
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
