// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/reservation.hpp>

#include <fstream>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_reservation {

using namespace lifeboat;

TEST_CASE("a reservation is read as it was written, and the last one counts") {
  const support::TempFolder folder;
  CHECK_FALSE(read_reservation(folder.path(), ceiling_name)->has_value());
  CHECK_FALSE(read_reservation(folder / "none", ceiling_name)->has_value());
  const Reservation first{{1, 1'000'000}, {1'795'672'860, 5}};
  const Reservation second{{1, 2'000'000}, {1'795'672'880, 0}};
  REQUIRE(write_reservation(folder.path(), ceiling_name, first));
  CHECK(read_reservation(folder.path(), ceiling_name)->value() == first);
  REQUIRE(write_reservation(folder.path(), ceiling_name, second));
  CHECK(read_reservation(folder.path(), ceiling_name)->value() == second);
  CHECK_FALSE(read_reservation(folder.path(), promised_standby_name)->has_value());
  CHECK_FALSE(write_reservation(folder / "none", ceiling_name, first));
}

TEST_CASE("a reservation that is damaged is no other one") {
  const support::TempFolder folder;
  REQUIRE(write_reservation(folder.path(), ceiling_name, {{1, 7}, {8, 9}}));
  const std::string path = folder / ceiling_name;
  std::string good;
  {
    std::ifstream file(path, std::ios::binary);
    good.assign(std::istreambuf_iterator<char>(file), {});
  }
  for (std::size_t at = 0; at <= good.size(); ++at) {
    std::string bad = good;
    if (at < good.size())
      bad[at] = static_cast<char>(bad[at] ^ 4);
    else
      bad.pop_back();
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bad;
    const auto read = read_reservation(folder.path(), ceiling_name);
    REQUIRE_FALSE(read);
    CHECK(read.error().id() == ErrorId::corrupt);
  }
}

TEST_CASE("a writer that was there had not stopped before") {
  const Timestamp seen{1999, 5};
  CHECK(check_stopped({}, seen));
  CHECK(check_stopped(seen, {}));
  CHECK(check_stopped(seen, seen));
  CHECK(check_stopped(Timestamp{1999, 6}, seen));
  const Status refused = check_stopped(Timestamp{1999, 4}, seen);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::config);
  CHECK(refused.error().is_unchanged());
  CHECK(refused.error().sentence() ==
        "the writer of the journal had not stopped by 1970-01-01T00:33:19.000000004Z: by its own clock it was there at "
        "1970-01-01T00:33:19.000000005Z");
}

}  // namespace test_reservation
