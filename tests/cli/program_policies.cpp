// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/cli.hpp>
#include <lifeboat/cli/standby.hpp>
#include <lifeboat/lifeboat.hpp>
#include <lifeboat/sync/timestamp_sync.hpp>

#include "catch.hpp"
#include "support/program.hpp"

using namespace lifeboat;
using support::call_lifeboat;
using support::ProgramAnswer;

// The one instantiation that the tests of this room share.
ProgramAnswer support::call_lifeboat(const std::vector<std::string>& words, std::stop_token stop,
                                     MakeInvariants invariants) {
  using Pipeline = DisasterRecoveryPipeline<AnyStrategy, AnyMedium, TimestampSync, AnyVerifier>;
  ProgramAnswer answer;
  cli::Host host;
  host.stop = std::move(stop);
  host.standby = cli::standby_command<>;
  host.invariants = invariants;
  host.streams.context = &answer;
  host.streams.write = [](void* context, bool to_stderr, std::string_view text) {
    auto& into = *static_cast<ProgramAnswer*>(context);
    (to_stderr ? into.err : into.out).append(text);
    return 0;
  };
  answer.status = cli::run_program(words, host, cli::open_policies<Pipeline>);
  return answer;
}

TEST_CASE("the program says its version and its help, and what it does not understand") {
  CHECK(call_lifeboat({"--version"}).out == "lifeboat " + std::string(library_version) + "\n");
  CHECK(call_lifeboat({"--version"}).status == 0);
  CHECK(call_lifeboat({"--help"}).out == cli::help::program);
  CHECK(call_lifeboat({"help", "restore"}).out == cli::help::restore);
  CHECK(call_lifeboat({"restore", "--help"}).out == cli::help::restore);

  const ProgramAnswer nothing = call_lifeboat({});
  CHECK(nothing.status == 2);
  CHECK(nothing.out.empty());
  CHECK(nothing.err == cli::help::program);

  const ProgramAnswer unknown = call_lifeboat({"bakcup"});
  CHECK(unknown.status == 2);
  CHECK(unknown.err ==
        "refused LB-USAGE: there is no command \"bakcup\". Nothing was changed.\nnext: lifeboat backup\n");
}

TEST_CASE("a program of one's own refuses what its policies are not") {
  using Fixed = DisasterRecoveryPipeline<Full, Disk, NoSync, Sm3>;
  std::string err;
  cli::Host host;
  host.program = "ledger-ops";
  host.streams.context = &err;
  host.streams.write = [](void* context, bool to_stderr, std::string_view text) {
    if (to_stderr) static_cast<std::string*>(context)->append(text);
    return 0;
  };
  const support::ProgramPlace place;
  const auto call = [&](std::vector<std::string> words) {
    err.clear();
    words.insert(words.end(), {"--source", place.source(), "--state", place.state()});
    return cli::run_program(words, host, cli::open_policies<Fixed>);
  };
  CHECK(call({"backup", "--medium", "memory:x"}) == 2);
  CHECK(err.find("this program keeps its archives on disk, not on memory:x. Nothing was changed.") !=
        std::string::npos);
  CHECK(call({"backup", "--medium", place.medium(), "--strategy", "incremental"}) == 2);
  CHECK(err.find("this program's strategy is full") != std::string::npos);
  CHECK(call({"backup", "--medium", place.medium(), "--verifier", "sha256"}) == 2);
  CHECK(call({"backup", "--medium", place.medium(), "--strategy", "full", "--verifier", "sm3"}) == 0);
  CHECK(call({"standby", "--replica", place / "r"}) == 3);
  CHECK(err.find("refused LB-CAPABILITY-MISSING: this program has no standby") != std::string::npos);
  CHECK(call({"list", "--medium", place.medium() + "x"}) == 3);
  CHECK(call({"lst"}) == 2);
  CHECK(err.find("next: ledger-ops list") != std::string::npos);
}

TEST_CASE("what stdout does not take is no success, but for a reader who has enough") {
  const support::ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  for (const auto& [error, status] : {std::pair(ENOSPC, 5), std::pair(EPIPE, 0)}) {
    static int fails_with;
    fails_with = error;
    cli::Host host;
    host.streams.write = [](void*, bool to_stderr, std::string_view) { return to_stderr ? 0 : fails_with; };
    using Fixed = DisasterRecoveryPipeline<AnyStrategy, AnyMedium, TimestampSync, AnyVerifier>;
    for (const char* command : {"list", "show", "log", "status"})
      CHECK(cli::run_program({command, "--medium", place.medium()}, host, cli::open_policies<Fixed>) == status);
  }
}
