// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/recycle.hpp>

#include <filesystem>

#include <lifeboat/journal/journal.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/temp_folder.hpp"

namespace test_recycle {

using namespace lifeboat;

TEST_CASE("segments go that lie wholly below a position, and never the last") {
  const support::TempFolder folder;
  const std::string path = folder / "j";
  const auto open = [&] {
    auto journal = Journal::open({.folder = path,
                                  .segment_length = 256U << 10U,
                                  .queue_bytes = 32U << 10U,
                                  .schemas = {schema_bytes<Payment>()}});
    REQUIRE(journal);
    return std::move(*journal);
  };
  auto journal = open();
  const auto append = [&](std::uint64_t count) {
    for (std::uint64_t n = 0; n < count; ++n)
      journal->append(Payment{}).match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
  };
  append(5000);  // 1241 fit into one
  const auto first_left = [&] {
    auto reader = JournalReader::open(path);
    REQUIRE(reader);
    const auto group = reader->next();
    REQUIRE(group);
    REQUIRE(*group);
    return (*group)->position.sequence;
  };
  auto reader = JournalReader::open(path);  // in the middle of the first one
  for (int i = 0; i < 10; ++i) REQUIRE(*reader->next());

  CHECK(recycle_segments(path, {1, 0}).value() == 0);
  std::uint64_t at = 0;
  std::uint64_t gone = 0;
  while (gone == 0) gone = recycle_segments(path, {1, ++at}).value();  // just as the second begins behind it
  CHECK(gone == 1);
  CHECK(first_left() == at + 1);
  CHECK(recycle_segments(path, {1, at}).value() == 0);
  CHECK(JournalReader::open(path, {1, at}).error().id() == ErrorId::object_missing);

  // Who was reading what went still has it; who asks for a segment that went is told.
  std::uint64_t read = 10;
  while (read < at && *reader->next()) ++read;
  CHECK(read == at);

  CHECK(recycle_segments(path, {1, 5000}).value() == 3);
  const std::uint64_t left = first_left();
  CHECK(left > 4000);
  append(10);
  journal.reset();
  journal = open();
  append(1);
  CHECK(first_left() == left);
  CHECK(JournalReader::open(path)->verify()->last == Position{1, 5011});
  CHECK(journal->fate({1, 3}).match([](Acked<LocalDurable>) { return 'a'; }, [](NotWritten) { return 'n'; },
                                    [](Unknown) { return 'u'; }) == 'u');
}

}  // namespace test_recycle
