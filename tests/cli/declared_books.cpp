// SPDX-License-Identifier: BSL-1.0
// The stock program, which was told nothing, on what is left of an engine that refunded too much: it knows by the
// schemas which records capture and which refund.
#include <filesystem>

#include <lifeboat/adapter/nlohmann_json.hpp>
#include <lifeboat/medium/disk.hpp>
#include <lifeboat/pipeline.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/source/records.hpp>
#include <lifeboat/strategy/full.hpp>
#include <lifeboat/sync/log_sync.hpp>
#include <lifeboat/verifier/sha256.hpp>

#include "catch.hpp"
#include "support/program.hpp"
#include "support/temp_folder.hpp"

enum class SoldState : std::uint8_t { authorised = 2, captured = 3 };
struct SoldCard {
  lifeboat::Key key;
  lifeboat::Stage<SoldState> state;
  lifeboat::Money amount;
};
struct SoldBack {
  lifeboat::Key key;
  std::optional<lifeboat::Key> payment;
  lifeboat::Money amount;
};
struct SoldBalance {
  std::uint64_t account;
  lifeboat::Money balance;
};
BOOST_HANA_ADAPT_STRUCT(SoldCard, key, state, amount);
BOOST_HANA_ADAPT_STRUCT(SoldBack, key, payment, amount);
BOOST_HANA_ADAPT_STRUCT(SoldBalance, account, balance);
template <>
struct lifeboat::RecordTraits<SoldCard> {
  static constexpr RecordNumber number = 51;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "card";
  static constexpr std::array meanings{authorises().where("state", SoldState::authorised),
                                       captures().where("state", SoldState::captured)};
};
template <>
struct lifeboat::RecordTraits<SoldBack> {
  static constexpr RecordNumber number = 52;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "refund";
  static constexpr std::array meanings{refunds().by_key("payment").of_amount("amount")};
};
template <>
struct lifeboat::RecordTraits<SoldBalance> {
  static constexpr RecordNumber number = 53;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "balance";
  static constexpr std::array meanings{states_balance("account", "balance").as_debits()};
};

namespace test_declared_books {

using namespace lifeboat;
using support::call_lifeboat;
using support::ProgramAnswer;

namespace {

using Pipeline =
    DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256, With<Directory, Records<SoldCard, SoldBack, SoldBalance>>>;

struct Stands final : FreezeHook {
  Position applied{};
  Result<Frozen> freeze(std::chrono::steady_clock::time_point) override {
    return Frozen{.cut = {.kind = CutKind::frozen, .has_position = true, .position = applied}};
  }
  void thaw() noexcept override {}
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

constexpr const char* broken =
    "refunds-within-captured: broken at 1:5: of a key of this group, 0.40 EUR was refunded and 0.30 EUR captured; "
    "3 rows";

/// The engine refunded twice what it should, shipped that to the medium and to a standby's folder, and is gone.
struct Gone {
  support::TempFolder folder;
  std::vector<std::string> medium{"--medium", "disk:" + (folder / "backup"), "--id", "bank"};

  Gone() {
    std::filesystem::create_directory(folder / "engine");
    Stands hook;
    auto bank = Pipeline::open({.source = {.id = "bank", .root = folder / "engine", .freeze = &hook},
                                .medium = {.root = folder / "backup", .create = true},
                                .sync = {.journal = folder / "engine/journal", .to = {.replica = folder / "copy"}},
                                .keep_state = false});
    INFO((bank ? std::string() : bank.error().sentence()));
    REQUIRE(bank);
    const auto log = [&](const auto& record) {
      bank->append(record).match([&](Acked<LocalDurable> a) { hook.applied = a.position; }, [](NotWritten) { FAIL(); },
                                 [](Unknown) { FAIL(); });
    };
    log(SoldCard{Key{"C"}, {SoldState::authorised}, {50, EUR}});
    log(SoldCard{Key{"C"}, {SoldState::captured}, {30, EUR}});
    REQUIRE(bank->backup());
    log(SoldBalance{7, {0, EUR}});
    log(SoldBack{Key{"R-1"}, Key{"C"}, {20, EUR}});
    log(SoldBack{Key{"R-2"}, Key{"C"}, {20, EUR}});
    REQUIRE(bank->sync());
  }
  [[nodiscard]] ProgramAnswer call(std::vector<std::string> words, const std::vector<std::string>& more = {}) const {
    words.insert(words.end(), medium.begin(), medium.end());
    words.insert(words.end(), more.begin(), more.end());
    ProgramAnswer answer = call_lifeboat(words);
    UNSCOPED_INFO(answer.out << answer.err);
    return answer;
  }
};

}  // namespace

TEST_CASE("the stock program restores what refunded too much, says so, and lets it go live by name alone") {
  const Gone gone;
  const std::string target = gone.folder / "new";
  const ProgramAnswer restored = gone.call({"restore", "--target", target});
  CHECK(restored.status == 1);
  CHECK(has(restored.out, "checked captures-within-authorised: holds for 2 rows\n"));
  CHECK(has(restored.out, std::string("checked ") + broken + "\n"));
  CHECK(has(restored.out, "checked balances-equal-replay: holds for 1 row\n"));
  CHECK(has(restored.err, std::string("warning LB-INVARIANT: what was restored breaks ") + broken));
  CHECK(has(restored.out, " --override refunds-within-captured --by NAME"));

  const ProgramAnswer refused = gone.call({"adopt", target, "--nothing-lost", "--by", "alice"});
  CHECK(refused.status == 3);
  CHECK(has(refused.err, std::string("refused LB-INVARIANT: ") + broken));
  CHECK(std::filesystem::exists(target + "/journal/restored"));
  const ProgramAnswer adopted =
      gone.call({"adopt", target, "--nothing-lost", "--by", "alice", "--override", "refunds-within-captured"});
  CHECK(adopted.status == 0);
  CHECK(has(gone.call({"log", "--json"}).out, std::string("despite ") + broken));
}

TEST_CASE("the stock program restores to before the second refund, and all holds") {
  const Gone gone;
  const ProgramAnswer restored =
      gone.call({"restore", "--target", gone.folder / "new", "--position", "1:4", "--accept-undone", "1"});
  CHECK(restored.status == 0);
  CHECK(has(restored.out, "checked refunds-within-captured: holds for 2 rows\n"));
}

TEST_CASE("the stock program promotes a standby's folder that refunded too much by name alone") {
  const Gone gone;
  const std::string replica = gone.folder / "copy";
  std::vector<std::string> words{"promote", "--replica", replica, "--lost",   "a",         "--by",
                                 "b",       "--second",  "c",     "--reason", "site lost", "--nothing-lost"};
  const ProgramAnswer refused = call_lifeboat(words);
  INFO(refused.out << refused.err);
  CHECK(refused.status == 3);
  CHECK(has(refused.err, std::string("refused LB-INVARIANT: ") + broken));
  CHECK_FALSE(std::filesystem::exists(replica + "/doubt"));
  words.insert(words.end(), {"--override", "refunds-within-captured"});
  const ProgramAnswer done = call_lifeboat(words);
  INFO(done.out << done.err);
  CHECK(done.status == 0);
  const auto doubt = Json::parse(call_lifeboat({"doubt", "--journal", replica, "--json"}).out);
  CHECK(has(doubt["went_live"][0]["reason"].get<std::string>(), std::string("despite ") + broken));
}

TEST_CASE("show: an archive says what its engine's records mean") {
  const Gone gone;
  const ProgramAnswer shown = gone.call({"show"});
  CHECK(has(shown.out,
            "\nrecord  card, type 51 version 1: key, state, amount\n"
            "means   card authorises where state is 2\n"
            "means   card captures where state is 3\n"
            "record  refund, type 52 version 1: key, payment, amount\n"
            "means   refund refunds, by payment, of amount\n"
            "record  balance, type 53 version 1: account, balance\n"
            "means   balance states the balance of account in balance, as debits\n"));
  const auto json = Json::parse(gone.call({"show", "--json"}).out);
  CHECK(json["records"][0]["meanings"] == Json::parse(R"([{"meaning":"authorises","field":"state","value":2},
                                                          {"meaning":"captures","field":"state","value":3}])"));
  CHECK(json["records"][1]["meanings"] == Json::parse(R"([{"meaning":"refunds","key":"payment","amount":"amount"}])"));
  CHECK(json["records"][2]["meanings"] ==
        Json::parse(R"([{"meaning":"states_balance","account":"account","balance":"balance","debits_add":true}])"));
}

}  // namespace test_declared_books
