// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/chain_entry.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

inline Bytes join_ids(const std::vector<ArchiveId>& ids) {
  Bytes joined;
  for (const ArchiveId& id : ids) joined.insert(joined.end(), id.bytes.begin(), id.bytes.end());
  return joined;
}

template <class = void>
void put_position(FieldWriter& f, std::uint64_t tag, const Position& position) {
  Bytes bytes;
  ByteWriter w(bytes);
  w.fixed(position.epoch);
  w.fixed(position.sequence);
  f.bytes(tag, bytes);
}
template <class = void>
bool get_position(const Field& f, Position& position) {
  if (f.value.size() != 16) return false;
  position = {load_le<std::uint64_t>(f.value.data()), load_le<std::uint64_t>(f.value.data() + 8)};
  return true;
}

template <class = void>
void put_backup(FieldWriter& f, const BackupFacts& b) {
  f.bytes(32, b.archive.view());
  f.fixed(33, static_cast<std::uint8_t>(b.strategy));
  if (b.has_base) f.bytes(34, b.base.view());
  f.bytes(35, b.window.view());
  f.fixed(36, b.verifier);
  f.fixed(37, b.manifest_length);
  f.bytes(38, b.manifest_digest.view());
  f.fixed(39, b.stream_length);
  f.fixed(40, b.volume_length);
  f.fixed(41, static_cast<std::uint8_t>(b.cut));
  if (b.has_position) put_position(f, 42, b.position);
  f.fixed(43, b.entries);
  f.fixed(44, b.content_bytes);
  f.fixed(45, b.stored_bytes);
  f.fixed(46, b.torn);
  f.fixed(47, b.unreadable);
  f.fixed(48, b.flags);
  f.fixed(49, b.duration_ns);
  f.time(50, b.cut_began);
  f.time(51, b.cut_ended);
  f.bytes(52, join_ids(b.refers_to));
  f.bytes(53, b.seal_digest.view());
  f.fixed(54, b.read_bytes);
}

template <class = void>
void put_verify(FieldWriter& f, const VerifyFacts& v) {
  f.fixed(96, static_cast<std::uint8_t>(v.depth));
  f.bytes(97, join_ids(v.complete));
  if (v.has_cursor) {
    Bytes cursor(v.cursor_archive.bytes.begin(), v.cursor_archive.bytes.end());
    ByteWriter(cursor).fixed(v.cursor_offset);
    f.bytes(98, cursor);
  }
  f.fixed(99, v.objects);
  f.fixed(100, v.bytes);
  f.fixed(101, v.unread);
  f.fixed(102, v.findings);
  for (const std::string& text : v.finding_texts) f.text(103, text);
  if (v.journal_cursor != Position{}) put_position(f, 104, v.journal_cursor);
}

template <class = void>
void put_prune(FieldWriter& f, const PruneFacts& p) {
  f.bytes(64, p.plan.view());
  f.bytes(65, join_ids(p.goes));
  f.bytes(66, join_ids(p.stays));
  f.fixed(67, p.grace_seconds);
  Bytes generations;
  for (const std::uint64_t generation : p.clocks_accepted) ByteWriter(generations).fixed(generation);
  f.bytes(68, generations);
}

template <class = void>
bool get_backup(const Field& f, BackupFacts& b) {
  std::uint8_t small = 0;
  switch (f.tag) {
    case 32: return f.get(b.archive);
    case 33: {
      const bool good = f.get(small) && small >= 1 && small <= 3;
      b.strategy = static_cast<StrategyId>(small);
      return good;
    }
    case 34: b.has_base = true; return f.get(b.base);
    case 35: return f.get(b.window);
    case 36: return f.get(b.verifier);
    case 37: return f.get(b.manifest_length);
    case 38: return f.get(b.manifest_digest);
    case 39: return f.get(b.stream_length);
    case 40: return f.get(b.volume_length) && b.volume_length != 0;
    case 41: {
      const bool good = f.get(small) && small >= 1 && small <= 4;
      b.cut = static_cast<CutKind>(small);
      return good;
    }
    case 42: b.has_position = true; return get_position(f, b.position);
    case 43: return f.get(b.entries);
    case 44: return f.get(b.content_bytes);
    case 45: return f.get(b.stored_bytes);
    case 46: return f.get(b.torn);
    case 47: return f.get(b.unreadable);
    case 48: return f.get(b.flags);
    case 49: return f.get(b.duration_ns);
    case 50: return f.get(b.cut_began);
    case 51: return f.get(b.cut_ended);
    case 52: return f.get(b.refers_to);
    case 53: return f.get(b.seal_digest);
    case 54: return f.get(b.read_bytes);
    default: return true;
  }
}

template <class = void>
bool get_prune(const Field& f, PruneFacts& p) {
  switch (f.tag) {
    case 64: return f.get(p.plan);
    case 65: return f.get(p.goes);
    case 66: return f.get(p.stays);
    case 67: return f.get(p.grace_seconds);
    case 68: {
      if (f.value.size() % 8 != 0) return false;
      for (std::size_t i = 0; i < f.value.size(); i += 8)
        p.clocks_accepted.push_back(load_le<std::uint64_t>(f.value.data() + i));
      return true;
    }
    default: return true;
  }
}

template <class = void>
bool get_verify(const Field& f, VerifyFacts& v) {
  std::uint8_t small = 0;
  switch (f.tag) {
    case 96: {
      const bool good = f.get(small) && small >= 1 && small <= 4;
      v.depth = static_cast<Depth>(small);
      return good;
    }
    case 97: return f.get(v.complete);
    case 98: {
      if (f.value.size() != 24) return false;
      v.has_cursor = true;
      std::memcpy(v.cursor_archive.bytes.data(), f.value.data(), 16);
      v.cursor_offset = load_le<std::uint64_t>(f.value.data() + 16);
      return true;
    }
    case 99: return f.get(v.objects);
    case 100: return f.get(v.bytes);
    case 101: return f.get(v.unread);
    case 102: return f.get(v.findings);
    case 103: v.finding_texts.emplace_back(as_text(f.value)); return true;
    case 104: return get_position(f, v.journal_cursor);
    default: return true;
  }
}

template <class = void>
bool get_common(const Field& f, ChainEntry& e) {
  std::uint8_t small = 0;
  std::uint16_t kind = 0;
  switch (f.tag) {
    case 1: return f.get(e.repository);
    case 2: return f.get(e.source);
    case 3: return f.get(e.epoch);
    case 4: return f.get(e.generation);
    case 5: return f.get(e.previous);
    case 6: {
      const bool good = f.get(kind);
      e.kind = static_cast<EntryKind>(kind);
      return good;
    }
    case 7: return f.get(e.clock.wall);
    case 8: return f.get(e.clock.boot_id);
    case 9: return f.get(e.clock.boot_nanoseconds);
    case 10: {
      const bool good = f.get(small) && small <= 2;
      e.clock.synchronised = static_cast<ClockSync>(small);
      return good;
    }
    case 11: return f.get(e.actor);
    case 12: return f.get(e.host);
    case 13: return f.get(e.program);
    case 14: return f.get(e.configuration);
    case 15: return f.get(e.reason);
    case 16: return f.get(e.ticket);
    case 17: return f.get(e.second);
    default: return true;
  }
}

template <class = void>
bool get_kind_specific(const Field& f, ChainEntry& e) {
  switch (e.kind) {
    case EntryKind::backup: return get_backup(f, e.backup);
    case EntryKind::prune: return get_prune(f, e.prune);
    case EntryKind::verify: return get_verify(f, e.verify);
    case EntryKind::lost:
      if (f.tag == 112) return f.get(e.lost.archive);
      if (f.tag == 113) e.lost.objects.emplace_back(as_text(f.value));
      return true;
    case EntryKind::epoch:
      if (f.tag == 80) return get_position(f, e.begins.after);
      if (f.tag == 81) return f.get(e.begins.first);
      return true;
    case EntryKind::extract:
      if (f.tag == 88) return f.get(e.extract.scope);
      if (f.tag == 89) return f.get(e.extract.archive);
      if (f.tag == 90) return get_position(f, e.extract.upto);
      if (f.tag == 91) return f.get(e.extract.items);
      return true;
    case EntryKind::accept: {
      if (f.tag == 120) return f.get(e.accept.archives);
      std::uint8_t what = 0;
      if (f.tag == 121) {
        if (!f.get(what) || what < 1 || what > 2) return false;
        e.accept.what = static_cast<Accepted>(what);
      }
      return true;
    }
    default: return true;
  }
}

/// A set of tags below 128.
struct TagSet {
  std::uint64_t words[2] = {0, 0};

  constexpr void add(std::uint64_t tag) noexcept {
    if (tag < 128) words[tag / 64] |= std::uint64_t{1} << (tag % 64);
  }
  constexpr void add(std::uint64_t first, std::uint64_t last, std::uint64_t without = 0) noexcept {
    for (std::uint64_t tag = first; tag <= last; ++tag)
      if (tag != without) add(tag);
  }
  [[nodiscard]] constexpr bool holds(const TagSet& other) const noexcept {
    return (other.words[0] & ~words[0]) == 0 && (other.words[1] & ~words[1]) == 0;
  }
};

/// The tags without which an entry of a kind says nothing.
constexpr TagSet required_tags(EntryKind kind) noexcept {
  TagSet tags;
  tags.add(1, 14);
  switch (kind) {
    case EntryKind::backup:
      tags.add(32, 41, 34);
      tags.add(43, 54);
      break;
    case EntryKind::prune: tags.add(64, 68); break;
    case EntryKind::verify: tags.add(96, 102, 98); break;
    case EntryKind::epoch: tags.add(80, 81); break;
    case EntryKind::extract: tags.add(88, 91); break;
    case EntryKind::lost: tags.add(112); break;
    case EntryKind::accept: tags.add(120, 121); break;
    default: break;
  }
  return tags;
}

}  // namespace detail

/// Encodes an entry; fills in its digest.
template <class = void>
Result<Bytes> encode_chain_entry(ChainEntry& e, HashPort& hash) {
  Bytes object;
  put_object_header(object, ObjectKind::chain_entry);
  FieldWriter f(object);
  f.bytes(1, e.repository.view());
  f.text(2, e.source);
  f.fixed(3, e.epoch);
  f.fixed(4, e.generation);
  f.bytes(5, e.previous.view());
  f.fixed(6, static_cast<std::uint16_t>(e.kind));
  f.time(7, e.clock.wall);
  f.bytes(8, e.clock.boot_id.view());
  f.fixed(9, e.clock.boot_nanoseconds);
  f.fixed(10, static_cast<std::uint8_t>(e.clock.synchronised));
  f.text(11, e.actor);
  f.text(12, e.host);
  f.text(13, e.program);
  f.bytes(14, e.configuration.view());
  f.optional_text(15, e.reason);
  f.optional_text(16, e.ticket);
  f.optional_text(17, e.second);
  switch (e.kind) {
    case EntryKind::backup: detail::put_backup(f, e.backup); break;
    case EntryKind::prune: detail::put_prune(f, e.prune); break;
    case EntryKind::verify: detail::put_verify(f, e.verify); break;
    case EntryKind::lost:
      f.bytes(112, e.lost.archive.view());
      for (const std::string& name : e.lost.objects) f.text(113, name);
      break;
    case EntryKind::epoch:
      detail::put_position(f, 80, e.begins.after);
      f.fixed(81, e.begins.first);
      break;
    case EntryKind::extract:
      f.text(88, e.extract.scope);
      f.bytes(89, e.extract.archive.view());
      detail::put_position(f, 90, e.extract.upto);
      f.fixed(91, e.extract.items);
      break;
    case EntryKind::accept:
      f.bytes(120, detail::join_ids(e.accept.archives));
      f.fixed(121, static_cast<std::uint8_t>(e.accept.what));
      break;
    default: return Error{ErrorId::format, "this version writes no chain entry of that kind"};
  }
  LIFEBOAT_TRY(e.digest, seal_object(object, hash));
  return object;
}

/// Reads an entry and checks it against its digest; `name` is for messages.
template <class = void>
Result<ChainEntry> decode_chain_entry(ByteView object, HashPort& hash, std::string_view name) {
  LIFEBOAT_TRY(const OpenedObject opened, open_object(object, ObjectKind::chain_entry, hash, name));
  ChainEntry e;
  e.digest = opened.digest;
  FieldReader fields(opened.fields);
  Field field;
  detail::TagSet seen;
  while (fields.next(field)) {
    seen.add(field.tag);
    if (!(field.tag < 32 ? detail::get_common(field, e) : detail::get_kind_specific(field, e)))
      return Error{ErrorId::corrupt,
                   std::string(name) + " has a field " + std::to_string(field.tag) + " that can not be"};
  }
  if (e.backup.volumes() > volumes_max)
    return Error{ErrorId::corrupt, std::string(name) + " claims more volumes than there are names for"};
  if (!fields.good() || !seen.holds(detail::required_tags(e.kind)) || e.epoch == 0 || e.generation == 0)
    return Error{ErrorId::corrupt, std::string(name) + " lacks fields that its kind needs"};
  return e;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
