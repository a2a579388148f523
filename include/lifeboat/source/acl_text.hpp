// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <charconv>
#include <string>
#include <string_view>

#include <lifeboat/core/bytes.hpp>

// ACLs in two forms: as the kernel keeps them (the attributes system.posix_acl_access and system.posix_acl_default:
// a version, then tag, permissions and id of each entry) and as text for tar, with numbers for names.
namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

struct AclTag {
  std::uint16_t tag;
  bool named;
  std::string_view text;
};
inline constexpr AclTag acl_tags[] = {{1, false, "user:"}, {2, true, "user:"},   {4, false, "group:"},
                                      {8, true, "group:"}, {16, false, "mask:"}, {32, false, "other:"}};
inline constexpr std::uint32_t acl_version = 2;
inline constexpr std::uint32_t acl_no_id = 0xFFFF'FFFF;

}  // namespace detail

/// "user::rw-\nuser:12:r--\n...", one line for each entry. False, with `text` undefined, for what is no ACL of the
/// kernel's or would not come back from text as it is.
template <class = void>
bool acl_to_text(ByteView acl, std::string& text) {
  text.clear();
  if (acl.size() < 12 || acl.size() % 8 != 4 || load_le<std::uint32_t>(acl.data()) != detail::acl_version) return false;
  for (std::size_t at = 4; at < acl.size(); at += 8) {
    const auto tag = load_le<std::uint16_t>(acl.data() + at);
    const auto rights = load_le<std::uint16_t>(acl.data() + at + 2);
    const auto id = load_le<std::uint32_t>(acl.data() + at + 4);
    const detail::AclTag* known = nullptr;
    for (const detail::AclTag& t : detail::acl_tags)
      if (t.tag == tag) known = &t;
    if (known == nullptr || rights > 7 || (id == detail::acl_no_id) == known->named) return false;
    text += known->text;
    if (known->named) text += std::to_string(id);
    text += ':';
    text += (rights & 4U) != 0 ? 'r' : '-';
    text += (rights & 2U) != 0 ? 'w' : '-';
    text += (rights & 1U) != 0 ? 'x' : '-';
    text += '\n';
  }
  return true;
}

/// Reads what acl_to_text writes; false, with `acl` undefined, for all else.
template <class = void>
bool acl_from_text(std::string_view text, Bytes& acl) {
  acl.assign(4, std::byte{0});
  store_le(acl.data(), detail::acl_version);
  if (text.empty()) return false;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return false;
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || line.size() < colon + 5 || line[line.size() - 4] != ':') return false;
    const std::string_view name = line.substr(colon + 1, line.size() - colon - 5);
    const detail::AclTag* known = nullptr;
    for (const detail::AclTag& t : detail::acl_tags)
      if (t.text == line.substr(0, colon + 1) && t.named == !name.empty()) known = &t;
    if (known == nullptr) return false;
    std::uint32_t id = detail::acl_no_id;
    if (known->named) {
      const auto parsed = std::from_chars(name.data(), name.data() + name.size(), id);
      if (parsed.ec != std::errc{} || parsed.ptr != name.data() + name.size() || id == detail::acl_no_id) return false;
      if (name.size() > 1 && name[0] == '0') return false;
    }
    unsigned rights = 0;
    constexpr std::string_view letters = "rwx";
    for (std::size_t i = 0; i < letters.size(); ++i) {
      const char c = line[line.size() - 3 + i];
      if (c != letters[i] && c != '-') return false;
      rights = rights << 1U | (c == '-' ? 0U : 1U);
    }
    std::byte raw[8];
    store_le(raw, known->tag);
    store_le(raw + 2, static_cast<std::uint16_t>(rights));
    store_le(raw + 4, id);
    acl.insert(acl.end(), raw, raw + sizeof raw);
  }
  return true;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
