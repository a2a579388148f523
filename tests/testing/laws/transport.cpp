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
  hidden,     // says that it keeps no copy
  unbounded,  // reserves nothing
  careless,   // puts a ceiling at the copy that nobody holds to
  forgetful,  // holds to it, but tells nobody who comes after
  narrow,     // promises what was handed out already
  haunted     // reserves for a log that ended
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
  void reserve_with(SequenceCeiling* ceiling) noexcept {
    ceiling_ = ceiling;
    if (flaw < Flaw::unbounded || flaw == Flaw::haunted) embedded_->reserve_with(ceiling);
  }
  Result<SyncReport> ship(std::stop_token stop) {
    if constexpr (flaw == Flaw::lazy)
      if (!std::exchange(late_, true)) return SyncReport{};
    if constexpr (flaw == Flaw::deaf) stop = {};
    if constexpr (flaw == Flaw::faithless)
      if (journal_.ends_with("stranger")) std::filesystem::remove_all(config_.replica);
    LIFEBOAT_TRY(SyncReport report, embedded_->ship(stop));
    if constexpr (flaw == Flaw::careless || flaw == Flaw::forgetful || flaw == Flaw::narrow || flaw == Flaw::haunted)
      if ((flaw == Flaw::haunted) == (ceiling_ == nullptr)) LIFEBOAT_CHECK(reserve());
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
  Status reserve() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::hours(1);
    Position upto{1, 1000};
    if (flaw == Flaw::careless) (void)ceiling_->promise(CeilingCopy::replica, 2000, until);
    if (flaw == Flaw::forgetful) upto = ceiling_->promise(CeilingCopy::replica, 1000, until).value();
    if (flaw == Flaw::narrow) {
      upto = ceiling_->handed_out();
      ceiling_->hold(CeilingCopy::replica, upto.sequence, until);
    }
    const Timestamp stands{1'700'000'000 + ++stamp_, 0};
    if (flaw == Flaw::narrow) LIFEBOAT_CHECK(write_reservation(journal_, promised_replica_name, {upto, stands}));
    return write_reservation(config_.replica, ceiling_name, {upto, stands});
  }

  Config config_;
  std::string journal_;
  std::optional<Embedded> embedded_;
  bool late_ = false;
  std::int64_t stamp_ = 0;
  SequenceCeiling* ceiling_ = nullptr;
};

template <class T>
testing::Laws laws_of() {
  const support::TempFolder folder;
  return transport_laws<T>({{folder / "copy", 256U << 10U, 1000}, folder.path(), folder / "copy"}, Payment{});
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
  CHECK(breaks<Flaw::unbounded>("a pass reserves a ceiling at the copy"));
  CHECK(breaks<Flaw::careless>("a ceiling at the copy is held to here"));
  CHECK(breaks<Flaw::forgetful>("a ceiling at the copy is promised to whoever opens the journal next"));
  CHECK(breaks<Flaw::narrow>("a ceiling lies above what was handed out"));
  CHECK(laws_of<Flawed<Flaw::haunted>>().holds("a pass reserves a ceiling at the copy"));
  CHECK(breaks<Flaw::haunted>("nothing is reserved where no log holds to it"));
}

}  // namespace test_transport
