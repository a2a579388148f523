// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include <lifeboat/cli/policies.hpp>
#include <lifeboat/cli/program.hpp>
#include <lifeboat/cli/signals.hpp>

// An operator program for one's own pipeline, outside the umbrella (needs CLI11 and nlohmann_json):
//
//   #include <lifeboat/cli.hpp>
//   #include <lifeboat/lifeboat.hpp>
//   int main(int argc, char** argv) { return lifeboat::cli::run<Pipeline>(argc, argv); }
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// The program: commands, options, messages and exit statuses as docs/guide.md describes them. For `main` alone: it
/// takes over SIGINT, SIGTERM, SIGHUP and SIGPIPE for as long as it runs. `standby` is standby_command of
/// lifeboat/cli/standby.hpp, which needs lifeboat::tcp; without it that command is refused. `invariants` are the
/// engine's own, as the pipeline's `Config::invariants` has them: its restores, adoptions and promotions ask for them,
/// too.
template <class Pipeline>
int run(int argc, char** argv, Result<int> (*standby)(Session& session) = nullptr,
        MakeInvariants invariants = nullptr) {
  hold_standard_streams();
  const Signals signals;
  Host host;
  host.streams = standard_streams();
  host.stop = signals.token();
  host.standby = standby;
  host.invariants = invariants;
  std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (argc > 0) {
    const std::string_view path = argv[0];
    host.program = path.substr(path.rfind('/') + 1);
  }
  return run_program(words, host, open_policies<Pipeline>);
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
