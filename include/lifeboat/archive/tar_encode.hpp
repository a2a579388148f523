// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <charconv>
#include <string>

#include <lifeboat/archive/tar_layout.hpp>
#include <lifeboat/source/acl_text.hpp>
#include <lifeboat/source/tree.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// What a member's headers say beside the names: numbers as they stand in the stream.
struct TarNumbers {
  std::uint64_t mode = 0;
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;
  std::uint64_t stored = 0;  ///< data, and the map of a sparse file
  Timestamp mtime;
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
};

/// Builds the blocks before one member's data at the end of a byte vector.
template <class = void>
class BasicTarEncoder {
 public:
  explicit BasicTarEncoder(Bytes& out) noexcept : out_(out), begin_(out.size()) {
    out_.resize(begin_ + tar_block);  // an extended header, if there will be one
    records_ = out_.size();
  }

  /// `keyword=value` with its own length before it.
  void record(std::string_view keyword, std::string_view value) {
    const std::size_t rest = keyword.size() + value.size() + 3;
    std::size_t length = rest + 1;
    while (length != rest + digits(length)) length = rest + digits(length);
    number(length);
    text(" ");
    text(keyword);
    text("=");
    text(value);
    text("\n");
  }
  void record(std::string_view keyword, std::uint64_t value) {
    char raw[20];
    record(keyword, {raw, static_cast<std::size_t>(std::to_chars(raw, raw + sizeof raw, value).ptr - raw)});
  }

  void name(std::string_view name) {
    if (name.size() <= sizeof header_.name) return put(header_.name, name);
    // As POSIX says: at a slash, with something behind it.
    for (std::size_t at = name.size() - 2; at > 0; --at) {
      if (name.size() - at - 1 > sizeof header_.name) break;
      if (name[at] != '/' || at > sizeof header_.prefix) continue;
      put(header_.prefix, name.substr(0, at));
      return put(header_.name, name.substr(at + 1));
    }
    record(tar_key::path, name);
    put(header_.name, name.substr(0, sizeof header_.name));
  }
  void link(std::string_view target) {
    if (target.size() > sizeof header_.linkname) record(tar_key::linkpath, target);
    put(header_.linkname, target.substr(0, sizeof header_.linkname));
  }
  void owners(std::string_view owner, std::string_view group) {
    owner_name(header_.uname, tar_key::uname, owner);
    owner_name(header_.gname, tar_key::gname, group);
  }

  void numbers(const TarNumbers& n) {
    octal(header_.mode, n.mode & 07777U);
    octal_or_record(header_.uid, tar_key::uid, n.uid);
    octal_or_record(header_.gid, tar_key::gid, n.gid);
    octal_or_record(header_.size, tar_key::size, n.stored);
    time(n.mtime);
    device(header_.devmajor, n.major);
    device(header_.devminor, n.minor);
  }

  /// `=` would end the keyword: it and the sign that escapes it are escaped.
  void attribute(std::string_view name, ByteView value) {
    if (name == attribute_acl_access || name == attribute_acl_default) {
      std::string acl;
      // What no kernel of today gives stays as it is.
      if (acl_to_text(value, acl))
        return record(name == attribute_acl_access ? tar_key::acl_access : tar_key::acl_default, acl);
    }
    if (name == attribute_selinux) {
      std::string_view label = as_text(value);  // the kernel's has a zero at its end
      if (label.ends_with('\0')) label.remove_suffix(1);
      return record(tar_key::selinux, label);
    }
    std::string keyword(tar_key::attribute);
    for (const char c : name) {
      if (c == '=')
        keyword += "%3D";
      else if (c == '%')
        keyword += "%25";
      else
        keyword += c;
    }
    record(keyword, as_text(value));
  }

  /// Ends the extended header, so that the data, behind what stands between, are aligned where they must be; then the
  /// header itself. `offset` is where the member begins in the stream.
  void finish(char type, std::uint64_t offset, std::uint64_t map, std::uint64_t data) {
    const std::size_t payload = out_.size() - records_;
    std::uint64_t blocks = whole_blocks(payload) / tar_block;
    const std::uint64_t bare = (offset + tar_block + map) % tar_alignment;
    if (data >= tar_aligned_min && (payload != 0 || bare != 0)) {
      const std::uint64_t over = (bare + tar_block * (blocks + 1)) % tar_alignment;
      std::uint64_t more = (tar_alignment - over) % tar_alignment / tar_block;
      if (payload == 0 && more == 0) more = tar_alignment / tar_block;  // an empty extended header is none
      blocks += more;
      if (more != 0) fill(blocks * tar_block - payload);
    }
    if (out_.size() == records_) {
      out_.resize(begin_);
    } else {
      const std::size_t length = out_.size() - records_;
      out_.resize(records_ + static_cast<std::size_t>(blocks) * tar_block);
      UstarBlock extended{};
      put(extended.name, "./PaxHeaders/0");
      octal(extended.mode, 0644);
      octal(extended.uid, 0);
      octal(extended.gid, 0);
      octal(extended.size, length);
      octal(extended.mtime, 0);
      octal(extended.devmajor, 0);
      octal(extended.devminor, 0);
      seal(extended, 'x');
      std::memcpy(out_.data() + begin_, &extended, sizeof extended);
    }
    seal(header_, type);
    const auto* raw = reinterpret_cast<const std::byte*>(&header_);
    out_.insert(out_.end(), raw, raw + sizeof header_);
  }

  void text(std::string_view text) { out_.insert(out_.end(), as_bytes(text).begin(), as_bytes(text).end()); }
  void number(std::uint64_t value) {
    char raw[20];
    text({raw, static_cast<std::size_t>(std::to_chars(raw, raw + sizeof raw, value).ptr - raw)});
  }
  static constexpr std::size_t digits(std::uint64_t value) noexcept {
    std::size_t n = 1;
    for (; value >= 10; value /= 10) ++n;
    return n;
  }

 private:
  template <std::size_t N>
  static void put(char (&field)[N], std::string_view text) noexcept {
    std::memcpy(field, text.data(), text.size());
  }
  template <std::size_t N>
  static void octal(char (&field)[N], std::uint64_t value) noexcept {
    for (std::size_t i = N - 1; i-- > 0; value >>= 3U) field[i] = static_cast<char>('0' + (value & 7U));
  }
  template <std::size_t N>
  static constexpr std::uint64_t octal_max(const char (&)[N]) noexcept {
    return (std::uint64_t{1} << (3 * (N - 1))) - 1;
  }
  template <std::size_t N>
  void octal_or_record(char (&field)[N], std::string_view keyword, std::uint64_t value) {
    const bool fits = value <= octal_max(field);
    if (!fits) record(keyword, value);
    octal(field, fits ? value : 0);
  }
  /// No keyword of ours has device numbers: what is beyond octal digits is binary, as GNU tar reads it.
  template <std::size_t N>
  static void device(char (&field)[N], std::uint64_t value) noexcept {
    if (value <= octal_max(field)) return octal(field, value);
    for (std::size_t i = N; i-- > 0; value >>= 8U) field[i] = static_cast<char>(value & 0xFFU);
    field[0] = static_cast<char>(0x80);
  }

  void owner_name(char (&field)[32], std::string_view keyword, std::string_view name) {
    bool plain = name.size() < sizeof field;
    for (const char c : name) plain = plain && static_cast<unsigned char>(c) < 0x80;
    if (plain) return put(field, name);
    record(keyword, name);
  }

  /// The header holds whole seconds from 1970 on; all else is a record: sign, seconds, fraction, as a decimal number.
  void time(Timestamp t) {
    const bool fits = t.seconds >= 0 && static_cast<std::uint64_t>(t.seconds) <= octal_max(header_.mtime);
    octal(header_.mtime, fits ? static_cast<std::uint64_t>(t.seconds) : 0);
    if (fits && t.nanoseconds == 0) return;
    auto seconds = static_cast<std::uint64_t>(t.seconds);
    std::uint32_t fraction = t.nanoseconds;
    char raw[40];
    char* at = raw;
    if (t.seconds < 0) {
      *at++ = '-';
      seconds = std::uint64_t{0} - seconds;
      if (fraction != 0) {
        --seconds;
        fraction = 1'000'000'000 - fraction;
      }
    }
    at = std::to_chars(at, raw + sizeof raw, seconds).ptr;
    if (fraction != 0) {
      *at++ = '.';
      for (std::uint32_t unit = 100'000'000; fraction != 0; fraction %= unit, unit /= 10)
        *at++ = static_cast<char>('0' + fraction / unit);
    }
    record(tar_key::mtime, {raw, static_cast<std::size_t>(at - raw)});
  }

  /// A comment that makes a record of exactly `length` bytes; 12 are the fewest.
  void fill(std::uint64_t length) {
    number(length);
    text(" ");
    text(tar_key::comment);
    text("=");
    out_.resize(out_.size() + static_cast<std::size_t>(length) - digits(length) - tar_key::comment.size() - 3,
                std::byte{'.'});
    text("\n");
  }

  static void seal(UstarBlock& block, char type) noexcept {
    block.type = type;
    std::memcpy(block.magic, "ustar", 6);
    std::memcpy(block.version, "00", 2);
    unsigned sum = ustar_checksum(block);
    std::memcpy(block.checksum, "000000\0 ", 8);
    for (std::size_t i = 6; i-- > 0; sum >>= 3U) block.checksum[i] = static_cast<char>('0' + (sum & 7U));
  }

  Bytes& out_;
  std::size_t begin_;
  std::size_t records_ = 0;
  UstarBlock header_{};
};
using TarEncoder = BasicTarEncoder<>;

constexpr char tar_type(EntryType type) noexcept {
  constexpr char types[] = "?0521346";
  return types[static_cast<unsigned>(type) & 7U];
}

}  // namespace detail

}  // namespace lifeboat::inline LIFEBOAT_ABI
