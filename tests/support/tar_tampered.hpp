// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "catch.hpp"
#include "support/tar_stream.hpp"
#include "support/tar_walk.hpp"
#include "support/text.hpp"

// Data streams that something was done to.
namespace support {

using namespace lifeboat;

inline Entry file(std::string path, std::uint64_t size = 0) {
  Entry e;
  e.path = std::move(path);
  e.mode = 0644;
  e.mtime = {1'700'000'000, 5};
  e.size = size;
  return e;
}

/// One of everything, small.
inline TarStream sample_tar() {
  TarStream stream;
  Entry e;
  e.type = EntryType::directory;
  e.mode = 0755;
  stream.add(e);
  Entry f = file("f", 5);
  f.owner = "root";
  const Bytes acl =
      from_hex("0200000001000600ffffffff02000400e803000004000400ffffffff10000400ffffffff20000000ffffffff");
  f.attributes = {{"system.posix_acl_access", acl}, {"user.a=b", bytes_of("1\n2")}, {"user.c", {}}};
  stream.add(f, {}, "hello");
  stream.add_own("torn.0", "a line\n");
  Entry sparse = file("holes", 1 << 20);
  sparse.sparse = true;
  const Segment segments[] = {{4'096, 512}, {8'192, 512}};
  stream.add(sparse, segments, std::string(1'024, 'd'));
  Entry hard = file("g" + std::string(150, 'g'));
  hard.type = EntryType::hardlink;
  hard.target = "f";
  stream.add(hard);
  Entry soft = file("s");
  soft.type = EntryType::symlink;
  soft.target = std::string(120, 't');
  stream.add(soft);
  Entry device = file("v");
  device.type = EntryType::block_device;
  device.device_major = 8;
  device.device_minor = 3'000'000;
  stream.add(device);
  stream.end();
  return stream;
}

inline detail::UstarBlock block_at(const Bytes& bytes, std::size_t at) {
  detail::UstarBlock block;
  std::memcpy(&block, bytes.data() + at, sizeof block);
  return block;
}
inline void put_block(Bytes& bytes, std::size_t at, detail::UstarBlock block) {
  std::snprintf(block.checksum, sizeof block.checksum, "%06o", detail::ustar_checksum(block));
  block.checksum[7] = ' ';
  std::memcpy(bytes.data() + at, &block, sizeof block);
}

/// A stream of one member whose header was tampered with, its checksum made right.
template <class Change>
std::string refused(const Entry& e, Change&& change, const std::string& content = {}) {
  TarStream stream;
  const TarMember member = stream.add(e, {}, content);
  const auto at = static_cast<std::size_t>(member.data_offset) - tar_block;
  detail::UstarBlock block = block_at(stream.bytes(), at);
  change(block);
  put_block(stream.bytes(), at, block);
  const auto walk = walk_tar(stream.end());
  CHECK(walk.mistake == "");
  return walk.ended ? "" : walk.error;
}

/// A stream of one file behind an extended header with that payload.
inline std::string with_records(std::string_view payload, std::uint64_t claimed = 0) {
  TarStream stream;
  Entry e = file("f");
  e.mtime.nanoseconds = 0;
  stream.add(e);
  Bytes& bytes = stream.bytes();
  detail::UstarBlock extended = block_at(bytes, 0);
  extended.type = 'x';
  std::snprintf(extended.size, sizeof extended.size, "%011llo",
                static_cast<unsigned long long>(claimed != 0 ? claimed : payload.size()));
  Bytes front(tar_block);
  put_block(front, 0, extended);
  front.insert(front.end(), as_bytes(payload).begin(), as_bytes(payload).end());
  front.resize(static_cast<std::size_t>(whole_blocks(front.size())));
  bytes.insert(bytes.begin(), front.begin(), front.end());
  const auto walk = walk_tar(stream.end());
  CHECK(walk.mistake == "");
  return walk.ended ? "" : walk.error;
}

/// `keyword=value` as a record, with its length before it.
inline std::string record(std::string_view body) {
  std::size_t length = body.size() + 3;
  while (std::to_string(length).size() + body.size() + 2 != length) ++length;
  return std::to_string(length) + " " + std::string(body) + "\n";
}

/// A stream of one sparse file of 1 MiB whose map reads so, with so many bytes of data.
inline std::string with_map(std::string_view map, std::size_t data) {
  TarStream stream;
  Entry sparse = file("holes", 1 << 20);
  sparse.sparse = true;
  const TarMember member = stream.add(sparse);
  Bytes& bytes = stream.bytes();
  const auto at = static_cast<std::size_t>(member.data_offset) - 2 * tar_block;
  detail::UstarBlock block = block_at(bytes, at);
  const std::size_t length = static_cast<std::size_t>(whole_blocks(map.size()));
  std::snprintf(block.size, sizeof block.size, "%011zo", length + data);
  put_block(bytes, at, block);
  bytes.resize(at + tar_block);
  bytes.insert(bytes.end(), as_bytes(map).begin(), as_bytes(map).end());
  bytes.resize(static_cast<std::size_t>(whole_blocks(at + tar_block + length + data)));
  const auto walk = walk_tar(stream.end());
  CHECK(walk.mistake == "");
  return walk.ended ? "" : walk.error;
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace support
