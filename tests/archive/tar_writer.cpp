// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/tar_writer.hpp>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <random>

#include <lifeboat/source/scan.hpp>

#include "catch.hpp"
#include "support/collected.hpp"
#include "support/compare_trees.hpp"
#include "support/random_tree.hpp"
#include "support/tar_stream.hpp"
#include "support/temp_folder.hpp"

namespace test_tar_writer {

// What is encoded is given to the system's own tar, which knows nothing of this library.
namespace {

using namespace lifeboat;
using support::run_tar;
using support::TarStream;
using support::TempFolder;

Entry file(std::string path, std::uint64_t size = 0) {
  Entry e;
  e.path = std::move(path);
  e.mode = 0644;
  e.uid = ::geteuid();
  e.gid = ::getegid();
  e.mtime = {1'700'000'000, 0};
  e.size = size;
  return e;
}
Entry other(EntryType type, std::string path, std::string target = {}) {
  Entry e = file(std::move(path));
  e.type = type;
  if (type == EntryType::directory) e.mode = 0755;
  e.target = std::move(target);
  return e;
}

/// Extracts the stream into `folder`/out, which must raise no word; gives that place.
std::string extract(const TempFolder& folder, TarStream& stream, const std::string& locale = "C") {
  support::write_file(folder / "stream.tar", stream.end());
  const auto listed = run_tar(folder.path(), "-tvf '" + (folder / "stream.tar") + "'", locale);
  INFO(listed.err);
  REQUIRE(listed.status == 0);
  REQUIRE(listed.err.empty());
  const std::string out = folder / "out";
  REQUIRE(::mkdir(out.c_str(), 0700) == 0);
  const auto done = run_tar(folder.path(),
                            "-xpf '" + (folder / "stream.tar") + "' -C '" + out +
                                "' --numeric-owner --acls --xattrs --xattrs-include='*' --exclude='.lifeboat*' "
                                "--warning=no-timestamp",
                            locale);
  INFO(done.err);
  REQUIRE(done.status == 0);
  REQUIRE(done.err.empty());
  return out;
}

struct stat stat_of(const std::string& path) {
  struct stat found {};
  INFO(path);
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found;
}

std::string link_of(const std::string& path) {
  std::string target(5000, '\0');
  const ssize_t n = ::readlink(path.c_str(), target.data(), target.size());
  REQUIRE(n >= 0);
  target.resize(static_cast<std::size_t>(n));
  return target;
}

std::string random_bytes(std::size_t count, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  std::string out(count, '\0');
  for (char& c : out) c = static_cast<char>(random() | 1U);
  return out;
}

/// The data segments of a file as its file system knows them.
std::vector<Segment> segments_of(const std::string& path) {
  std::vector<Segment> found;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  for (off_t at = 0; (at = ::lseek(fd, at, SEEK_DATA)) >= 0;) {
    const off_t end = ::lseek(fd, at, SEEK_HOLE);
    found.push_back({static_cast<std::uint64_t>(at), static_cast<std::uint64_t>(end - at)});
    at = end;
  }
  ::close(fd);
  return found;
}

Bytes bytes_of(std::string_view text) { return {as_bytes(text).begin(), as_bytes(text).end()}; }

}  // namespace

TEST_CASE("tar restores names of any bytes", "[archive][tar]") {
  for (const std::string locale : {"C", "C.UTF-8"}) {
    INFO(locale);
    const TempFolder folder;
    TarStream stream;
    stream.add(other(EntryType::directory, ""));
    std::vector<std::string> names{"a",           "new\nline", "\xff\xfe",
                                   "sp ace",      "-dash",     "quote'\"",
                                   "back\\slash", "a=b",       "\xe4\xb8\xad\xe6\x96\x87",
                                   "%3D",         "tab\t",     "12 path=x\n",
                                   "trailing ",   "~",         "\x01"};
    for (const std::size_t length : {97U, 98U, 99U, 100U, 101U, 150U, 255U}) {
      names.push_back(std::string(length, 'x'));
      names.push_back(std::string(length - 1, '\xe9') + "\n");
    }
    for (const std::string& name : names) stream.add(file(name, name.size()), {}, name);
    const std::string out = extract(folder, stream, locale);
    for (const std::string& name : names) CHECK(support::read_file(out + "/" + name) == name);
    CHECK(support::read_tree(out).size() == names.size() + 1);
  }
}

TEST_CASE("tar restores long paths, with folders on the way", "[archive][tar]") {
  const TempFolder folder;
  TarStream stream;
  stream.add(other(EntryType::directory, ""));
  std::vector<std::string> files;
  // Each length around what name and prefix of a header hold, and far beyond.
  for (const std::size_t part : {24U, 49U, 99U, 152U, 153U, 154U, 255U}) {
    std::string path(1, static_cast<char>('a' + files.size()));
    std::string top = path;
    stream.add(other(EntryType::directory, path));
    while (path.size() + part + 1 < 3500) {
      path += "/" + std::string(part, part % 2 == 0 ? 'n' : '\xfc');
      stream.add(other(EntryType::directory, path));
      stream.add(file(path + "/f", 3), {}, "abc");
      stream.add(other(EntryType::hardlink, path + "/hard", path + "/f"));
      files.push_back(path);
    }
  }
  const std::string out = extract(folder, stream);
  for (const std::string& path : files) {
    CHECK(support::read_file(out + "/" + path + "/f") == "abc");
    CHECK(stat_of(out + "/" + path + "/hard").st_ino == stat_of(out + "/" + path + "/f").st_ino);
  }
}

TEST_CASE("tar lists paths longer than the system opens", "[archive][tar]") {
  const TempFolder folder;
  TarStream stream;
  std::string expected;
  for (std::size_t length = 200; length <= 5000; length += 480) {
    std::string path;
    while (path.size() < length) path += std::string(199, 'p') + "/";
    path += "end";
    stream.add(file(path));
    expected += "./" + path + "\n";
  }
  support::write_file(folder / "stream.tar", stream.end());
  const auto run = run_tar(folder.path(), "-tf '" + (folder / "stream.tar") + "'");
  CHECK(run.status == 0);
  CHECK(run.err.empty());
  CHECK(run.out == expected);
}

TEST_CASE("tar restores links, hard and symbolic, and fifos", "[archive][tar]") {
  const TempFolder folder;
  TarStream stream;
  stream.add(other(EntryType::directory, ""));
  stream.add(file("first", 5), {}, "hello");
  stream.add(other(EntryType::hardlink, "second", "first"));
  std::vector<std::string> targets{"first",
                                   "/",
                                   "../x",
                                   "new\nline\xff",
                                   "dir/",
                                   std::string(99, 'a'),
                                   std::string(100, 'b'),
                                   std::string(101, 'c'),
                                   std::string(4000, '\xfe')};
  for (std::size_t i = 0; i < targets.size(); ++i)
    stream.add(other(EntryType::symlink, "link" + std::to_string(i), targets[i]));
  stream.add(other(EntryType::fifo, "fifo"));
  const std::string out = extract(folder, stream);
  CHECK(stat_of(out + "/second").st_ino == stat_of(out + "/first").st_ino);
  CHECK(support::read_file(out + "/second") == "hello");
  for (std::size_t i = 0; i < targets.size(); ++i) CHECK(link_of(out + "/link" + std::to_string(i)) == targets[i]);
  CHECK(S_ISFIFO(stat_of(out + "/fifo").st_mode));
}

TEST_CASE("tar restores times to the nanosecond, before 1970 as well", "[archive][tar]") {
  const TempFolder folder;
  TarStream stream;
  stream.add(other(EntryType::directory, ""));
  const std::vector<Timestamp> times{{0, 0},
                                     {0, 1},
                                     {1, 250'000'000},
                                     {-1, 500'000'000},
                                     {-2, 500'000'000},
                                     {-3, 0},
                                     {-1, 1},
                                     {-1, 999'999'999},
                                     {1'700'000'000, 123'456'789},
                                     {1'700'000'000, 100'000'000},
                                     {-2'000'000'000, 987'654'321},
                                     {5'000'000'000, 1},
                                     {8'589'934'591, 0},
                                     {8'589'934'592, 0}};
  for (std::size_t i = 0; i < times.size(); ++i) {
    Entry e = file("t" + std::to_string(i));
    e.mtime = times[i];
    stream.add(e);
  }
  const std::string out = extract(folder, stream);
  const std::string probe = folder / "probe";
  support::write_file(probe, {});
  for (std::size_t i = 0; i < times.size(); ++i) {
    INFO(times[i].seconds << " " << times[i].nanoseconds);
    // What the file system itself can keep is asked of it.
    const struct timespec wanted[2] = {
        {0, UTIME_OMIT}, {static_cast<time_t>(times[i].seconds), static_cast<long>(times[i].nanoseconds)}};
    REQUIRE(::utimensat(AT_FDCWD, probe.c_str(), wanted, 0) == 0);
    const struct stat kept = stat_of(probe);
    const struct stat found = stat_of(out + "/t" + std::to_string(i));
    CHECK(found.st_mtim.tv_sec == kept.st_mtim.tv_sec);
    CHECK(found.st_mtim.tv_nsec == kept.st_mtim.tv_nsec);
  }
}

TEST_CASE("tar restores modes, and owners and devices as root", "[archive][tar]") {
  const TempFolder folder;
  const bool root = ::geteuid() == 0;
  const bool devices = root && ::mknod((folder / "probe").c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0;
  TarStream stream;
  stream.add(other(EntryType::directory, ""));
  for (const std::uint32_t mode : {04755U, 02755U, 0U, 07777U, 0600U}) {
    Entry e = file("mode" + std::to_string(mode));
    e.mode = mode;
    stream.add(e);
  }
  Entry sticky = other(EntryType::directory, "sticky");
  sticky.mode = 01777;
  stream.add(sticky);
  const std::vector<std::uint32_t> ids{0, 1, 2'097'151, 2'097'152, 4'000'000'000U};
  for (const std::uint32_t id : ids) {
    Entry e = file("owner" + std::to_string(id));
    if (root) e.uid = e.gid = id;
    e.owner = id == 1 ? "" : id == 0 ? "root" : "m\xc3\xbcller" + std::string(40, 'x');
    e.group = std::string(31, 'g');
    stream.add(e);
  }
  if (devices) {
    for (const auto& [major, minor] : {std::pair{8U, 0U}, {4095U, 1048575U}}) {
      for (const EntryType type : {EntryType::char_device, EntryType::block_device}) {
        Entry e = other(type, "device" + std::to_string(major) + (type == EntryType::char_device ? "c" : "b"));
        e.device_major = major;
        e.device_minor = minor;
        stream.add(e);
      }
    }
  }
  const std::string out = extract(folder, stream);
  for (const std::uint32_t mode : {04755U, 02755U, 0U, 07777U, 0600U})
    CHECK((stat_of(out + "/mode" + std::to_string(mode)).st_mode & 07777U) == mode);
  CHECK((stat_of(out + "/sticky").st_mode & 07777U) == 01777U);
  for (const std::uint32_t id : ids) {
    const struct stat found = stat_of(out + "/owner" + std::to_string(id));
    CHECK(found.st_uid == (root ? id : ::geteuid()));
    CHECK(found.st_gid == (root ? id : ::getegid()));
  }
  if (!devices) return;
  CHECK(S_ISBLK(stat_of(out + "/device8b").st_mode));
  CHECK(stat_of(out + "/device8b").st_rdev == makedev(8, 0));
  CHECK(S_ISCHR(stat_of(out + "/device4095c").st_mode));
  CHECK(stat_of(out + "/device4095c").st_rdev == makedev(4095, 1048575));
}

TEST_CASE("tar lists owner names of any length and bytes", "[archive][tar]") {
  const TempFolder folder;
  TarStream stream;
  std::vector<std::string> names{"a", std::string(31, 'b'), std::string(32, 'c'), std::string(200, 'd'),
                                 "m\xc3\xbcller"};
  for (const std::string& name : names) {
    Entry e = file("f");
    e.owner = name;
    e.group = name;
    stream.add(e);
  }
  support::write_file(folder / "stream.tar", stream.end());
  const auto run = run_tar(folder.path(), "-tvf '" + (folder / "stream.tar") + "'", "C.UTF-8");
  CHECK(run.status == 0);
  CHECK(run.err.empty());
  for (const std::string& name : names) CHECK(run.out.find(" " + name + "/" + name + " ") != std::string::npos);
}

TEST_CASE("tar restores extended attributes and ACLs", "[archive][tar]") {
  const TempFolder folder;
  support::write_file(folder / "probe", {});
  if (::setxattr((folder / "probe").c_str(), "user.x", "", 0, 0) != 0) {
    WARN("this file system keeps no attributes: nothing tried");
    return;
  }
  const std::vector<ExtendedAttribute> attributes{
      {"user.%25", bytes_of("percent")},
      {"user.a=b%c", bytes_of(std::string_view("1\n2\0 3=%\n", 9))},
      {"user.empty", {}},
      {"user.long", bytes_of(random_bytes(2500))},
      {"user.new\nline \xff", bytes_of("x")},
  };
  // user::rw-, user:12:r--, group::r--, mask::rw-, other::---
  const unsigned char acl[] = {2, 0,  0,   0,   1,   0,   6,  0, 255, 255, 255, 255, 2,   0,  4,
                               0, 12, 0,   0,   0,   4,   0,  4, 0,   255, 255, 255, 255, 16, 0,
                               6, 0,  255, 255, 255, 255, 32, 0, 0,   0,   255, 255, 255, 255};
  const Bytes access(reinterpret_cast<const std::byte*>(acl), reinterpret_cast<const std::byte*>(acl) + sizeof acl);
  const bool acls = ::setxattr((folder / "probe").c_str(), "system.posix_acl_access", acl, sizeof acl, 0) == 0;
  TarStream stream;
  stream.add(other(EntryType::directory, ""));
  Entry e = file("f");
  e.mode = 0660;
  e.attributes = attributes;
  if (acls) e.attributes.insert(e.attributes.begin(), {"system.posix_acl_access", access});
  stream.add(e);
  Entry d = other(EntryType::directory, "d");
  if (acls) d.attributes = {{"system.posix_acl_default", access}};
  stream.add(d);
  stream.add(file("d/plain"));
  Entry hard = other(EntryType::hardlink, "g", "f");
  hard.attributes = attributes;
  stream.add(hard);
  const std::string out = extract(folder, stream);
  const auto tree = support::read_tree(out);
  CHECK(tree.at("f").attributes.size() == e.attributes.size());
  for (const ExtendedAttribute& a : e.attributes) {
    INFO(a.name);
    REQUIRE(tree.at("f").attributes.count(a.name) == 1);
    CHECK(tree.at("f").attributes.at(a.name) == as_text(a.value));
  }
  if (!acls) return;
  CHECK(tree.at("d").attributes.at("system.posix_acl_default") == as_text(access));
  CHECK(tree.at("d").attributes.size() == 1);
}

TEST_CASE("tar restores holes at the beginning, between and at the end", "[archive][tar]") {
  struct Case {
    std::string name;
    std::uint64_t size;
    std::vector<Segment> segments;
  };
  const std::uint64_t gib = std::uint64_t{1} << 30U;
  std::vector<Case> cases{
      {"all", 1 << 20, {}},
      {"begin", 100'000, {{98'304, 1'696}}},
      {"between", 1 << 20, {{0, 65'536}, {131'072, 4'096}, {(1 << 20) - 4'096, 4'096}}},
      {"end", 1 << 20, {{0, 8'192}}},
      {"everywhere", 1 << 20, {{65'536, 8'192}, {524'288, 65'536}}},
      {"whole", 8'192, {{0, 8'192}}},
      {"large", 8 * gib + 12'345, {{0, 4'096}, {4 * gib, 200'704}, {8 * gib + 12'288, 57}}},
      {"tail", 40 * gib, {{4'096, 135'168}}},
      {"empty", 0, {}},
      {"\xff sub\n" + std::string(200, 'n'), 1 << 20, {{524'288, 4'096}}},
  };
  Case many{"many", 0, {}};
  for (std::uint64_t i = 0; i < 700; ++i) many.segments.push_back({i * 16'384, 4'096});
  many.size = 700 * 16'384;
  cases.push_back(many);

  const TempFolder folder;
  TarStream stream;
  stream.add(other(EntryType::directory, ""));
  std::vector<std::string> contents;
  for (const Case& c : cases) {
    std::uint64_t data = 0;
    for (const Segment& s : c.segments) data += s.length;
    contents.push_back(random_bytes(static_cast<std::size_t>(data), c.size));
    Entry e = file(c.name, c.size);
    e.sparse = true;
    const TarMember member = stream.add(e, c.segments, contents.back());
    if (data >= 131'072) CHECK(member.data_offset % 4'096 == 0);
  }
  const std::string out = extract(folder, stream);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Case& c = cases[i];
    INFO(c.name);
    const std::string path = out + "/" + c.name;
    REQUIRE(static_cast<std::uint64_t>(stat_of(path).st_size) == c.size);
    const auto found = segments_of(path);
    if (c.size % 4096 == 0) CHECK(found == c.segments);
    CHECK(found.size() == c.segments.size());
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    std::size_t at = 0;
    for (const Segment& s : c.segments) {
      std::string piece(static_cast<std::size_t>(s.length), '\0');
      CHECK(::pread(fd, piece.data(), piece.size(), static_cast<off_t>(s.offset)) == static_cast<ssize_t>(s.length));
      CHECK(piece == contents[i].substr(at, piece.size()));
      at += piece.size();
    }
    ::close(fd);
  }
}

TEST_CASE("tar reads members of 8 GiB and more", "[archive][tar]") {
  const TempFolder folder;
  const std::uint64_t large = (std::uint64_t{8} << 30U) + 1;
  const int fd = ::open((folder / "stream.tar").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(fd >= 0);
  std::uint64_t at = 0;
  const auto put = [&](const Bytes& bytes, std::uint64_t data) {
    REQUIRE(::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at)) == static_cast<ssize_t>(bytes.size()));
    at += bytes.size() + whole_blocks(data);
  };
  Bytes header;
  const Entry whole = file("whole", large);
  TarMember member = encode_member(header, whole, {}, at);
  CHECK(member == TarMember{at + header.size(), large});
  CHECK(check_member(header, whole, {}, at));
  CHECK((at + header.size()) % 4'096 == 0);
  put(header, large);

  header.clear();
  Entry sparse = file("sparse", 3 * large);
  sparse.sparse = true;
  const std::vector<Segment> segments{{0, large - 1}, {2 * large - 2, large + 2}};
  member = encode_member(header, sparse, segments, at);
  CHECK(member == TarMember{at + header.size(), 2 * large + 1});
  CHECK(check_member(header, sparse, segments, at));
  CHECK((at + header.size()) % 4'096 == 0);
  put(header, 2 * large + 1);

  header.clear();
  const ArchiveId id{};
  member = encode_own_member(header, id, "leaves.0", large, at);
  CHECK(member == TarMember{at + header.size(), large});
  CHECK(check_own_member(header, id, "leaves.0", large, at));
  CHECK((at + header.size()) % 4'096 == 0);
  put(header, large);
  header.clear();
  encode_end(header);
  put(header, 0);

  const auto run = run_tar(folder.path(), "-tvf '" + (folder / "stream.tar") + "'");
  CHECK(run.status == 0);
  CHECK(run.err.empty());
  CHECK(run.out.find(" 8589934593 ") != std::string::npos);
  CHECK(run.out.find(" 25769803779 ") != std::string::npos);
  CHECK(run.out.find("./sparse\n") != std::string::npos);
  CHECK(run.out.find(".lifeboat-00000000000000000000000000000000/leaves.0\n") != std::string::npos);

  // And the reader walks the same without reading the data.
  TarReader reader;
  TarHeader h;
  std::uint64_t bytes_read = 0;
  std::size_t members = 0;
  for (;;) {
    const auto next = reader.next(h, [&](std::uint64_t from, MutableBytes out) -> Result<std::size_t> {
      const ssize_t n = ::pread(fd, out.data(), out.size(), static_cast<off_t>(from));
      bytes_read += out.size();
      return static_cast<std::size_t>(n);
    });
    REQUIRE(next);
    if (!*next) break;
    ++members;
  }
  CHECK(members == 3);
  CHECK(reader.offset() == at);
  CHECK(bytes_read < 32'768);
  ::close(fd);
}

TEST_CASE("own members are plain files that tar leaves out", "[archive][tar]") {
  const TempFolder folder;
  TarStream stream;
  stream.add(other(EntryType::directory, ""));
  stream.add(file("f", 2), {}, "ok");
  stream.add_own("leaves.0", std::string(700, 'l'));
  stream.add_own("manifest", std::string(200'000, 'm'));
  const std::string out = extract(folder, stream);
  CHECK(support::read_tree(out).size() == 2);
  const auto run = run_tar(folder.path(), "-xf '" + (folder / "stream.tar") + "' -C '" + out + "'");
  CHECK(run.status == 0);
  CHECK(run.err.empty());
  const std::string own = out + "/.lifeboat-ab010000000000000000000000000000";
  CHECK(support::read_file(own + "/leaves.0") == std::string(700, 'l'));
  CHECK(support::read_file(own + "/manifest") == std::string(200'000, 'm'));
  CHECK((stat_of(own + "/manifest").st_mode & 07777U) == 0600U);
}

TEST_CASE("a random tree goes through tar and comes out the same", "[archive][tar]") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  for (std::uint64_t round = 0; round < 4; ++round) {
    INFO("round " << round);
    const TempFolder folder;
    const std::string source = folder / "source";
    REQUIRE(::mkdir(source.c_str(), 0700) == 0);
    support::TreeShape shape;
    shape.attributes = ::geteuid() == 0;  // some ACLs lock others than root out of their own folders
    support::RandomTree tree(source, seed + round, shape);
    tree.create();
    INFO(tree.change(10));
    support::Collected seen;
    auto root = open_at(AT_FDCWD, source.c_str(), O_RDONLY | O_DIRECTORY);
    REQUIRE(root);
    REQUIRE(scan_tree(root.value.get(), {}, seen, std::stop_token{}));
    TarStream stream;
    for (auto& [entry, content] : seen.entries) {
      if (entry.type != EntryType::file) {
        stream.add(entry);
        continue;
      }
      REQUIRE(content->open());
      std::vector<Segment> segments;
      REQUIRE(content->segments([&](Segment s) {  // a hint is not asked: attributes of a block of their own hide a hole
        segments.push_back(s);
        return ok();
      }));
      std::string data;
      for (const Segment& s : segments) {
        Bytes piece(static_cast<std::size_t>(s.length));
        const auto got = content->read(s.offset, piece);
        REQUIRE(got);
        REQUIRE(*got == piece.size());
        data += as_text(piece);
      }
      content->close();
      stream.add(entry, segments, data);
    }
    const std::string out = extract(folder, stream);
    CHECK(support::first_difference(source, out) == "");
  }
}

}  // namespace test_tar_writer
