// SPDX-License-Identifier: BSL-1.0
// The end of a journal that rots or is lost while it is not written: what a copy has comes back from there, what none
// has is in doubt, and two histories are named.
#include <lifeboat/pipeline/journal_tails.hpp>

#include <filesystem>
#include <fstream>

#include <lifeboat/lifeboat.hpp>
#include <lifeboat/restore/open_loss.hpp>
#include <lifeboat/sync/log_sync.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/temp_folder.hpp"

namespace test_journal_tails {

using namespace lifeboat;

namespace {

using Pipeline = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256>;

Payment payment(std::uint64_t n) { return {*Key::of("A-" + std::to_string(n)), {1}, {2}, {100, EUR}}; }

template <class Outcome>
std::string said(const Outcome& outcome) {
  const auto acked = [](Acked<LocalDurable> a) { return "acked " + to_text(a.position); };
  const auto not_written = [](NotWritten r) { return "not written " + std::string(to_string(r.id)); };
  const auto unknown = [](Unknown u) { return "unknown " + to_text(u.position); };
  if constexpr (std::is_same_v<Outcome, AppendOnceOutcome<LocalDurable>>)
    return outcome.match(
        acked, [](Already a) { return "already " + to_text(a.position); },
        [](InDoubt) { return std::string("in doubt"); }, not_written, unknown);
  else
    return outcome.match(acked, not_written, unknown);
}

struct Bank {
  support::TempFolder folder;
  std::string journal = folder / "engine/journal";
  std::string replica = folder / "copy";
  std::string segment = journal + "/segment-0000000001";
  std::vector<std::string> told;
  std::optional<Pipeline> pipeline;
  std::uint64_t begin_of_last = 0;  ///< the last batch, its commit, and what comes behind it
  std::uint64_t commit_of_last = 0;
  std::uint64_t end = 0;

  Bank() { std::filesystem::create_directory(folder / "engine"); }
  ~Bank() = default;
  Bank(const Bank&) = delete;
  Bank& operator=(const Bank&) = delete;

  static void note(void* self, const Event& event) noexcept {
    static_cast<Bank*>(self)->told.push_back(std::string(to_string(event.id)) + " " + std::string(event.sentence));
  }
  void open() {
    auto opened = Pipeline::open({.source = {.id = "ledger", .root = folder / "engine"},
                                  .medium = {.root = folder / "backup", .create = true},
                                  .sync = {.journal = journal,
                                           .to = {.replica = replica, .segment_length = 256U << 10U},
                                           .schemas = {schema_bytes<Payment>()},
                                           .segment_length = 256U << 10U,
                                           .queue_bytes = 32U << 10U},
                                  .log = {.context = this, .event = note},
                                  .keep_state = false});
    INFO((opened ? std::string() : opened.error().sentence()));
    REQUIRE(opened);
    pipeline.emplace(std::move(*opened));
  }
  std::string pay(std::uint64_t n) { return said(pipeline->append_once(payment(n))); }
  Result<SyncReport> sync() { return pipeline->sync(); }

  /// Closes it, and finds the batch that was written last.
  void close() {
    pipeline.reset();
    std::ifstream file(segment, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto length = [&](std::uint64_t at) {
      return load_le<std::uint32_t>(reinterpret_cast<const std::byte*>(bytes.data()) + at + 8);
    };
    std::uint64_t begin = 4096;
    for (std::uint64_t at = 4096; length(at) != 0; at += length(at)) {
      if (bytes[at + 12] != 2) continue;  // a commit; one right behind another is a mark
      if (at != begin) {
        begin_of_last = begin;
        commit_of_last = at;
      }
      begin = at + length(at);
    }
    end = commit_of_last + commit_bytes;
  }
  void put(std::uint64_t at, const std::string& bytes) const {
    std::fstream file(segment, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(at)).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  /// The mark was never flushed, and a byte of the last batch rots; its commit is whole.
  void tear() {
    close();
    put(end, std::string(commit_bytes, '\0'));
    put(begin_of_last + 60, "\x7f");
  }
  [[nodiscard]] bool was_told(const std::string& what) const {
    return std::any_of(told.begin(), told.end(),
                       [&](const std::string& one) { return one.find(what) != std::string::npos; });
  }
};

}  // namespace

TEST_CASE("what was acknowledged and stands in the replica comes back, and nothing is in doubt") {
  Bank bank;
  bank.open();
  for (std::uint64_t n = 1; n <= 3; ++n) REQUIRE(bank.pay(n) == "acked 1:" + std::to_string(n));
  REQUIRE(bank.sync());
  SECTION("a byte of it rots") { bank.tear(); }
  SECTION("its commit rots") {
    bank.close();
    bank.put(bank.commit_of_last + 20, std::string("\x7f", 1) + std::string(44 + commit_bytes, '\0'));
  }
  SECTION("all of it is gone") {
    bank.close();
    bank.put(bank.begin_of_last, std::string(bank.end + commit_bytes - bank.begin_of_last, '\0'));
  }
  SECTION("and the replica has no watermark of it either") {
    bank.tear();
    const std::string there = bank.replica + "/segment-0000000001";
    std::ifstream file(there, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const std::size_t used = (bytes.find_last_not_of('\0') + 8) / 8 * 8;
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(used - commit_bytes), commit_bytes, '\0');
    std::ofstream(there, std::ios::binary) << bytes;
  }
  SECTION("and only the medium has it") {
    bank.tear();
    std::filesystem::remove_all(bank.replica);
  }
  bank.open();
  CHECK(bank.pipeline->doubt() == nullptr);
  CHECK(bank.was_told("LB-TAIL-CUT"));
  CHECK(bank.was_told("1 group up to 1:3"));
  CHECK(bank.pay(3) == "already 1:3");
  CHECK(bank.pay(4) == "acked 1:4");
  const auto synced = bank.sync();
  INFO((synced ? std::string() : synced.error().sentence()));
  REQUIRE(synced);
  CHECK(synced->position == Position{1, 4});
  CHECK(synced->medium_position == Position{1, 4});
  CHECK(bank.pipeline->verify_sync()->equal);
  bank.told.clear();
  bank.pipeline.reset();
  bank.open();
  CHECK(bank.told.empty());
  CHECK(bank.pay(3) == "already 1:3");
}

TEST_CASE("what no copy has, or none that can be asked, is in doubt as before, and it is said") {
  Bank bank;
  bank.open();
  for (std::uint64_t n = 1; n <= 2; ++n) bank.pay(n);
  REQUIRE(bank.sync());
  bank.pay(3);
  std::string why;
  SECTION("it was not shipped") { why = "no copy has them"; }
  SECTION("the replica is damaged, and the medium has no piece of it") {
    std::ofstream(bank.replica + "/segment-0000000001", std::ios::binary) << "none";
    why = bank.replica;
  }
  bank.tear();
  bank.open();
  REQUIRE(bank.pipeline->doubt() != nullptr);
  CHECK(bank.was_told("LB-TAIL-CUT"));
  for (const std::string& one : bank.told) INFO(one);
  CHECK(bank.was_told(why));
  CHECK(bank.was_told("in doubt"));
  CHECK(bank.pay(2) == "already 1:2");
  CHECK(bank.pay(3) == "in doubt");
}

TEST_CASE("a window that a torn tail opened is missed when it is removed, in the first epoch too") {
  Bank bank;
  bank.open();
  for (std::uint64_t n = 1; n <= 3; ++n) bank.pay(n);
  bank.tear();
  bank.open();
  REQUIRE(bank.pay(3) == "in doubt");
  bank.pipeline.reset();
  std::filesystem::remove_all(bank.journal + "/doubt");
  const auto opened = Pipeline::open({.source = {.id = "ledger", .root = bank.folder / "engine"},
                                      .medium = {.root = bank.folder / "backup"},
                                      .sync = {.journal = bank.journal, .to = {.replica = bank.replica}},
                                      .keep_state = false});
  REQUIRE_FALSE(opened);
  CHECK(opened.error().id() == ErrorId::object_missing);
  CHECK(opened.error().sentence().starts_with("a torn tail of epoch 1 was cut "));
  CHECK(opened.error().next().starts_with("lifeboat doubt --journal " + bank.journal + " --open "));
  REQUIRE(open_loss(bank.journal, {.basis = LossBasis::unknown, .after = {1, 2}, .fresh_epoch = 2, .by = "ann"}));
  bank.open();
  CHECK(bank.pay(2) == "already 1:2");
  CHECK(bank.pay(3) == "in doubt");
}

TEST_CASE("a copy with another history gives nothing back, and a pass names both heads") {
  Bank bank;
  bank.replica.clear();
  bank.open();
  for (std::uint64_t n = 1; n <= 3; ++n) bank.pay(n);
  REQUIRE(bank.sync());
  bank.close();
  // The medium comes to hold another third group than the journal.
  bank.put(bank.begin_of_last, std::string(bank.end + commit_bytes - bank.begin_of_last, '\0'));
  const std::string pieces = bank.folder / "backup/journal";
  std::filesystem::rename(pieces, bank.folder / "away");
  bank.open();
  CHECK(bank.pay(30) == "acked 1:3");
  bank.pipeline.reset();
  std::filesystem::rename(bank.folder / "away", pieces);
  bank.tear();
  bank.open();
  REQUIRE(bank.pipeline->doubt() != nullptr);
  CHECK(bank.was_told("other groups behind 1:2"));
  CHECK(said(bank.pipeline->append(payment(31))) == "acked 1:3");
  for (int i = 0; i < 2; ++i) {
    const auto refused = bank.sync();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().id() == ErrorId::diverged);
    const std::string sentence = refused.error().sentence();
    const std::size_t first = sentence.find("1:3 (chain ");
    REQUIRE(first != std::string::npos);
    CHECK(sentence.find("1:3 (chain ", first + 1) != std::string::npos);
  }
}

}  // namespace test_journal_tails
