// SPDX-License-Identifier: BSL-1.0
// The stock program: every policy is chosen by name when it is called.
#include <lifeboat/cli.hpp>
#include <lifeboat/cli/standby.hpp>
#include <lifeboat/lifeboat.hpp>
#include <lifeboat/sync/timestamp_sync.hpp>

using namespace lifeboat;
using Pipeline = DisasterRecoveryPipeline<AnyStrategy, AnyMedium, TimestampSync, AnyVerifier>;

int main(int argc, char** argv) { return cli::run<Pipeline>(argc, argv, cli::standby_command<>); }
