// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/tar_reader.hpp>

#include <map>
#include <random>

#include "catch.hpp"
#include "support/tar_stream.hpp"
#include "support/tar_walk.hpp"

namespace {

using namespace lifeboat;
using support::TarStream;
using support::walk_tar;

constexpr std::uint64_t gib = std::uint64_t{1} << 30U;

Bytes bytes_of(std::string_view text) { return {as_bytes(text).begin(), as_bytes(text).end()}; }

Entry file(std::string path, std::uint64_t size = 0) {
  Entry e;
  e.path = std::move(path);
  e.mode = 0644;
  e.mtime = {1'700'000'000, 5};
  e.size = size;
  return e;
}

/// One of everything, small.
TarStream sample() {
  TarStream stream;
  Entry e;
  e.type = EntryType::directory;
  e.mode = 0755;
  stream.add(e);
  Entry f = file("f", 5);
  f.owner = "root";
  const Bytes acl = from_hex("0200000001000600ffffffff02000400e803000004000400ffffffff10000400ffffffff20000000ffffffff");
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

detail::UstarBlock block_at(const Bytes& bytes, std::size_t at) {
  detail::UstarBlock block;
  std::memcpy(&block, bytes.data() + at, sizeof block);
  return block;
}
void put_block(Bytes& bytes, std::size_t at, detail::UstarBlock block) {
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
std::string with_records(std::string_view payload, std::uint64_t claimed = 0) {
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
std::string record(std::string_view body) {
  std::size_t length = body.size() + 3;
  while (std::to_string(length).size() + body.size() + 2 != length) ++length;
  return std::to_string(length) + " " + std::string(body) + "\n";
}

/// A stream of one sparse file of 1 MiB whose map reads so, with so many bytes of data.
std::string with_map(std::string_view map, std::size_t data) {
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

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class RandomEntry {
 public:
  explicit RandomEntry(std::uint64_t seed) : random_(seed) {}

  std::uint64_t up_to(std::uint64_t limit) { return std::uniform_int_distribution<std::uint64_t>(0, limit)(random_); }
  bool one_in(unsigned n) { return up_to(n - 1) == 0; }

  std::string text(std::size_t least, std::size_t most, bool slash) {
    std::string out(least + up_to(most - least), 'x');
    for (char& c : out) {
      if (one_in(3)) c = static_cast<char>(1 + up_to(254));
      if (c == '/' && !slash) c = '=';
    }
    return out;
  }
  std::string path() {
    std::string out = name();
    while (one_in(2) && out.size() < 6'000) out += "/" + name();
    return out;
  }
  std::string name() {
    std::string out = text(1, one_in(5) ? 255 : 20, false);
    return out == "." || out == ".." ? "x" : out;
  }
  Timestamp time() {
    Timestamp t;
    t.seconds = one_in(10) ? static_cast<std::int64_t>(random_()) : static_cast<std::int64_t>(up_to(20 * gib)) -
                                                                        static_cast<std::int64_t>(10 * gib);
    if (one_in(40)) t.seconds = std::numeric_limits<std::int64_t>::min();
    t.nanoseconds = one_in(3) ? 0 : static_cast<std::uint32_t>(up_to(999'999'999));
    if (one_in(4)) t.nanoseconds = t.nanoseconds / 1'000'000 * 1'000'000;
    return t;
  }

  Entry entry() {
    Entry e;
    e.type = static_cast<EntryType>(1 + up_to(6));
    if (!(e.type == EntryType::directory && one_in(10))) e.path = path();
    e.mode = static_cast<std::uint32_t>(up_to(07777));
    e.uid = static_cast<std::uint32_t>(one_in(3) ? random_() : up_to(3'000'000));
    e.gid = static_cast<std::uint32_t>(one_in(3) ? random_() : up_to(3'000'000));
    if (one_in(2)) e.owner = text(0, 40, true);
    if (one_in(2)) e.group = text(0, 40, true);
    e.mtime = time();
    if (e.type == EntryType::file) e.size = one_in(3) ? up_to((std::uint64_t{1} << 61U)) : up_to(300'000);
    if (e.type == EntryType::hardlink) e.target = path();
    if (e.type == EntryType::symlink) e.target = text(1, one_in(4) ? 4'000 : 110, true);
    if (e.type == EntryType::char_device || e.type == EntryType::block_device) {
      e.device_major = static_cast<std::uint32_t>(one_in(2) ? random_() : up_to(4'095));
      e.device_minor = static_cast<std::uint32_t>(one_in(2) ? random_() : up_to(1'048'575));
    }
    std::map<std::string, Bytes> attributes;
    while (e.type != EntryType::hardlink && one_in(2)) {
      std::string value = text(0, one_in(5) ? 60'000 : 100, true);
      if (!value.empty() && one_in(2)) value[up_to(value.size() - 1)] = '\0';
      attributes[one_in(10) ? "security.selinux" : "user." + text(0, 100, true)] = bytes_of(value);
    }
    for (auto& [key, value] : attributes) {
      if (key == "security.selinux")
        for (std::byte& b : value) b = b == std::byte{0} ? std::byte{1} : b;
      e.attributes.push_back({key, value});
    }
    return e;
  }

  /// Leaf-rounded data of a sparse file.
  std::vector<Segment> segments(std::uint64_t size) {
    std::vector<Segment> out;
    for (std::uint64_t at = up_to(10) * 4'096; at < size && out.size() < 300;) {
      const std::uint64_t length = std::min<std::uint64_t>((1 + up_to(50)) * 4'096, size - at);
      out.push_back({at, length});
      at += length + (1 + up_to(one_in(9) ? gib : 20)) * 4'096;
    }
    return out;
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("what is encoded is decoded again", "[archive][tar]") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  RandomEntry random(seed);
  for (int round = 0; round < 3'000; ++round) {
    INFO("round " << round);
    Entry e = random.entry();
    std::vector<Segment> segments;
    if (e.type == EntryType::file && random.one_in(3)) {
      e.sparse = true;
      segments = random.segments(e.size);
    }
    const std::uint64_t offset = random.up_to(std::uint64_t{1} << 40U) / 512 * 512;
    Bytes encoded(7, std::byte{1});
    const TarMember member = encode_member(encoded, e, segments, offset);
    encoded.erase(encoded.begin(), encoded.begin() + 7);  // it appends
    const Status same = check_member(encoded, e, segments, offset);
    INFO((same ? "" : same.error().sentence()));
    REQUIRE(same);
    const auto decoded = detail::decode_member(encoded, offset);
    REQUIRE(decoded);
    CHECK(decoded->data == member);
    CHECK(member.data_offset == offset + encoded.size());
    if (member.data_length >= tar_aligned_min) CHECK(member.data_offset % tar_alignment == 0);
    CHECK(decoded->entry.path == e.path);
    CHECK(decoded->entry.mtime == e.mtime);
    CHECK(decoded->entry.owner == e.owner);
  }
}

TEST_CASE("a member that is not its entry's is noticed, whatever differs", "[archive][tar]") {
  Entry e = file("a/b", 1'000);
  e.uid = 5;
  e.gid = 6;
  e.owner = "o";
  e.group = "g";
  e.attributes = {{"user.a", bytes_of("1")}, {"user.b", bytes_of("2")}};
  Bytes encoded;
  encode_member(encoded, e, {}, 512);
  REQUIRE(check_member(encoded, e, {}, 512));
  const auto differs = [&](auto change) {
    Entry other = e;
    change(other);
    const Status status = check_member(encoded, other, {}, 512);
    return !status && status.error().id() == ErrorId::corrupt;
  };
  CHECK(differs([](Entry& o) { o.path = "a/c"; }));
  CHECK(differs([](Entry& o) { o.mode = 0600; }));
  CHECK(differs([](Entry& o) { o.uid = 6; }));
  CHECK(differs([](Entry& o) { o.gid = 5; }));
  CHECK(differs([](Entry& o) { o.owner = "O"; }));
  CHECK(differs([](Entry& o) { o.group = ""; }));
  CHECK(differs([](Entry& o) { o.mtime.nanoseconds = 6; }));
  CHECK(differs([](Entry& o) { o.mtime.seconds = 6; }));
  CHECK(differs([](Entry& o) { o.size = 1'001; }));
  CHECK(differs([](Entry& o) { o.type = EntryType::fifo; }));
  CHECK(differs([](Entry& o) { o.sparse = true; }));
  CHECK(differs([](Entry& o) { o.attributes[0].value = bytes_of("x"); }));
  CHECK(differs([](Entry& o) { o.attributes[1].name = "user.c"; }));
  CHECK(differs([](Entry& o) { o.attributes.pop_back(); }));
  CHECK(differs([](Entry& o) { o.attributes.push_back({"user.z", {}}); }));
  const Segment holes[] = {{0, 512}};
  CHECK_FALSE(check_member(encoded, e, holes, 512));
  CHECK_FALSE(check_member(ByteView(encoded).first(encoded.size() - 512), e, {}, 512));
  encoded.resize(encoded.size() + 512);
  CHECK_FALSE(check_member(encoded, e, {}, 512));

  // Segments that a standard tar could not restore are refused before anything is stored.
  Entry sparse = file("s", 100'000);
  sparse.sparse = true;
  for (const std::vector<Segment>& bad : std::vector<std::vector<Segment>>{
           {{0, 100}, {4'096, 512}}, {{4'096, 512}, {0, 512}}, {{0, 8'192}, {4'096, 512}}, {{99'840, 512}}, {{512, 0}}}) {
    Bytes bytes;
    encode_member(bytes, sparse, bad, 0);
    CHECK_FALSE(check_member(bytes, sparse, bad, 0));
  }
  Bytes own;
  encode_own_member(own, ArchiveId{}, "leaves.0", 32, 0);
  CHECK(check_own_member(own, ArchiveId{}, "leaves.0", 32, 0));
  CHECK_FALSE(check_own_member(own, ArchiveId{}, "leaves.1", 32, 0));
  CHECK_FALSE(check_own_member(own, ArchiveId{}, "leaves.0", 33, 0));
  CHECK_FALSE(check_own_member(own, ArchiveId{{std::byte{1}}}, "leaves.0", 32, 0));
}

TEST_CASE("a reader walks from member to member", "[archive][tar]") {
  TarStream stream = sample();
  const auto walk = walk_tar(stream.bytes());
  CHECK(walk.mistake == "");
  CHECK(walk.error == "");
  CHECK(walk.ended);
  CHECK(walk.members == 7);

  TarReader reader;
  TarHeader h;
  std::vector<std::string> seen;
  const auto read = [&](std::uint64_t at, MutableBytes out) -> Result<std::size_t> {
    const ByteView rest = ByteView(stream.bytes()).subspan(static_cast<std::size_t>(at));
    const std::size_t n = std::min(rest.size(), out.size());
    std::copy_n(rest.begin(), n, out.begin());
    return n;
  };
  for (auto next = reader.next(h, read); next && *next; next = reader.next(h, read)) {
    seen.push_back(h.entry.path);
    if (h.entry.path == "holes") CHECK(h.segments == std::vector<Segment>{{4'096, 512}, {8'192, 512}});
    if (h.own) CHECK(h.archive == stream.archive);
  }
  CHECK(seen == std::vector<std::string>{"", "f", "torn.0", "holes", "g" + std::string(150, 'g'), "s", "v"});
  const auto after = reader.next(h, read);
  REQUIRE(after);
  CHECK_FALSE(*after);
  const auto failing = TarReader().next(h, [](std::uint64_t, MutableBytes) -> Result<std::size_t> {
    return Error{ErrorId::medium_io, "no"};
  });
  REQUIRE_FALSE(failing);
  CHECK(failing.error().id() == ErrorId::medium_io);
}

TEST_CASE("a stream that is cut anywhere is noticed", "[archive][tar]") {
  const Bytes whole = sample().bytes();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto walk = walk_tar(ByteView(whole).first(length));
    INFO(length);
    REQUIRE_FALSE(walk.ended);
    REQUIRE(walk.mistake == "");
    REQUIRE(has(walk.error, "ends too early"));
  }
  Bytes longer = whole;
  longer.push_back(std::byte{0});
  CHECK(has(walk_tar(longer).error, "goes on behind its end"));
}

TEST_CASE("no flipped bit leads a reader astray", "[archive][tar]") {
  const Bytes whole = sample().bytes();
  std::size_t survived = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const unsigned flip : {1U, 0x10U, 0x80U, 0xFFU}) {
      Bytes bytes = whole;
      bytes[i] ^= static_cast<std::byte>(flip);
      const auto walk = walk_tar(bytes);
      INFO(i << " " << flip << " " << walk.error);
      REQUIRE(walk.mistake == "");
      survived += walk.ended ? 1 : 0;
    }
  }
  // What stands in data, values and names only can change unseen here: the volumes' digests are for that.
  CHECK(survived < whole.size());
}

TEST_CASE("mutated streams never lead a reader astray", "[archive][tar]") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const Bytes whole = sample().bytes();
  static constexpr std::string_view words[] = {"9223372036854775808", "18446744073709551616", "-1", "0", "\n", " ", "=",
                                               "GNU.sparse.major=1", "path=../x", "77777777777", "size=", "./"};
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes = whole;
    for (std::size_t n = 1 + below(4); n > 0; --n) {
      const std::size_t at = below(bytes.size());
      switch (below(4)) {
        case 0: bytes[at] = static_cast<std::byte>(random()); break;
        case 1: bytes.resize(at + 1); break;
        case 2: {
          const ByteView word = as_bytes(words[below(std::size(words))]);
          std::copy_n(word.begin(), std::min(word.size(), bytes.size() - at), bytes.begin() + static_cast<std::ptrdiff_t>(at));
          break;
        }
        default: {
          const std::size_t from = below(bytes.size()) / tar_block * tar_block;
          const std::size_t to = at / tar_block * tar_block;
          const std::size_t length = std::min({tar_block, bytes.size() - from, bytes.size() - to});
          std::memmove(bytes.data() + to, bytes.data() + from, length);
        }
      }
    }
    if (round % 4 != 0) {
      for (std::size_t at = 0; at + tar_block <= bytes.size(); at += tar_block)
        if (std::memcmp(bytes.data() + at + 257, "ustar", 5) == 0) put_block(bytes, at, block_at(bytes, at));
    }
    INFO("round " << round);
    REQUIRE(walk_tar(bytes).mistake == "");
  }
}

TEST_CASE("headers that are not ours are refused", "[archive][tar]") {
  using Block = detail::UstarBlock;
  CHECK(refused(file("f"), [](Block&) {}) == "");
  CHECK(has(refused(file("f"), [](Block& b) { b.type = 'L'; }), "long name"));
  CHECK(has(refused(file("f"), [](Block& b) { b.type = 'K'; }), "long name"));
  for (const char type : {'\0', '7', 'g', 'S', 'D', 'V', 'N', 'x', 'X', '8'})
    CHECK(refused(file("f"), [&](Block& b) { b.type = type; }) != "");
  CHECK(has(refused(file("f"), [](Block& b) { std::memcpy(b.magic, "ustar ", 6); }), "ustar"));
  CHECK(refused(file("f"), [](Block& b) { b.version[1] = '1'; }) != "");
  CHECK(refused(file("f"), [](Block& b) { b.rest[3] = 'x'; }) != "");
  CHECK(refused(file("f"), [](Block& b) { b.name[50] = 'x'; }) != "");
  CHECK(refused(file("f"), [](Block& b) { b.linkname[0] = 'x'; }) != "");
  CHECK(refused(file("f"), [](Block& b) { b.devminor[6] = '1'; }) != "");
  CHECK(refused(file("f"), [](Block& b) { b.mode[1] = '1'; }) != "");
  for (const char* name : {"f", "/f", "./../f", "./a//f", "./.", "./", "./f/", "./a/../f", "../f", "", ".lifeboat-x/f",
                           ".lifeboat-00000000000000000000000000000000", ".lifeboat-0000000000000000000000000000000G/f",
                           ".lifeboat-00000000000000000000000000000000/", ".lifeboat-00000000000000000000000000000000/../f",
                           ".lifeboat-0000000000000000000000000000000A/f"}) {
    INFO(name);
    CHECK(refused(file("f"), [&](Block& b) { std::strncpy(b.name, name, sizeof b.name); }) != "");
  }
  Entry folder = file("d");
  folder.type = EntryType::directory;
  CHECK(refused(folder, [](Block& b) { b.name[3] = '\0'; }) != "");
  CHECK(refused(folder, [](Block& b) { b.size[10] = '1'; }) != "");
  Entry hard = file("h");
  hard.type = EntryType::hardlink;
  hard.target = "f";
  CHECK(refused(hard, [](Block& b) { b.linkname[0] = '/'; }) != "");
  CHECK(refused(hard, [](Block& b) { std::memcpy(b.linkname, "./../../x", 9); }) != "");
  Entry soft = file("s");
  soft.type = EntryType::symlink;
  soft.target = "t";
  CHECK(refused(soft, [](Block& b) { b.linkname[0] = '\0'; }) != "");

  const auto size = [](std::string_view text) {
    return [text](Block& b) {
      std::memset(b.size, 0, sizeof b.size);
      std::memcpy(b.size, text.data(), text.size());
    };
  };
  for (const std::string_view text : {"77777777777", "777777777777", "", " 1", "8", "-1", "1x", "00000000000 1", "+1",
                                      "\x80\x00\x00\x00\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "\x80\xFF", "\xFF\xFF\xFF"}) {
    INFO(text);
    CHECK(refused(file("f", 1), size(text), "x") != "");
  }
  static constexpr char most[] = {'\x80', 0, 0, 0, '\x7F', '\xFF', '\xFF', '\xFF', '\xFF', '\xFF', '\xFF', '\xFF'};
  static constexpr char over[] = {'\x80', 0, 0, 0, '\x80', 0, 0, 0, 0, 0, 0, 0};
  static constexpr char wrapped[] = {'\x80', 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
  static constexpr char one[] = {'\x80', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  CHECK(has(refused(file("f", 1), size({most, 12}), "x"), "longer than there can be"));
  CHECK(has(refused(file("f", 1), size({over, 12}), "x"), "no number"));
  CHECK(has(refused(file("f", 1), size({wrapped, 12}), "x"), "no number"));
  CHECK(refused(file("f", 1), size({one, 12}), "x") == "");
}

TEST_CASE("records that are not ours are refused", "[archive][tar]") {
  CHECK(with_records("11 mtime=3\n") == "");
  CHECK(with_records("11 mtime=3\n12 comment=\n") == "");
  for (const std::string_view bad :
       {"x", "11", " mtime=3\n", "011 mtime=3\n", "10 mtime=3\n", "12 mtime=3\n", "11 mtime=3x", "0 \n", "3 \n", "4 =\n",
        "8 mtime\n", "99999999999999999999 x=\n", "9223372036854775807 x=\n", "18446744073709551615 x=\n",
        "-11 mtime=3\n", "+11 mtime=3\n"}) {
    INFO(bad);
    CHECK(has(with_records(bad), "record"));
  }
  for (const std::string_view good :
       {"mtime=-9223372036854775808", "mtime=-0.5", "mtime=9223372036854775807.999999999", "uid=4294967295",
        "SCHILY.xattr.a%3D%25=x", "RHT.security.selinux=a:b", "SCHILY.acl.access=user::rw-\n", "path=./a\nb", "uname=\xff"}) {
    INFO(good);
    CHECK(with_records(record(good)) == "");
  }
  for (const std::string_view bad :
       {"atime=3", "hdrcharset=BINARY", "mtime=x", "mtime=03", "mtime=-", "mtime=", "mtime=3.", "mtime=.5",
        "mtime=3.0000000000", "mtime=3.-5", "mtime=9223372036854775808", "mtime=-9223372036854775808.1",
        "mtime=-9223372036854775809", "size=9223372036854775808", "size=18446744073709551617", "uid=4294967296", "uid=-1",
        "uid=", "gid=01", "path=../x", "path=/x", "path=x", "path=", "path=./", "GNU.sparse.major=1", "linkpath=./evil",
        "SCHILY.xattr.a%=", "SCHILY.xattr.a%3d=", "SCHILY.xattr.a%00=", "SCHILY.xattr.=", "SCHILY.xattr", "VENDOR.x=1", "SCHILY.acl.default=x", "SCHILY.acl.access="}) {
    INFO(bad);
    CHECK(with_records(record(bad)) != "");
  }
  CHECK(has(with_records(record("mtime=3") + record("mtime=3")), "twice"));
  CHECK(has(with_records(record("SCHILY.xattr.a=") + record("SCHILY.xattr.a=")), "out of order"));
  CHECK(has(with_records(record("SCHILY.xattr.b=") + record("SCHILY.xattr.a=")), "out of order"));
  CHECK(with_records(record("SCHILY.xattr.a=") + record("SCHILY.xattr.b=")) == "");
  CHECK(has(with_records(record(std::string_view("path=./a\0b", 10))), "zero"));
  CHECK(has(with_records(record(std::string_view("SCHILY.xattr.a\0b=", 17))), "zero"));
  CHECK(with_records(record(std::string_view("SCHILY.xattr.a=\0", 16))) == "");
  CHECK(has(with_records("11 mtime=3\n", 2U << 20U), "extended header"));
  CHECK(has(with_records("11 mtime=3\n", 077777777777), "extended header"));
  CHECK(has(with_records("11 mtime=3\n", 1U << 20U), "ends too early"));
  CHECK(has(with_records(""), "no length"));
  CHECK(has(with_records(record("size=131072123456") + record(std::string(500, 'u').replace(0, 6, "uname="))), "not aligned"));
}

TEST_CASE("maps of sparse files that disagree are refused", "[archive][tar]") {
  CHECK(with_map("1\n1048576\n0\n", 0) == "");
  CHECK(with_map("2\n0\n512\n1048576\n0\n", 512) == "");
  CHECK(with_map("1\n1048064\n512\n", 512) == "");  // data that reach the end need no segment behind them
  for (const std::string_view bad : {"", "\n", "0\n", "1\n", "1\n0\n", "1\n\n0\n", "x\n", "1\n1048576\n0", "1\n1048576\n1\n",
                                     "1\n1048577\n0\n", "1\n0\n0\n", "01\n1048576\n0\n", "1\n+1\n0\n", "2\n1048576\n0\n",
                                     "2\n1048576\n0\n1048576\n0\n", "1\n9223372036854775808\n0\n",
                                     "1\n999999999999999999\n999999999999999999\n", "1\n1048576\n0\nx",
                                     "999999999999999999\n0\n0\n", "1\n18446744073709551616\n0\n"}) {
    INFO(bad);
    CHECK(with_map(bad, 0) != "");
  }
  for (const std::string_view bad :
       {"1\n0\n512\n", "2\n0\n511\n1048576\n0\n", "3\n512\n512\n0\n512\n1048576\n0\n", "2\n0\n1024\n1048576\n0\n",
        "3\n0\n512\n100\n0\n1048576\n0\n", "1\n1048576\n0\n", "3\n0\n512\n0\n512\n1048576\n0\n"}) {
    INFO(bad);
    CHECK(with_map(bad, 512) != "");
  }
  CHECK(has(with_map("1026\n", 0), "segments"));
}

TEST_CASE("what is read is bounded, what is checked after encoding is not", "[archive][tar]") {
  Entry sparse = file("many", std::uint64_t{1} << 40U);
  sparse.sparse = true;
  std::vector<Segment> segments;
  for (std::uint64_t i = 0; i < 3'000; ++i) segments.push_back({i << 20U, 512});
  sparse.attributes = {{"user.a", Bytes(600'000)}, {"user.b", Bytes(600'000)}};
  Bytes bytes;
  const TarMember member = encode_member(bytes, sparse, segments, 0);
  REQUIRE(check_member(bytes, sparse, segments, 0));
  bytes.resize(bytes.size() + static_cast<std::size_t>(member.data_length));
  encode_end(bytes);
  const auto walk = [&](TarLimits limits) {
    TarReader reader(0, limits);
    TarHeader h;
    const auto next = reader.next(h, [&](std::uint64_t at, MutableBytes out) -> Result<std::size_t> {
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), out.size(), out.begin());
      return out.size();
    });
    return next ? ErrorId{} : next.error().id();
  };
  CHECK(walk({}) == ErrorId{});
  CHECK(walk({1U << 20U, 1U << 20U}) == ErrorId::limit);
  CHECK(walk({2U << 20U, 2'999}) == ErrorId::limit);
  CHECK(walk({2U << 20U, 3'000}) == ErrorId{});
}
