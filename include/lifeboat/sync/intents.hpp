// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <utility>

#include <lifeboat/core/spool.hpp>
#include <lifeboat/sync/sealed_file.hpp>
#include <lifeboat/sync/sync_record.hpp>

// What a pass is going to do, as it is made durable before anything is done (docs/sync.md, "The list of intents").
namespace lifeboat::inline LIFEBOAT_ABI {

enum class IntentKind : std::uint8_t {
  aside = 1,     ///< moves what no pass put there into aside/
  remove = 2,    ///< removes what a pass put there
  place = 3,     ///< puts an entry at its path, in place of what is there
  metadata = 4,  ///< sets owner, attributes, mode and times
};

struct Intent {
  IntentKind kind = IntentKind::place;
  std::uint64_t number = 0;  ///< place: the content's name in stage/, or 0
  std::string aside_name;    ///< aside: its name in aside/
  std::uint64_t inode = 0;   ///< aside, remove: of what was seen there; another one is left alone
  bool folder = false;       ///< remove
  std::string path;          ///< aside, remove
  SyncRecord record;         ///< place, metadata

  [[nodiscard]] const std::string& where() const noexcept {
    return kind == IntentKind::aside || kind == IntentKind::remove ? path : record.path();
  }
};

template <class = void>
void put_intent(Bytes& out, const Intent& intent) {
  put_framed(out, [&](Bytes& body) {
    ByteWriter w(body);
    w.fixed(static_cast<std::uint8_t>(intent.kind));
    switch (intent.kind) {
      case IntentKind::aside:
        w.counted(intent.aside_name);
        w.varint(intent.inode);
        w.counted(intent.path);
        break;
      case IntentKind::remove:
        w.fixed(static_cast<std::uint8_t>(intent.folder ? 1 : 0));
        w.varint(intent.inode);
        w.counted(intent.path);
        break;
      case IntentKind::place: w.varint(intent.number); [[fallthrough]];
      case IntentKind::metadata: put_sync_record(body, intent.record); break;
    }
  });
}

/// Errors: corrupt.
template <class = void>
Result<Intent> get_intent(ByteView body) {
  ByteReader r(body);
  Intent intent;
  intent.kind = static_cast<IntentKind>(r.fixed<std::uint8_t>());
  switch (intent.kind) {
    case IntentKind::aside:
      intent.aside_name = r.counted_text();
      intent.inode = r.varint();
      intent.path = r.counted_text();
      break;
    case IntentKind::remove:
      intent.folder = r.fixed<std::uint8_t>() != 0;
      intent.inode = r.varint();
      intent.path = r.counted_text();
      break;
    case IntentKind::place: intent.number = r.varint(); [[fallthrough]];
    case IntentKind::metadata: get_sync_record(r, intent.record); break;
    default: r.fail();
  }
  const bool needs_path = intent.kind == IntentKind::aside || intent.kind == IntentKind::remove;
  const bool bad_name = intent.kind == IntentKind::aside &&
                        (intent.aside_name.empty() || intent.aside_name.find('/') != std::string::npos);
  if (!r.good() || !r.at_end() || bad_name || (needs_path && (intent.path.empty() || !valid_entry_path(intent.path))))
    return Error{ErrorId::corrupt, "an intent of the replica's list is broken"};
  return intent;
}

/// The intents of a pass while it plans: four lists, which are applied one after the other, each in its own order.
template <class = void>
class BasicIntentLists {
 public:
  explicit BasicIntentLists(const std::string& folder)
      : lists_{Spool(folder), Spool(folder), Spool(folder), Spool(folder)} {}

  Status aside(std::string path, std::uint64_t inode, std::string name) {
    Intent intent;
    intent.kind = IntentKind::aside;
    intent.path = std::move(path);
    intent.inode = inode;
    intent.aside_name = std::move(name);
    return add(0, intent);
  }
  /// Folders come after what they held.
  Status remove(std::string path, std::uint64_t inode, bool folder) {
    Intent intent;
    intent.kind = IntentKind::remove;
    intent.path = std::move(path);
    intent.inode = inode;
    intent.folder = folder;
    return add(1, intent);
  }
  /// Folders come before what they hold.
  Status place(const SyncRecord& record, std::uint64_t stage_name) {
    Intent intent;
    intent.kind = IntentKind::place;
    intent.number = stage_name;
    intent.record = record;
    return add(2, intent);
  }
  Status metadata(const SyncRecord& record) {
    Intent intent;
    intent.kind = IntentKind::metadata;
    intent.record = record;
    return add(record.entry().type == EntryType::directory ? 3 : 2, intent);
  }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

  /// Appends all to a file being written.
  Status write(SealedWriter& out) const {
    Bytes piece(std::size_t{1} << 18U);
    for (const Spool& list : lists_) {
      for (std::uint64_t at = 0; at < list.size();) {
        LIFEBOAT_TRY(const std::size_t got, list.read(at, piece));
        LIFEBOAT_CHECK(out.put(ByteView(piece).first(got)));
        at += got;
      }
    }
    return ok();
  }

 private:
  Status add(std::size_t list, const Intent& intent) {
    ++count_;
    body_.clear();
    put_intent(body_, intent);
    return lists_[list].append(body_);
  }

  Spool lists_[4];
  Bytes body_;
  std::uint64_t count_ = 0;
};
using IntentLists = BasicIntentLists<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
