// SPDX-License-Identifier: BSL-1.0
// Every byte of a journal, flipped or never written: damage is never taken for a torn tail, and no group is half.
#include <lifeboat/journal/journal.hpp>

#include <filesystem>
#include <fstream>

#include <lifeboat/journal/reader.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/temp_folder.hpp"

namespace test_damage {

using namespace lifeboat;

namespace {

JournalConfig config_of(const std::string& folder) {
  return {
      .folder = folder, .segment_length = 256U << 10U, .queue_bytes = 32U << 10U, .schemas = {schema_bytes<Payment>()}};
}

Payment payment(std::uint64_t n) { return {*Key::of("K-" + std::to_string(n)), {n}, {n + 1}, {100, EUR}}; }

std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Written {
  support::TempFolder folder;
  std::string path = folder / "j";
  std::string segment = path + "/segment-0000000001";
  std::string good;
  std::uint64_t before_last = 0;  ///< where the last batch begins
  std::uint64_t end = 0;          ///< and ends; a mark stands behind it

  Written() {
    auto journal = Journal::open(config_of(path));
    REQUIRE(journal);
    for (std::uint64_t n = 1; n <= 3; ++n) {
      if (n == 3) before_last = used();
      bool done = false;
      (*journal)
          ->append(payment(n), payment(n))
          .match([&](Acked<LocalDurable>) { done = true; }, [](NotWritten) {}, [](Unknown) {});
      REQUIRE(done);
    }
    end = used();
    good = read_bytes(segment);
  }
  /// Where the mark begins.
  [[nodiscard]] std::uint64_t used() const {
    const std::string bytes = read_bytes(segment);
    const std::size_t last = bytes.find_last_not_of('\0') + 1;
    return (last + 7) / 8 * 8 - commit_bytes;
  }
  void put(std::size_t at, const std::string& bytes) const {
    std::fstream file(segment, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(at)).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  void restore() const {
    std::ofstream(segment, std::ios::binary) << good;
    std::filesystem::remove(path + "/segment-0000000002");
  }
};

/// How many groups a reader gives; each must be whole and what it was.
std::uint64_t readable(const std::string& path) {
  auto reader = JournalReader::open(path);
  if (!reader) return 0;
  for (std::uint64_t n = 1;; ++n) {
    const auto group = reader->next();
    if (!group || !*group) return n - 1;
    RecordsOfGroup records = (*group)->records();
    for (int i = 0; i < 2; ++i) {
      const auto record = records.next();
      REQUIRE(record);
      const auto read = decode_record<Payment>(record->bytes);
      REQUIRE(read);
      REQUIRE(read->from.number == n);
    }
    REQUIRE_FALSE(records.next());
    REQUIRE(records.good());
  }
}

}  // namespace

TEST_CASE("a flipped byte below the watermark is corruption, at whatever place, and is never cut") {
  const Written w;
  for (std::size_t at = 0; at < w.end; ++at) {
    std::string flipped(1, static_cast<char>(w.good[at] ^ 0x40));
    w.put(at, flipped);
    CAPTURE(at);
    CHECK(readable(w.path) <= 3);
    auto reader = JournalReader::open(w.path);
    const auto verdict = reader ? reader->verify() : Result<JournalVerdict>(reader.error());
    REQUIRE_FALSE(verdict);
    REQUIRE(verdict.error().id() == ErrorId::corrupt);
    const auto opened = Journal::open(config_of(w.path));
    REQUIRE_FALSE(opened);
    REQUIRE(opened.error().id() == ErrorId::corrupt);
    w.put(at, w.good.substr(at, 1));
  }
  CHECK(readable(w.path) == 3);
}

TEST_CASE("a last batch that ends at any byte is a torn tail, and is cut") {
  const Written w;
  for (std::uint64_t length = 0; length <= w.end - w.before_last; ++length) {
    w.restore();
    // The mark goes too: it was not flushed.
    w.put(w.before_last + length, std::string(w.end - w.before_last - length + commit_bytes, '\0'));
    CAPTURE(length);
    const bool whole = length == w.end - w.before_last ||
                       w.good.substr(w.before_last + length, w.end - w.before_last - length).find_first_not_of('\0') ==
                           std::string::npos;
    CHECK(readable(w.path) <= 2);  // nobody else takes a batch for durable that no watermark names
    auto journal = Journal::open(config_of(w.path));
    REQUIRE(journal);
    CHECK((*journal)->recovery().last == (whole ? 3U : 2U));
    const bool nothing = w.good.substr(w.before_last, length).find_first_not_of('\0') == std::string::npos;
    CHECK(((*journal)->recovery().cut_bytes != 0) == (!whole && !nothing));
    CHECK((*journal)->recovery().doubtful == 0);  // its commit is not whole: its flush never came back
    std::uint64_t next = 0;
    (*journal)
        ->append(payment(whole ? 4 : 3), payment(whole ? 4 : 3))
        .match([&](Acked<LocalDurable> a) { next = a.position.sequence; }, [](NotWritten) {}, [](Unknown) {});
    CHECK(next == (whole ? 4U : 3U));
    journal->reset();
    CHECK(readable(w.path) == next);
    REQUIRE(JournalReader::open(w.path)->verify());
  }
}

TEST_CASE(
    "a damaged last batch that its commit vouches for may have been acknowledged: who asks is told before it goes") {
  struct Told final : TornTailPort {
    std::optional<TornTail> tail;
    bool refuses = false;
    Status torn(const TornTail& what) override {
      tail = what;
      if (refuses) return Error{ErrorId::medium_full, "no room for what is in doubt"};
      return ok();
    }
  };
  const Written w;
  w.put(w.end, std::string(commit_bytes, '\0'));  // the mark was not flushed
  w.put(w.before_last + 50, "X");
  const std::string damaged = read_bytes(w.segment);
  Told told;
  JournalConfig config = config_of(w.path);
  config.tails = &told;
  told.refuses = true;
  const auto kept = Journal::open(config);
  REQUIRE_FALSE(kept);
  CHECK(kept.error().id() == ErrorId::medium_full);
  CHECK(read_bytes(w.segment) == damaged);
  told.refuses = false;
  const auto journal = Journal::open(config);
  REQUIRE(journal);
  REQUIRE(told.tail);
  CHECK(told.tail->after == Position{1, 2});
  CHECK(told.tail->groups == 1);
  CHECK(told.tail->since.seconds > 1'700'000'000);
  CHECK((*journal)->recovery().doubtful == 1);
  CHECK((*journal)->recovery().last == 2);
}

TEST_CASE("a segment that was removed is named") {
  support::TempFolder folder;
  const std::string path = folder / "j";
  {
    auto journal = Journal::open(config_of(path));
    REQUIRE(journal);
    for (std::uint64_t n = 1; n <= 4000; ++n)
      (*journal)->submit(payment(n)).match([](Position) {}, [&](NotWritten) { (void)(*journal)->append(payment(n)); });
    (void)(*journal)->append(payment(4001));
  }
  REQUIRE(std::filesystem::exists(path + "/segment-0000000003"));
  std::filesystem::remove(path + "/segment-0000000002");
  const auto opened = Journal::open(config_of(path));
  REQUIRE_FALSE(opened);
  CHECK(opened.error().sentence().find("lacks segment-0000000002") != std::string::npos);
  auto reader = JournalReader::open(path);
  REQUIRE(reader);
  const auto verdict = reader->verify();
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().id() == ErrorId::corrupt);
}

}  // namespace test_damage
