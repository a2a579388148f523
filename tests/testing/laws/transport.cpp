// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/testing/laws/transport.hpp>

#include <filesystem>

#include <lifeboat/sync/transport/embedded.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/temp_folder.hpp"

namespace test_transport {

using namespace lifeboat;
using testing::transport_laws;

namespace {

/// What is wrong with a transport, so that each law is seen to be broken by something.
enum class Flaw {
  none,
  lazy,       // ships a pass late
  boastful,   // says that more went
  tireless,   // says that something went where nothing did
  deaf,       // is not stopped
  blind,      // finds everything equal
  faithless,  // takes any journal for its copy
  strays,     // ships into another folder
  hidden      // says that it keeps no copy
};

template <Flaw flaw>
class Flawed {
 public:
  using Config = Embedded::Config;
  static constexpr std::string_view name = "flawed";
  static constexpr bool acknowledges = false;

  static Result<Flawed> open(Config config, const std::string& journal) {
    Flawed flawed;
    flawed.config_ = config;
    flawed.journal_ = journal;
    if (flaw == Flaw::strays) config.replica += "-astray";
    LIFEBOAT_TRY(Embedded embedded, Embedded::open(config, journal));
    flawed.embedded_.emplace(std::move(embedded));
    return flawed;
  }
  [[nodiscard]] bool keeps_copy() const noexcept { return flaw != Flaw::hidden; }
  [[nodiscard]] StandbyPort* standby() noexcept { return nullptr; }
  Result<SyncReport> ship(std::stop_token stop) {
    if constexpr (flaw == Flaw::lazy)
      if (!std::exchange(late_, true)) return SyncReport{};
    if constexpr (flaw == Flaw::deaf) stop = {};
    if constexpr (flaw == Flaw::faithless)
      if (journal_.ends_with("stranger")) std::filesystem::remove_all(config_.replica);
    LIFEBOAT_TRY(SyncReport report, embedded_->ship(stop));
    if constexpr (flaw == Flaw::boastful) ++report.items_sent;
    if constexpr (flaw == Flaw::tireless) ++report.bytes_sent;
    return report;
  }
  Result<SyncVerdict> compare(std::stop_token stop) {
    if constexpr (flaw == Flaw::blind) {
      SyncVerdict verdict;
      verdict.equal = true;
      return verdict;
    } else {
      return embedded_->compare(stop);
    }
  }

 private:
  Config config_;
  std::string journal_;
  std::optional<Embedded> embedded_;
  bool late_ = false;
};

template <class T>
testing::Laws laws_of() {
  const support::TempFolder folder;
  return transport_laws<T>({{folder / "copy", 256U << 10U}, folder.path(), folder / "copy"}, Payment{});
}

template <Flaw flaw>
bool breaks(std::string_view law) {
  const auto laws = laws_of<Flawed<flaw>>();
  INFO(laws.report());
  CHECK_FALSE(laws.all_hold());
  return !laws.holds(law);
}

}  // namespace

TEST_CASE("a transport that keeps a copy in a folder keeps the laws of a transport") {
  const auto laws = laws_of<Embedded>();
  INFO(laws.report());
  CHECK(laws.all_hold());
  CHECK(laws_of<Flawed<Flaw::none>>().all_hold());
}

TEST_CASE("each law of a transport is broken by what it is there for") {
  CHECK(breaks<Flaw::lazy>("a pass brings the copy up to what is durable"));
  CHECK(breaks<Flaw::boastful>("a pass says what went"));
  CHECK(breaks<Flaw::boastful>("a pass ships what the copy lacks, and no more"));
  CHECK(breaks<Flaw::tireless>("a pass over a copy in step ships nothing"));
  CHECK(breaks<Flaw::deaf>("a stopped pass says so"));
  CHECK(breaks<Flaw::blind>("another journal is not equal"));
  CHECK(breaks<Flaw::blind>("a comparison goes as far as both do"));
  CHECK(breaks<Flaw::faithless>("another journal is refused"));
  CHECK(breaks<Flaw::faithless>("a refused pass changes nothing"));
  CHECK(breaks<Flaw::strays>("a pass brings the copy up to what is durable"));
  CHECK(breaks<Flaw::hidden>("it says that it keeps a copy"));
}

}  // namespace test_transport
