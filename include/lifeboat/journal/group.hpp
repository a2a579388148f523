// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include <lifeboat/core/result.hpp>
#include <lifeboat/journal/frame.hpp>
#include <lifeboat/record/left_out.hpp>
#include <lifeboat/record/roles.hpp>
#include <lifeboat/record/schema_bytes.hpp>
#include <lifeboat/record/sensitive.hpp>

// How records become a group's frame: records and spans of them, or a group that was built step by step.
namespace lifeboat::inline LIFEBOAT_ABI {

/// What a frame may hold at most, its head included.
inline constexpr std::size_t group_records_max = 65'535;

/// A record type as a journal knows it: two numbers, what tells its schema from others, and where that comes from.
struct AppendedType {
  RecordNumber number = 0;
  std::uint16_t version = 0;
  std::uint64_t digest = 0;
  Bytes (*schema)() = nullptr;

  template <class R>
  static constexpr AppendedType of() noexcept {
    return {record_number<R>(), record_version<R>(), schema_digest<R>(), &schema_bytes<R>};
  }
};

namespace detail {

/// The first Key among a record's own fields; none where it has none.
template <class R>
std::optional<std::string_view> key_in(const R& record) noexcept {
  std::optional<std::string_view> key;
  each_member<R>([&](auto, auto get) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(get(record))>, Key>)
      if (!key) key = get(record).view();
  });
  return key;
}
template <class R, std::size_t N>
std::optional<std::string_view> key_in(std::span<R, N> records) noexcept {
  return records.empty() ? std::nullopt : key_in(records.front());
}

}  // namespace detail

/// A group whose size is known at run time: `add` one record after the other, append it, `clear` it and use it again.
/// Its room is made once, by the constructor; `add` allocates nothing.
class RecordGroup {
 public:
  explicit RecordGroup(std::size_t bytes_max = 64U << 10U)
      : bytes_(std::min(bytes_max, group_bytes_max - frame_head_bytes - group_head_bytes)) {}

  /// Errors: limit, where it does not fit, and record_value, where it is not `encodable`; the group is as it was. Only
  /// the words of that error are allocated.
  template <class R>
  Status add(const R& record) {
    constexpr std::size_t length = record_head_bytes + encoded_size<R>();
    if (try_add(record)) return ok();
    if (!encodable(record))
      return Error{ErrorId::record_value,
                   "a record of type " + std::to_string(record_number<R>()) + " holds a value that has no encoding"}
          .unchanged();
    if (!has_room(length))
      return Error{ErrorId::limit, "a group of " + std::to_string(count_) + " records and " + std::to_string(used_) +
                                       " bytes has no room for another of " + std::to_string(length) + ", of " +
                                       std::to_string(bytes_.size())}
          .unchanged();
    return Error{ErrorId::limit, "a group has records of more than " + std::to_string(kinds_.size()) + " types"}
        .unchanged();
  }
  /// The same, where nothing may be allocated to say why: false, where it does not fit or is not `encodable`.
  template <class R>
  [[nodiscard]] bool try_add(const R& record) noexcept {
    constexpr std::size_t length = record_head_bytes + encoded_size<R>();
    if (!encodable(record) || !has_room(length) || !note(AppendedType::of<R>())) return false;
    if (count_ == 0)
      if (const auto key = detail::key_in(record)) key_ = Key::of(*key);
    put(record, bytes_.data() + used_);
    used_ += length;
    ++count_;
    return true;
  }
  /// The records of another group, in their order.
  [[nodiscard]] bool try_add(const RecordGroup& other) noexcept {
    if (used_ + other.used_ > bytes_.size() || count_ + other.count_ > group_records_max) return false;
    const std::size_t kinds_before = kinds_used_;
    for (const AppendedType& kind : other.kinds())
      if (!note(kind)) {
        kinds_used_ = kinds_before;
        return false;
      }
    if (count_ == 0) key_ = other.key_;
    if (other.used_ != 0) std::memcpy(bytes_.data() + used_, other.bytes_.data(), other.used_);
    used_ += other.used_;
    count_ += other.count_;
    return true;
  }
  void clear() noexcept {
    used_ = count_ = kinds_used_ = 0;
    key_.reset();
  }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  /// The first Key among the fields of its first record: append_once decides on it. None where that has none.
  [[nodiscard]] std::optional<std::string_view> key() const noexcept {
    return key_ ? std::optional(key_->view()) : std::nullopt;
  }
  /// The schemas of the types in it.
  [[nodiscard]] std::span<const AppendedType> kinds() const noexcept { return {kinds_.data(), kinds_used_}; }
  [[nodiscard]] ByteView bytes() const noexcept { return ByteView(bytes_).first(used_); }

  /// A record as it stands in a frame: number, version, length, encoding.
  template <class R>
  static std::byte* put(const R& record, std::byte* at) noexcept {
    static_assert(!std::is_same_v<R, LeftOut>,
                  "lifeboat: a LeftOut stands in a part of a journal, which a ScopedCopy makes: no engine appends one");
    static_assert(
        !holds_sensitive<R>(),
        "lifeboat: a record with Sensitive fields is not appended to a journal in the clear, and this version "
        "has no encrypted one: keep what is sensitive out of the record, or a token for it in");
    store_le(at, record_number<R>());
    store_le(at + 4, record_version<R>());
    store_le(at + 6, static_cast<std::uint16_t>(encoded_size<R>()));
    encode_record(record, at + record_head_bytes);
    return at + record_head_bytes + encoded_size<R>();
  }

 private:
  [[nodiscard]] bool has_room(std::size_t length) const noexcept {
    return used_ + length <= bytes_.size() && count_ != group_records_max;
  }
  bool note(const AppendedType& kind) noexcept {
    for (const AppendedType& known : kinds())
      if (known.number == kind.number && known.version == kind.version) return true;
    if (kinds_used_ == kinds_.size()) return false;
    kinds_[kinds_used_++] = kind;
    return true;
  }

  Bytes bytes_;
  std::size_t used_ = 0;
  std::size_t count_ = 0;
  std::array<AppendedType, 32> kinds_{};
  std::size_t kinds_used_ = 0;
  std::optional<Key> key_;
};

namespace detail {

inline std::optional<std::string_view> key_in(const RecordGroup& group) noexcept { return group.key(); }

/// What `append` takes: a record, a span of records, or a RecordGroup.
template <class T>
struct GroupPart {
  static std::size_t count(const T&) noexcept { return 1; }
  template <class Each>
  static void each_type(const T&, Each&& each) {
    each(AppendedType::of<T>());
  }
  static std::size_t length(const T&) noexcept { return record_head_bytes + encoded_size<T>(); }
  static bool sound(const T& record) noexcept { return encodable(record); }
  static std::byte* put(const T& record, std::byte* at) noexcept { return RecordGroup::put(record, at); }
};
template <class R, std::size_t N>
struct GroupPart<std::span<R, N>> {
  using Record = std::remove_const_t<R>;
  static std::size_t count(std::span<R, N> records) noexcept { return records.size(); }
  template <class Each>
  static void each_type(std::span<R, N>, Each&& each) {
    each(AppendedType::of<Record>());
  }
  static std::size_t length(std::span<R, N> records) noexcept {
    return records.size() * (record_head_bytes + encoded_size<Record>());
  }
  static bool sound(std::span<R, N> records) noexcept {
    for (const Record& record : records)
      if (!encodable(record)) return false;
    return true;
  }
  static std::byte* put(std::span<R, N> records, std::byte* at) noexcept {
    for (const Record& record : records) at = RecordGroup::put(record, at);
    return at;
  }
};
template <>
struct GroupPart<RecordGroup> {
  static std::size_t count(const RecordGroup& group) noexcept { return group.size(); }
  template <class Each>
  static void each_type(const RecordGroup& group, Each&& each) {
    for (const AppendedType& kind : group.kinds()) each(kind);
  }
  static std::size_t length(const RecordGroup& group) noexcept { return group.bytes().size(); }
  static bool sound(const RecordGroup&) noexcept { return true; }  // `add` refused what is not
  static std::byte* put(const RecordGroup& group, std::byte* at) noexcept {
    std::memcpy(at, group.bytes().data(), group.bytes().size());
    return at + group.bytes().size();
  }
};

}  // namespace detail

/// The length of the frame that these make.
template <class... Parts>
std::size_t frame_length(const Parts&... parts) noexcept {
  return padded_frame(frame_head_bytes + group_head_bytes + (detail::GroupPart<Parts>::length(parts) + ...));
}
/// Whether every record of these is `encodable`.
template <class... Parts>
[[nodiscard]] bool all_encodable(const Parts&... parts) noexcept {
  return (detail::GroupPart<Parts>::sound(parts) && ...);
}
template <class... Parts>
std::size_t records_in(const Parts&... parts) noexcept {
  return (detail::GroupPart<Parts>::count(parts) + ...);
}

/// Hands every record type of these out, some more than once.
template <class Each, class... Parts>
void each_appended_type(Each&& each, const Parts&... parts) {
  (detail::GroupPart<Parts>::each_type(parts, each), ...);
}

/// Writes the frame of a group, all but its check, to `out`, which has `frame_length(parts...)` bytes.
template <class... Parts>
void put_group(MutableBytes out, std::uint64_t sequence, const Timestamp& time, GroupFlag flag,
               const Parts&... parts) noexcept {
  std::byte* const at = out.data();
  std::memset(at, 0, frame_head_bytes + group_head_bytes);
  store_le(at + 8, static_cast<std::uint32_t>(out.size()));
  at[12] = static_cast<std::byte>(FrameType::group);
  at[13] = static_cast<std::byte>(flag);
  store_le(at + 14, static_cast<std::uint16_t>(records_in(parts...)));
  store_le(at + 16, sequence);
  store_le(at + 24, time.seconds);
  store_le(at + 32, time.nanoseconds);
  std::byte* record = at + frame_head_bytes + group_head_bytes;
  ((record = detail::GroupPart<Parts>::put(parts, record)), ...);
  std::memset(record, 0, static_cast<std::size_t>(at + out.size() - record));
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
