// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/tar_reader.hpp>

#include <map>
#include <random>

#include "catch.hpp"
#include "support/tar_tampered.hpp"

namespace test_tar_reader {

namespace {

using namespace lifeboat;
using namespace support;

constexpr std::uint64_t gib = std::uint64_t{1} << 30U;

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
    t.seconds = one_in(10) ? static_cast<std::int64_t>(random_())
                           : static_cast<std::int64_t>(up_to(20 * gib)) - static_cast<std::int64_t>(10 * gib);
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
  for (const std::vector<Segment>& bad : std::vector<std::vector<Segment>>{{{0, 100}, {4'096, 512}},
                                                                           {{4'096, 512}, {0, 512}},
                                                                           {{0, 8'192}, {4'096, 512}},
                                                                           {{99'840, 512}},
                                                                           {{512, 0}}}) {
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
  TarStream stream = sample_tar();
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
  const Bytes whole = sample_tar().bytes();
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
  const Bytes whole = sample_tar().bytes();
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
  const Bytes whole = sample_tar().bytes();
  static constexpr std::string_view words[] = {
      "9223372036854775808", "18446744073709551616", "-1",    "0", "\n", " ", "=", "GNU.sparse.major=1",
      "path=../x",           "77777777777",          "size=", "./"};
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes = whole;
    for (std::size_t n = 1 + below(4); n > 0; --n) {
      const std::size_t at = below(bytes.size());
      switch (below(4)) {
        case 0:
          bytes[at] = static_cast<std::byte>(random());
          break;
        case 1:
          bytes.resize(at + 1);
          break;
        case 2: {
          const ByteView word = as_bytes(words[below(std::size(words))]);
          std::copy_n(word.begin(), std::min(word.size(), bytes.size() - at),
                      bytes.begin() + static_cast<std::ptrdiff_t>(at));
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

TEST_CASE("maps of sparse files that disagree are refused", "[archive][tar]") {
  CHECK(with_map("1\n1048576\n0\n", 0) == "");
  CHECK(with_map("2\n0\n512\n1048576\n0\n", 512) == "");
  CHECK(with_map("1\n1048064\n512\n", 512) == "");  // data that reach the end need no segment behind them
  for (const std::string_view bad : {"",
                                     "\n",
                                     "0\n",
                                     "1\n",
                                     "1\n0\n",
                                     "1\n\n0\n",
                                     "x\n",
                                     "1\n1048576\n0",
                                     "1\n1048576\n1\n",
                                     "1\n1048577\n0\n",
                                     "1\n0\n0\n",
                                     "01\n1048576\n0\n",
                                     "1\n+1\n0\n",
                                     "2\n1048576\n0\n",
                                     "2\n1048576\n0\n1048576\n0\n",
                                     "1\n9223372036854775808\n0\n",
                                     "1\n999999999999999999\n999999999999999999\n",
                                     "1\n1048576\n0\nx",
                                     "999999999999999999\n0\n0\n",
                                     "1\n18446744073709551616\n0\n"}) {
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

}  // namespace test_tar_reader
