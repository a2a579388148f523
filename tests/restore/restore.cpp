// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/restore/restore.hpp>

#include <dirent.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "catch.hpp"
#include "support/in_child.hpp"
#include "support/made_repository.hpp"
#include "support/temp_folder.hpp"

namespace test_restore {

using namespace lifeboat;
using namespace support;

namespace {

MadeTree varied() {
  MadeTree tree;
  tree.file("empty", "");
  tree.file("small", "a payment of 12.50 EUR");
  tree.file("large", noise_bytes(3'500'000, 4));
  MadeEntry& holes = tree.file("sparse", Bytes(9'000'000));
  holes.entry.sparse = true;
  holes.segments = {{8192, 4096}, {5'000'000, 100'000}};
  const Bytes some = noise_bytes(100'000, 5);
  std::memcpy(holes.data.data() + 8192, some.data(), 4096);
  std::memcpy(holes.data.data() + 5'000'000, some.data(), some.size());
  tree.folder("d").entry.mode = 0500;
  tree.folder("d/e");
  for (int i = 0; i < 40; ++i)
    tree.file("d/e/" + std::to_string(i),
              noise_bytes(static_cast<std::size_t>(i) * 997, 10 + static_cast<std::uint64_t>(i)));
  tree.link("d/l", "../small");
  tree.hardlink("z", "small");
  return tree;
}

Bytes content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in.good());
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  return bytes_of(text);
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  DIR* open_folder = opendir(folder.c_str());
  REQUIRE(open_folder != nullptr);
  while (const dirent* entry = readdir(open_folder)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  closedir(open_folder);
  std::sort(names.begin(), names.end());
  return names;
}

struct stat status_of(const std::string& path) {
  struct stat found {};
  INFO(path);
  REQUIRE(lstat(path.c_str(), &found) == 0);
  return found;
}

void check_tree(const std::string& at, const MadeTree& tree) {
  for (const auto& [path, made] : tree.entries()) {
    const std::string here = path.empty() ? at : at + "/" + path;
    INFO(here);
    const struct stat found = status_of(here);
    const Entry& e = made.entry;
    if (e.type == EntryType::hardlink) {
      CHECK(found.st_ino == status_of(at + "/" + e.target).st_ino);
      continue;
    }
    CHECK(found.st_mtim.tv_sec == e.mtime.seconds);
    CHECK(found.st_mtim.tv_nsec == static_cast<long>(e.mtime.nanoseconds));
    if (e.type == EntryType::symlink) {
      char target[4096] = {};
      REQUIRE(readlink(here.c_str(), target, sizeof target - 1) > 0);
      CHECK(e.target == target);
      continue;
    }
    CHECK((found.st_mode & 07777U) == e.mode);
    if (e.type == EntryType::file) {
      CHECK((content_of(here) == made.data));
      if (e.sparse) CHECK(static_cast<std::uint64_t>(found.st_blocks) * 512 < e.size / 2);
    }
  }
}

struct Restored {
  MadeRepository made;
  TempFolder folder;
  std::unique_ptr<ArchiveReader> archive;
  RestoreInput input;

  explicit Restored(const MadeTree& tree) { open(made.backup(tree).record); }
  void open(const ArchiveRecord& record) {
    auto opened = ArchiveReader::open(made.repository, made.source(), record.facts);
    if (!opened) FAIL(opened.error().sentence());
    archive = std::move(*opened);
    input.archive = archive.get();
    input.target = folder / "target";
    input.metadata.owners = RestoreOwners::none;
    input.budgets.threads = 2;
  }
  Result<RestoreReport> run() {
    LIFEBOAT_TRY(const RestorePlan plan, plan_restore(input));
    return restore(input, plan);
  }
  Bytes& stream() { return made.store->objects.at(volume_name(made.source(), archive->facts().archive, 0)); }
  /// Flips a bit of what is stored of a file's content.
  void damage(const MadeTree& tree, const std::string& path, std::size_t at) {
    const Bytes& data = tree.entries().at(path).data;
    const auto begin = data.begin() + static_cast<std::ptrdiff_t>(at);
    Bytes& bytes = stream();
    const auto found = std::search(bytes.begin(), bytes.end(), begin, begin + 64);
    REQUIRE(found != bytes.end());
    *found ^= std::byte{1};
  }
};

std::string said(const Result<RestoreReport>& result) {
  return result ? std::string("done") : result.error().sentence();
}

}  // namespace

TEST_CASE("a tree comes back whole in a new place, and nothing is left beside it") {
  const MadeTree tree = varied();
  Restored r(tree);
  auto plan = plan_restore(r.input);
  REQUIRE(plan);
  CHECK(plan->possible());
  CHECK(plan->entries == tree.entries().size());
  CHECK(plan->content_bytes > 12'000'000);
  CHECK(plan->write_bytes < 5'000'000);
  CHECK(plan->space_needed >= plan->write_bytes);
  CHECK(plan->space_free > 0);
  CHECK(plan->archives.size() == 1);
  CHECK_FALSE(plan->extract);
  CHECK(names_in(r.folder.path()).empty());  // a plan writes nothing
  const auto report = restore(r.input, *plan);
  INFO(said(report));
  REQUIRE(report);
  check_tree(r.input.target, tree);
  CHECK(names_in(r.folder.path()) == std::vector<std::string>{"target"});
  CHECK(report->not_restored == 0);
  CHECK(report->read_bytes == plan->read_bytes);
}

TEST_CASE("every archive of a chain comes back as it was") {
  MadeTree tree = varied();
  Restored r(tree);
  std::vector<std::pair<ArchiveRecord, MadeTree>> points{{r.made.catalog.archives.back(), tree}};
  for (std::uint64_t round = 0; round < 4; ++round) {
    tree.at("large").data[round * 700'001] ^= std::byte{1};
    tree.touch("large");
    tree.file("new" + std::to_string(round), noise_bytes(100'000, round + 70));
    points.emplace_back(r.made.backup(tree, round % 2 == 0 ? StrategyId::incremental : StrategyId::differential).record,
                        tree);
  }
  int n = 0;
  for (const auto& [record, then] : points) {
    r.open(record);
    r.input.target = r.folder / ("target" + std::to_string(n++));
    const auto report = r.run();
    INFO(said(report));
    REQUIRE(report);
    check_tree(r.input.target, then);
  }
}

TEST_CASE("an existing target is refused, and nothing is left") {
  const MadeTree tree = varied();
  Restored r(tree);
  const auto refused = [&] {
    const auto report = r.run();
    REQUIRE(!report);
    CHECK(report.error().id() == ErrorId::target_exists);
    CHECK(report.error().is_unchanged());
    CHECK(names_in(r.folder.path()) == std::vector<std::string>{"target"});
  };
  SECTION("a file") {
    std::ofstream(r.input.target) << "x";
    refused();
  }
  SECTION("a link") {
    REQUIRE(symlink("/", r.input.target.c_str()) == 0);
    refused();
  }
  SECTION("a folder with something in it") {
    REQUIRE(mkdir(r.input.target.c_str(), 0700) == 0);
    std::ofstream(r.input.target + "/x") << "x";
    refused();
  }
}

TEST_CASE("an existing empty folder is filled in place, under a marker") {
  const MadeTree tree = varied();
  Restored r(tree);
  REQUIRE(mkdir(r.input.target.c_str(), 0700) == 0);
  const auto inode = status_of(r.input.target).st_ino;
  SECTION("whole") {
    const auto report = r.run();
    INFO(said(report));
    REQUIRE(report);
    CHECK(status_of(r.input.target).st_ino == inode);
    check_tree(r.input.target, tree);
  }
  SECTION("interrupted, gone on with") {
    r.damage(tree, "large", 2'000'000);
    CHECK(!r.run());
    CHECK(access((r.input.target + "/.lifeboat-incomplete").c_str(), F_OK) == 0);
    const auto again = r.run();
    REQUIRE(!again);
    CHECK(again.error().id() == ErrorId::staging_exists);
    r.damage(tree, "large", 2'000'001);  // mends it: see below
    Bytes& bytes = r.stream();
    const Bytes& data = tree.entries().at("large").data;
    const auto at = std::search(bytes.begin(), bytes.end(), data.begin() + 2'000'100, data.begin() + 2'000'164) - 100;
    std::memcpy(&*at, data.data() + 2'000'000, 100);
    r.input.resume = true;
    const auto report = r.run();
    INFO(said(report));
    REQUIRE(report);
    CHECK(report->kept_bytes > 0);
    CHECK(access((r.input.target + "/.lifeboat-incomplete").c_str(), F_OK) != 0);
    check_tree(r.input.target, tree);
  }
  SECTION("interrupted, discarded") {
    r.damage(tree, "large", 2'000'000);
    CHECK(!r.run());
    REQUIRE(discard_restore(r.input.target));
    CHECK(names_in(r.input.target).empty());
  }
}

TEST_CASE("a tree whose root its owner may not write to is restored by its owner") {
  MadeTree tree = varied();
  tree.at("").entry.mode = 0555;
  Restored r(tree);
  const bool in_place = GENERATE(false, true);
  REQUIRE(chmod(r.folder.path().c_str(), 0777) == 0);
  const auto answer = in_child([&]() -> std::string {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) return "can not drop root";
    if (in_place && mkdir(r.input.target.c_str(), 0700) != 0) return "can not make the target";
    return said(r.run());
  });
  REQUIRE(answer.status == 0);
  CHECK(answer.text == "done");
  CHECK(names_in(r.folder.path()) == std::vector<std::string>{"target"});
  check_tree(r.input.target, tree);
}

TEST_CASE("a source that is itself an interrupted restore comes back in a new place, and in none that has a marker") {
  MadeTree tree;
  tree.file(StagingPlace::marker_name, "left by somebody");
  Restored r(tree);
  SECTION("new") {
    const auto report = r.run();
    INFO(said(report));
    REQUIRE(report);
    check_tree(r.input.target, tree);
  }
  SECTION("in place") {
    REQUIRE(mkdir(r.input.target.c_str(), 0700) == 0);
    const auto report = r.run();
    REQUIRE(!report);
    CHECK(report.error().id() == ErrorId::target_exists);
  }
}

TEST_CASE("damage ends a restore before a wrong byte is written, and the target does not appear") {
  const MadeTree tree = varied();
  Restored r(tree);
  const Bytes whole = r.stream();
  r.damage(tree, "large", 2'000'000);
  const auto report = r.run();
  REQUIRE(!report);
  CHECK(report.error().id() == ErrorId::damage);
  CHECK(said(report).find("bytes 1998848 to 2002943 of 'large'") != std::string::npos);
  CHECK(said(report).find(r.folder / ".target.lifeboat-staging") != std::string::npos);
  CHECK(names_in(r.folder.path()) == std::vector<std::string>{".target.lifeboat-staging"});

  const auto again = r.run();
  REQUIRE(!again);
  CHECK(again.error().id() == ErrorId::staging_exists);

  SECTION("gone on with, once the medium is whole again") {
    r.stream() = whole;
    r.input.resume = true;
    const auto second = r.run();
    INFO(said(second));
    REQUIRE(second);
    CHECK(second->kept_bytes > 0);
    check_tree(r.input.target, tree);
    CHECK(names_in(r.folder.path()) == std::vector<std::string>{"target"});
  }
  SECTION("what was restored is believed by its digest only") {
    r.stream() = whole;
    std::fstream file(r.folder / ".target.lifeboat-staging/tree/small",
                      std::ios::in | std::ios::out | std::ios::binary);
    if (file.good()) file.put('X');
    file.close();
    r.input.resume = true;
    REQUIRE(r.run());
    check_tree(r.input.target, tree);
  }
  SECTION("gone on with as something else is refused") {
    auto scope = Scope::parse({"small"}, {});
    REQUIRE(scope);
    r.input.scope = std::move(*scope);
    r.input.resume = true;
    const auto second = r.run();
    REQUIRE(!second);
    CHECK(second.error().id() == ErrorId::staging_exists);
  }
  SECTION("discarded") {
    REQUIRE(discard_restore(r.input.target));
    CHECK(names_in(r.folder.path()).empty());
    const auto none = discard_restore(r.input.target);
    REQUIRE(!none);
    CHECK(none.error().id() == ErrorId::staging_missing);
  }
  SECTION("left out by a scope") {
    REQUIRE(discard_restore(r.input.target));
    auto scope = Scope::parse({}, {"large"});
    REQUIRE(scope);
    r.input.scope = std::move(*scope);
    const auto second = r.run();
    INFO(said(second));
    REQUIRE(second);
    CHECK(second->extract);
    MadeTree rest = tree;
    rest.remove("large");
    check_tree(r.input.target, rest);
  }
}

TEST_CASE("to go on where there is nothing is refused") {
  Restored r(varied());
  r.input.resume = true;
  const auto report = r.run();
  REQUIRE(!report);
  CHECK(report.error().id() == ErrorId::staging_missing);
  CHECK(names_in(r.folder.path()).empty());
}

TEST_CASE("a restore that is stopped leaves its staging place only") {
  const MadeTree tree = varied();
  Restored r(tree);
  auto plan = plan_restore(r.input);
  REQUIRE(plan);
  std::stop_source stop;
  r.input.stop = stop.get_token();
  stop.request_stop();
  const auto report = restore(r.input, *plan);
  REQUIRE(!report);
  CHECK(report.error().id() == ErrorId::interrupted);
  CHECK(names_in(r.folder.path()) == std::vector<std::string>{".target.lifeboat-staging"});
  r.input.stop = {};
  r.input.resume = true;
  REQUIRE(r.run());
  check_tree(r.input.target, tree);
}

TEST_CASE("a scope gives an extract with the folders above, and links that lead out of it as files") {
  const MadeTree tree = varied();
  Restored r(tree);
  auto scope = Scope::parse({"/d/e/1?", "/z"}, {"13"});
  REQUIRE(scope);
  r.input.scope = std::move(*scope);
  auto plan = plan_restore(r.input);
  REQUIRE(plan);
  CHECK(plan->extract);
  CHECK(plan->files == 10);
  const auto report = restore(r.input, *plan);
  INFO(said(report));
  REQUIRE(report);
  CHECK(names_in(r.input.target) == std::vector<std::string>{"d", "z"});
  CHECK(names_in(r.input.target + "/d") == std::vector<std::string>{"e"});
  CHECK(names_in(r.input.target + "/d/e").size() == 9);
  CHECK((content_of(r.input.target + "/z") == tree.entries().at("small").data));
  CHECK((status_of(r.input.target + "/d").st_mode & 07777U) == 0500);
}

TEST_CASE("unchanged blocks come from the old tree, which is never altered") {
  const MadeTree tree = varied();
  Restored r(tree);
  REQUIRE(r.run());
  const std::string old = r.folder / "old";
  REQUIRE(rename(r.input.target.c_str(), old.c_str()) == 0);
  {
    std::fstream file(old + "/large", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(1'000'000);
    file.write("damage", 6);
  }
  const Bytes before = content_of(old + "/large");
  // So old that any reading which leaves its mark would move it, whatever the mount says.
  for (const char* file : {"/large", "/small"}) {
    const timespec times[2] = {{1000, 0}, {2000, 0}};
    REQUIRE(utimensat(AT_FDCWD, (old + file).c_str(), times, 0) == 0);
  }
  r.input.using_old = old;
  const auto report = r.run();
  INFO(said(report));
  REQUIRE(report);
  check_tree(r.input.target, tree);
  CHECK(report->old_bytes > 2'000'000);
  for (const char* file : {"/large", "/small"}) CHECK(status_of(old + file).st_atim.tv_sec == 1000);
  CHECK(report->read_bytes <= 1U << 20U);
  CHECK((content_of(old + "/large") == before));
  SECTION("so that an archive with a damaged medium can still be restored where the tree has what it lost") {
    r.stream()[r.stream().size() / 2] ^= std::byte{1};
    r.damage(tree, "large", 3'000'000);
    r.input.target = r.folder / "second";
    REQUIRE(r.run());
    check_tree(r.input.target, tree);
  }
  SECTION("one that is not there is refused") {
    r.input.using_old = r.folder / "nowhere";
    r.input.target = r.folder / "second";
    const auto none = r.run();
    REQUIRE(!none);
    CHECK(none.error().id() == ErrorId::source_missing);
    CHECK(access(r.input.target.c_str(), F_OK) != 0);
  }
}

TEST_CASE("too little space is seen before a byte is written") {
  const MadeTree tree = varied();
  Restored r(tree);
  const std::string disk = r.folder / "disk";
  REQUIRE(mkdir(disk.c_str(), 0700) == 0);
  r.input.target = disk + "/target";
  constexpr int not_mounted = 77;
  const pid_t child = fork();
  if (child == 0) {  // with a disk of 1 MiB that nobody else sees
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=1m,mode=0700") != 0)
      _exit(not_mounted);
    const auto plan = plan_restore(r.input);
    if (!plan || plan->possible() || plan->refusals.front().id() != ErrorId::space) _exit(2);
    if (plan->space_needed < 3'500'000 || plan->space_free > (1U << 20U)) _exit(3);
    const auto report = restore(r.input, *plan);
    if (report || report.error().id() != ErrorId::space || !report.error().is_unchanged()) _exit(4);
    _exit(names_in(disk).empty() ? 0 : 5);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == not_mounted) {
    WARN("NOT RUN: no tmpfs may be mounted here");
    return;
  }
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a torn cut is refused unless it is asked for") {
  MadeTree tree;
  tree.file("a", "x");
  MadeEntry& torn = tree.file("torn", "0123456789");
  torn.entry.size = 10;
  torn.data.resize(5);  // it ends early whenever it is read
  Restored r(tree);
  REQUIRE(r.archive->facts().torn == 1);
  const auto refused = r.run();
  REQUIRE(!refused);
  CHECK(refused.error().id() == ErrorId::torn_refused);
  CHECK(names_in(r.folder.path()).empty());
  r.input.accept_torn = true;
  const auto report = r.run();
  REQUIRE(report);
  CHECK(report->torn == 1);
}

TEST_CASE("a volume that is missing is seen by the plan") {
  const MadeTree tree = varied();
  Restored r(tree);
  r.made.store->objects.erase(volume_name(r.made.source(), r.archive->facts().archive, 0));
  const auto report = r.run();
  REQUIRE(!report);
  CHECK(report.error().id() == ErrorId::damage);
  CHECK(names_in(r.folder.path()).empty());
}

}  // namespace test_restore
