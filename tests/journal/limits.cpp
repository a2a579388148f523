// SPDX-License-Identifier: BSL-1.0
// A journal at its limits: the last number, ten thousand segments, segments that are gone, two writers, a fork, a
// folder that can not be written, and a clock that is set.
#include <lifeboat/journal/journal.hpp>

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include <lifeboat/journal/kept_keys.hpp>
#include <lifeboat/journal/once.hpp>
#include <lifeboat/journal/recycle.hpp>
#include <lifeboat/journal/segment_image.hpp>
#include <lifeboat/testing/fake_clock.hpp>

#include "support/in_child.hpp"
#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_limits {

using namespace lifeboat;
using namespace support;

namespace {

std::string told(const AppendOutcome<LocalDurable>& outcome) {
  return outcome.match([](Acked<LocalDurable> a) { return "acked " + std::to_string(a.position.sequence); },
                       [](NotWritten n) { return "not written " + std::string(to_string(n.id)); },
                       [](Unknown u) { return "unknown " + std::string(to_string(u.id)); });
}
std::string told(const SubmitOutcome& outcome) {
  return outcome.match([](Position p) { return "at " + std::to_string(p.sequence); },
                       [](NotWritten n) { return "not written " + std::string(to_string(n.id)); });
}

/// Positions that a reader gives from the beginning, and the error that ended it.
std::pair<std::vector<std::uint64_t>, std::string> read_from(JournalReader& reader) {
  std::vector<std::uint64_t> all;
  while (true) {
    const auto next = reader.next();
    if (!next) return {all, std::string(to_string(next.error().id())) + " " + next.error().sentence()};
    if (!*next) return {all, ""};
    all.push_back((*next)->position.sequence);
  }
}

std::uint64_t descriptors() {
  std::uint64_t count = 0;
  for ([[maybe_unused]] const auto& one : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

/// Bytes that this process has read so far, also from memory.
std::uint64_t bytes_read() {
  std::ifstream io("/proc/self/io");
  std::string name;
  std::uint64_t value = 0;
  io >> name >> value;
  return name == "rchar:" ? value : 0;
}

/// As many segments with one payment each as a restore may leave: as long as they need to be.
void make_segments(const std::string& folder, std::uint64_t count) {
  std::filesystem::create_directory(folder);
  const auto structural = open_structural(StructuralId::sha256);
  REQUIRE(structural);
  const auto sha256 = (*structural)->begin();
  REQUIRE(sha256);
  SegmentHeader header;
  header.journal.bytes.fill(std::byte{7});
  header.schemas = {schema_bytes<Payment>()};
  ChainValue chain{};
  for (std::uint64_t n = 1; n <= count; ++n) {
    JournalBatch batch{1, n - 1, n, n, chain, {}, Bytes(frame_length(payment_of(n)))};
    put_group(batch.frames, n, {static_cast<std::int64_t>(n), 0}, GroupFlag::none, payment_of(n));
    seal_groups(batch.frames, 0, 0);
    REQUIRE((*sha256)->update(chain));
    REQUIRE((*sha256)->update(ByteView(batch.frames).subspan(8)));
    REQUIRE((*sha256)->finish(chain));
    batch.chain = chain;
    auto image = SegmentImage::begin(header, batch, n, n * 77);
    REQUIRE(image);
    image->add(batch);
    const auto bytes = image->finish();
    REQUIRE(bytes);
    const FileDescriptor file(
        ::open((folder + "/" + segment_name(n)).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    REQUIRE(!pwrite_full(file.get(), 0, *bytes));
  }
}

/// Writes the header of a segment again, changed.
template <class Change>
void rewrite_header(const std::string& path, Change&& change) {
  const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  const auto structural = open_structural(StructuralId::sha256);
  const auto sha256 = (*structural)->begin();
  auto header = read_segment_header(file.get(), path, **sha256);
  REQUIRE(header);
  change(*header);
  const auto bytes = encode_segment_header(*header, **sha256);
  REQUIRE(bytes);
  REQUIRE(!pwrite_full(file.get(), 0, *bytes));
}

class NoKeys final : public KeysPort {
 public:
  Result<std::optional<KnownKey>> find(std::string_view) override { return std::optional<KnownKey>(); }
  Status learn(std::string_view, const KnownKey&) override { return ok(); }
  void cover(Position up_to) noexcept override { covered_ = up_to; }
  [[nodiscard]] Position covered() const noexcept override { return covered_; }

 private:
  Position covered_{};
};

}  // namespace

TEST_CASE("behind the last number there is none: a journal refuses, and is read to its end") {
  const TempFolder folder;
  JournalConfig config = journal_of(folder / "j", 2);
  config.first_sequence = sequence_max - 4;
  for (int life = 0; life < 2; ++life) {
    auto opened = Journal::open(config);
    REQUIRE(opened);
    Journal& journal = **opened;
    if (life == 0) {
      for (std::uint64_t n = sequence_max - 4; n <= sequence_max - 2; ++n)
        CHECK(told(journal.append(payment_of(n))) == "acked " + std::to_string(n));
      const auto at = "at " + std::to_string(sequence_max - 1);
      CHECK(told(journal.submit(payment_of(1))) == at);
      CHECK(told(journal.submit(payment_of(2))) == "at " + std::to_string(sequence_max));
    }
    for (int again = 0; again < 3; ++again) {
      CHECK(told(journal.append(payment_of(3))) == "not written LB-LIMIT");
      CHECK(told(journal.submit(payment_of(3))) == "not written LB-LIMIT");
    }
    CHECK(told(journal.wait({2, sequence_max})) == "acked " + std::to_string(sequence_max));
    CHECK(journal.durable() == Position{2, sequence_max});
    NoKeys keys;
    const auto once = Once::open(journal, keys);
    REQUIRE(once);
    CHECK(keys.covered() == Position{2, sequence_max});
    CHECK((*once)
              ->append({}, payment_of(4))
              .match([](Acked<LocalDurable>) { return ErrorId{}; }, [](Already) { return ErrorId{}; },
                     [](InDoubt) { return ErrorId{}; }, [](NotWritten n) { return n.id; },
                     [](Unknown) { return ErrorId{}; }) == ErrorId::limit);
    if (life == 1) {
      CHECK(journal.recovery().last == sequence_max);
      CHECK(journal.recovery().cut_bytes == 0);
      CHECK(told(journal.fate({2, sequence_max})) == "acked " + std::to_string(sequence_max));
    }
  }
  auto reader = JournalReader::open(folder / "j");
  REQUIRE(reader);
  const auto [all, error] = read_from(*reader);
  CHECK(error.empty());
  REQUIRE(all.size() == 5);
  CHECK(all.front() == sequence_max - 4);
  CHECK(all.back() == sequence_max);
  CHECK(JournalReader::open(folder / "j")->verify()->last == Position{2, sequence_max});
  auto last = JournalReader::open(folder / "j", {2, sequence_max});
  REQUIRE(last);
  CHECK(read_from(*last).first == std::vector<std::uint64_t>{sequence_max});

  // A copy has it to its end too; where a new schema begins a segment behind it, that holds nothing.
  const auto replica = open_replica(folder / "r");
  auto from = JournalReader::open(folder / "j");
  REQUIRE(from);
  CHECK(ship(*from, *replica)->last == Position{2, sequence_max});
  config.schemas.push_back(schema_bytes<Everything>());
  CHECK(told((*Journal::open(config))->append(payment_of(3))) == "not written LB-LIMIT");
  CHECK(JournalReader::open(folder / "j")->verify()->last == Position{2, sequence_max});
  CHECK(recycle_segments(folder / "j", {2, ~std::uint64_t{0}}).value() == 1);

  config.first_sequence = sequence_max + 1;
  CHECK(Journal::open(config).error().id() == ErrorId::config);
  CHECK(Journal::open(journal_of(folder / "k", epoch_max + 1)).error().id() == ErrorId::config);
  CHECK_FALSE(std::filesystem::exists(folder / "k"));
}

TEST_CASE("behind the segment with the last number no other is begun: what would need it is not written") {
  const TempFolder folder;
  const std::string path = folder / "j";
  REQUIRE(appended(*open_journal(path), 1, 10));
  std::filesystem::rename(path + "/" + segment_name(1), path + "/" + segment_name(segment_number_max));
  rewrite_header(path + "/" + segment_name(segment_number_max),
                 [](SegmentHeader& header) { header.number = segment_number_max; });
  {
    const auto journal = open_journal(path);
    CHECK(journal->recovery().last == 10);
    std::string said;
    std::uint64_t last = 1710;
    REQUIRE(appended(*journal, 11, last, 100));
    while ((said = told(journal->append(payment_of(last + 1)))) == "acked " + std::to_string(last + 1)) ++last;
    CHECK(said == "not written LB-STOPPED");
    CHECK(last > 1000);
    CHECK(payments_in(path).size() == last);
  }
  CHECK(Journal::open(journal_of(path, 2)).error().system_error() == EOVERFLOW);
  CHECK(JournalReader::open(path)->verify()->segments == 1);
}

TEST_CASE("ten thousand segments: opened without reading them, walked with a few descriptors") {
  constexpr std::uint64_t count = 10'000;
  const TempFolder folder;
  const std::string path = folder / "j";
  make_segments(path, count);
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const rlimit before = limit;
  limit.rlim_cur = descriptors() + 16;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  const auto cost = [&](auto&& call) {
    const std::uint64_t from = bytes_read();
    call();
    return bytes_read() - from;
  };
  const std::uint64_t open_before = descriptors();
  std::unique_ptr<Journal> journal;
  CHECK(cost([&] { journal = open_journal(path); }) < 1U << 20U);
  CHECK(told(journal->append(payment_of(count + 1))) == "acked " + std::to_string(count + 1));
  std::optional<JournalReader> reader;
  CHECK(cost([&] {
          auto opened = JournalReader::open(path, {1, 6789});
          REQUIRE(opened);
          reader.emplace(std::move(*opened));
        }) < 1U << 20U);
  CHECK((*reader->next())->position == Position{1, 6789});
  CHECK(cost([&] { CHECK(told(journal->fate({1, 1234})) == "acked 1234"); }) < 2U << 20U);
  reader.reset();
  const auto found = payments_in(path);
  REQUIRE(found.size() == count + 1);
  for (std::uint64_t n = 1; n <= count + 1; ++n) REQUIRE(found[n - 1] == n);
  CHECK(JournalReader::open(path)->verify()->segments == count + 1);
  CHECK(descriptors() <= open_before + 8);
  CHECK(recycle_segments(path, {1, 9'000}).value() == 9'000);
  CHECK(payments_in(path).front() == 9'001);
  journal.reset();
  CHECK(descriptors() == open_before);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}

TEST_CASE("segments that are gone from the middle are named, with their groups, by whoever comes to them") {
  const TempFolder folder;
  const std::string path = folder / "j";
  constexpr std::uint64_t count = 9000;
  REQUIRE(appended(*open_journal(path), 1, count, 10));
  const std::uint64_t segments = JournalReader::open(path)->verify()->segments;
  REQUIRE(segments >= 5);
  const auto first_of = [&](std::uint64_t number) {
    const FileDescriptor file(::open((path + "/" + segment_name(number)).c_str(), O_RDONLY | O_CLOEXEC));
    const auto structural = open_structural(StructuralId::sha256);
    const auto sha256 = (*structural)->begin();
    return read_segment_header(file.get(), "it", **sha256)->first;
  };
  const std::uint64_t second = first_of(2), third = first_of(3), fourth = first_of(4);
  auto reader = JournalReader::open(path);  // is in the first when the next go
  REQUIRE(reader);
  REQUIRE(*reader->next());
  for (const std::uint64_t gone : {2U, 3U}) {
    std::filesystem::rename(path + "/" + segment_name(gone), folder / segment_name(gone));
    const std::string sentence =
        "the journal " + path + " lacks segment-0000000002" +
        (gone == 2
             ? ": groups 1:" + std::to_string(second) + " to " + std::to_string(third - 1)
             : " to segment-0000000003: groups 1:" + std::to_string(second) + " to " + std::to_string(fourth - 1));
    const auto journal = Journal::open(journal_of(path));
    REQUIRE_FALSE(journal);
    CHECK(journal.error().id() == ErrorId::corrupt);
    CHECK(journal.error().sentence() == sentence);
    auto whole = JournalReader::open(path);
    REQUIRE(whole);
    const auto [all, error] = read_from(*whole);
    CHECK(all.size() + 10 >= second - 1);  // a batch that waits for its watermark stays behind
    CHECK(error == "LB-CORRUPT " + sentence);
    CHECK(read_from(*whole) == std::pair(std::vector<std::uint64_t>{}, error));  // and says so again
    CHECK(JournalReader::open(path)->verify().error().sentence() == sentence);
    // Behind the gap everything is there.
    auto behind = JournalReader::open(path, {1, fourth});
    REQUIRE(behind);
    CHECK(read_from(*behind).first.size() == count - fourth + 1);
  }
  CHECK(read_from(*reader).second.starts_with("LB-CORRUPT"));
  for (const std::uint64_t gone : {2U, 3U})
    std::filesystem::rename(folder / segment_name(gone), path + "/" + segment_name(gone));
  CHECK(payments_in(path).size() == count);
  CHECK(appended(*open_journal(path), count + 1, count + 1));
}

TEST_CASE("a reader whose next segment was recycled is told so, and does not wait for it") {
  const TempFolder folder;
  const std::string path = folder / "j";
  REQUIRE(appended(*open_journal(path), 1, 4000, 10));
  auto reader = JournalReader::open(path);
  REQUIRE(reader);
  REQUIRE(*reader->next());
  REQUIRE(recycle_segments(path, {1, 3800}).value() >= 2);
  const auto [all, error] = read_from(*reader);
  CHECK(all.back() > 1000);
  const std::string beyond = "LB-OBJECT-MISSING the journal " + path + " was recycled beyond 1:";
  REQUIRE(error.starts_with(beyond));
  CHECK(std::stoull(error.substr(beyond.size())) >= all.back());
}

TEST_CASE("a journal that is opened for reading while segments are recycled and begun is never called damaged") {
  const TempFolder folder;
  const std::string path = folder / "j";
  const auto journal = open_journal(path);
  REQUIRE(appended(*journal, 1, 2000, 20));
  std::atomic<bool> done{false};
  std::atomic<bool> good{true};
  std::thread writer([&] {
    for (std::uint64_t n = 2001; n < 12'000; n += 500) {
      good = good && appended(*journal, n, n + 499, 20) && recycle_segments(path, {1, n - 200}).has_value();
    }
    done = true;
  });
  std::string wrong;
  std::uint64_t opens = 0;
  std::uint64_t beginning = 0;
  while (!done) {
    auto reader = JournalReader::open(path);
    if (!reader) {
      wrong = std::string(to_string(reader.error().id())) + " " + reader.error().sentence();
      break;
    }
    const auto group = reader->next();
    if (!group && group.error().id() != ErrorId::object_missing) wrong = group.error().sentence();
    if (group && *group) {
      if ((*group)->position.sequence < beginning) wrong = "it begins earlier than before";
      beginning = (*group)->position.sequence;
    }
    ++opens;
  }
  writer.join();
  CHECK(good);
  CHECK(wrong.empty());
  CHECK(opens > 10);
  CHECK(beginning > 2000);
}

TEST_CASE("of writers that begin at once one writes, and the others change nothing") {
  const TempFolder folder;
  for (int round = 0; round < 15; ++round) {
    const std::string path = folder / "j" + std::to_string(round % 3);  // made by one of them, or there already
    int gate[2];
    int answers[2];
    int hold[2];
    REQUIRE((::pipe(gate) == 0 && ::pipe(answers) == 0 && ::pipe(hold) == 0));
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        ::close(gate[1]);
        ::close(hold[1]);
        char none = 0;
        (void)!::read(gate[0], &none, 1);
        auto journal = Journal::open(journal_of(path));
        char said = 'x';
        if (journal)
          said = told((*journal)->append(payment_of(1))).starts_with("acked") ? 'w' : 'x';
        else if (journal.error().id() == ErrorId::busy && journal.error().is_unchanged())
          said = 'b';
        (void)!::write(answers[1], &said, 1);
        (void)!::read(hold[0], &none, 1);  // it holds the journal until all have answered
        ::_exit(0);
      }
      children.push_back(child);
    }
    ::close(gate[0]);
    ::close(hold[0]);
    ::close(gate[1]);
    std::string all(4, '?');
    for (char& one : all) REQUIRE(::read(answers[0], &one, 1) == 1);
    ::close(hold[1]);
    for (const pid_t child : children) REQUIRE(::waitpid(child, nullptr, 0) == child);
    for (const int fd : {answers[0], answers[1]}) ::close(fd);
    std::sort(all.begin(), all.end());
    CHECK(all == "bbbw");
    CHECK(payments_in(path).size() == static_cast<std::size_t>(round / 3 + 1));
  }
}

TEST_CASE("a child of the process that opened a journal writes nothing into it, and takes no lock that may be held") {
  const TempFolder folder;
  const std::string path = folder / "j";
  const auto journal = open_journal(path);
  NoKeys keys;
  const auto once = Once::open(*journal, keys);
  REQUIRE(once);
  REQUIRE(appended(*journal, 1, 3));
  CHECK(told(journal->submit(payment_of(4))) == "at 4");  // waits for a flush, in both processes
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> turns{0};
  std::thread busy([&] {  // holds the journal's lock most of the time
    while (!stop) {
      (void)journal->submit(std::span<const Payment>());
      ++turns;
    }
  });
  while (turns == 0) std::this_thread::yield();
  std::string all;
  for (int round = 0; round < 20; ++round) {
    const auto answer = in_child([&] {
      const auto key = (*once)
                           ->append({}, payment_of(9))
                           .match([](Acked<LocalDurable>) { return "acked"; }, [](Already) { return "already"; },
                                  [](InDoubt) { return "doubt"; }, [](NotWritten) { return "not written"; },
                                  [](Unknown u) { return u.id == ErrorId::forked ? "forked" : "unknown"; });
      return told(journal->append(payment_of(5))) + "; " + told(journal->submit(payment_of(5))) + "; " +
             told(journal->wait({1, 4})) + "; " + told(journal->fate({1, 4})) + "; " + key + "; " +
             std::string(to_string(journal->durable_fd().error().id())) + "; " +
             std::string(to_string(Journal::open(journal_of(path)).error().id()));
    });
    REQUIRE(answer.status == 0);
    if (all.empty()) all = answer.text;
    CHECK(answer.text == all);
  }
  stop = true;
  busy.join();
  CHECK(all ==
        "not written LB-FORKED; not written LB-FORKED; unknown LB-FORKED; unknown LB-FORKED; forked; LB-FORKED; "
        "LB-BUSY");
  CHECK(payments_in(path) == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(told(journal->wait({1, 4})) == "acked 4");
  CHECK(appended(*journal, 5, 5));
  CHECK(payments_in(path) == std::vector<std::uint64_t>{1, 2, 3, 4, 5});
}

TEST_CASE("on a file system that is read-only a journal is read, and not written") {
  const TempFolder folder;
  const auto answer = in_child([&]() -> std::string {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=4m,mode=0700") != 0)
      return "NOT RUN";
    const std::string path = folder / "j";
    {
      auto journal = Journal::open(journal_of(path));
      if (!journal || !appended(**journal, 1, 20)) return "not written";
    }
    if (::mount(nullptr, folder.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) return "not remounted";
    const auto refused = Journal::open(journal_of(path));
    const auto fresh = Journal::open(journal_of(folder / "k"));
    auto reader = JournalReader::open(path);
    if (refused || fresh || !reader) return "opened";
    const std::size_t groups = read_from(*reader).first.size();
    return std::string(to_string(refused.error().id())) + " " + std::to_string(refused.error().system_error()) +
           (refused.error().is_unchanged() ? " unchanged; " : "; ") + std::string(to_string(fresh.error().id())) + " " +
           std::to_string(fresh.error().system_error()) + "; " + std::to_string(groups) + " " +
           std::to_string(reader->verify()->tail_bytes);
  });
  if (answer.text == "NOT RUN") {
    WARN("NOT RUN: no tmpfs may be mounted here");
    return;
  }
  CHECK(answer.text == "LB-MEDIUM-IO 30 unchanged; LB-MEDIUM-IO 30; 20 0");
}

TEST_CASE(
    "where a disk is full each answer has the system's reason, and with room every payment is known and it goes on") {
  const TempFolder folder;
  const auto answer = in_child([&]() -> std::string {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=3m,mode=0700") != 0)
      return "NOT RUN";
    const std::string path = folder / "j";
    const auto open_keys = [&] {
      return KeptKeys::open({.folder = path + "/keys", .retry_groups = ~std::uint64_t{0}, .memory = 64U << 10U});
    };
    const auto ask = [](Once& once, std::uint64_t n) {
      return once.append({}, payment_of(n))
          .match([](Acked<LocalDurable>) { return std::string("acked"); },
                 [](Already) { return std::string("already"); }, [](InDoubt) { return std::string("doubt"); },
                 [](NotWritten r) {
                   return "not written " + std::string(to_string(r.id)) + " " + std::to_string(r.system_error);
                 },
                 [](Unknown u) {
                   return "unknown " + std::string(to_string(u.id)) + " " + std::to_string(u.system_error);
                 });
    };
    std::uint64_t paid = 0;
    std::string said;
    {
      auto journal = Journal::open(journal_of(path));
      if (!journal) return "not opened";
      auto keys = open_keys();
      if (!keys) return "not opened";
      auto once = Once::open(**journal, **keys);
      if (!once) return "not opened";
      std::ofstream(folder / "room") << std::string(300'000, 'x');
      for (said = "acked"; said == "acked" && paid < 100'000;)
        if ((said = ask(**once, paid + 1)) == "acked") ++paid;
      said += "; " + ask(**once, paid + 2) + "; " + ask(**once, 1);
    }
    std::filesystem::remove(folder / "room");
    auto journal = Journal::open(journal_of(path));
    if (!journal) return said + "; " + journal.error().sentence();
    auto keys = open_keys();
    if (!keys) return said + "; " + keys.error().sentence();
    auto once = Once::open(**journal, **keys);
    if (!once) return said + "; " + once.error().sentence();
    for (std::uint64_t n = 1; n <= paid; ++n)
      if (ask(**once, n) != "already") return said + "; " + std::to_string(n) + " is not known";
    return (paid > 1000 ? said : "few are paid") + "; " + ask(**once, paid + 1);
  });
  if (answer.text == "NOT RUN") {
    WARN("NOT RUN: no tmpfs may be mounted here");
    return;
  }
  // The known keys meet it first: what they can not learn they can not look up.
  CHECK(answer.text == "unknown LB-STOPPED 28; unknown LB-STOPPED 28; unknown LB-STOPPED 28; acked");
}

TEST_CASE("a folder that one may not enter, or not write, is no journal that is missing") {
  if (::geteuid() != 0) {
    WARN("NOT RUN: only root can become somebody else");
    return;
  }
  const TempFolder folder;
  REQUIRE(appended(*open_journal(folder / "j"), 1, 5));
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  const auto as_nobody = [&] {
    return in_child([&]() -> std::string {
             if (::setgid(65534) != 0 || ::setuid(65534) != 0) return "NOT RUN";
             const auto refused = Journal::open(journal_of(folder / "j"));
             auto reader = JournalReader::open(folder / "j");
             if (refused) return "opened";
             return std::string(to_string(refused.error().id())) + " " +
                    std::to_string(refused.error().system_error()) + "; " +
                    (reader ? std::to_string(read_from(*reader).first.size())
                            : std::string(to_string(reader.error().id())) + " " +
                                  std::to_string(reader.error().system_error()));
           })
        .text;
  };
  CHECK(as_nobody() == "LB-FOREIGN-OWNER 13; LB-FOREIGN-OWNER 13");
  for (const char* name : {"j", "j/lock", "j/segment-0000000001"})
    std::filesystem::permissions(folder / name, static_cast<std::filesystem::perms>(0755));
  CHECK(as_nobody() == "LB-FOREIGN-OWNER 13; 5");
}

TEST_CASE("a clock that is set back and forth changes times, and neither order nor durability") {
  const TempFolder folder;
  const std::string path = folder / "j";
  testing::FakeClock clock;
  const std::int64_t start = clock.now().wall.seconds;
  const std::int64_t steps[] = {0, 3600, -7200, 1'000'000'000, -2'000'000'000, -(1LL << 40), 1LL << 40};
  std::vector<std::int64_t> stated;
  JournalConfig config = journal_of(path);
  config.clock = &clock;
  std::uint64_t n = 0;
  for (int life = 0; life < 3; ++life) {
    auto journal = Journal::open(config);
    REQUIRE(journal);
    for (const std::int64_t step : steps) {
      clock.set_wall({start + step + life, 5});
      for (int i = 0; i < 5; ++i) {  // over the ends of segments
        REQUIRE(appended(**journal, n + 1, n + 20, 20));
        n += 20;
        stated.insert(stated.end(), 20, start + step + life);
      }
    }
  }
  auto reader = JournalReader::open(path);
  REQUIRE(reader);
  for (std::uint64_t at = 1; at <= n; ++at) {
    const auto group = reader->next();
    REQUIRE(group);
    REQUIRE(*group);
    REQUIRE((*group)->position.sequence == at);
    REQUIRE((*group)->time == Timestamp{stated[at - 1], 5});
  }
  CHECK(reader->header().number > 1);
  CHECK(JournalReader::open(path)->verify()->groups == n);
}

}  // namespace test_limits
