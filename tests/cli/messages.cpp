// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/cli/messages.hpp>

#include "catch.hpp"

namespace test_messages {

using namespace lifeboat;
using namespace lifeboat::cli;

TEST_CASE("a message says kind, id, what, why, that nothing changed, and what next") {
  CHECK(message_of(Error{ErrorId::target_exists, "fixed exists"}.next("--target other").unchanged(), "lifeboat") ==
        "refused LB-TARGET-EXISTS: fixed exists. Nothing was changed.\nnext: --target other\n");
  CHECK(message_of(Error{ErrorId::medium_full, "disk:/b is full"}.because(ENOSPC), "lifeboat") ==
        "error LB-MEDIUM-FULL: disk:/b is full: No space left on device.\n");
  CHECK(message_of(Error{ErrorId::medium_missing, "is it mounted?"}.because(ENOENT), "lifeboat") ==
        "refused LB-MEDIUM-MISSING: is it mounted? No such file or directory.\n");
  CHECK(warning_of(ErrorId::entry_skipped, "'a\nb' is a socket") == "warning LB-ENTRY-SKIPPED: 'a\\nb' is a socket.\n");
  CHECK(message_kind(ErrorId::interrupted) == "error");
  CHECK(message_kind(ErrorId::usage) == "refused");
  CHECK(system_text(123456) == "system error 123456");
}

TEST_CASE("the line that leads out has the names of this call in it") {
  const auto backup = read_arguments({"backup", "--source", "my ledger", "--medium", "disk:/b"});
  REQUIRE(backup);
  const auto next = [&](const std::string& line) { return complete_next(line, "ops", &*backup); };
  CHECK(next("lifeboat list --id x") == "ops list --id x --medium disk:/b --source 'my ledger'");
  CHECK(next("lifeboat backup ... --accept-emptied    # if so") ==
        "ops backup --source 'my ledger' --medium disk:/b --accept-emptied    # if so");
  CHECK(next("the same command again") == "ops backup --source 'my ledger' --medium disk:/b");
  CHECK(next("the same command again    # later") == "ops backup --source 'my ledger' --medium disk:/b    # later");
  CHECK(next("--medium disk:/c") == "ops backup --source 'my ledger' --medium disk:/c");
  CHECK(next("--exclude '*.o'    # or so") ==
        "ops backup --source 'my ledger' --medium disk:/b --exclude '*.o'    # or so");
  CHECK(next("--target DIR") == "--target DIR");  // no option of this command
  CHECK(next("sudo -u ann !!") == "sudo -u ann ops backup --source 'my ledger' --medium disk:/b");
  CHECK(next("a medium on another machine") == "a medium on another machine");
  CHECK(next("lifeboat backup --help") == "ops backup --help");
  const auto dry = read_arguments({"backup", "--dry-run", "--source", "s"});
  REQUIRE(dry);
  CHECK(complete_next("the same line without --dry-run", "lifeboat", &*dry) == "lifeboat backup --source s");
  CHECK(complete_next("the same line with --resume", "lifeboat", &*dry) ==
        "lifeboat backup --dry-run --source s --resume");
  CHECK(complete_next("the same line with --resume to go on", "lifeboat", &*dry) ==
        "lifeboat backup --dry-run --source s --resume    # to go on");
  CHECK(complete_next("the same line with --only 'a b' in place of --dry-run", "lifeboat", &*dry) ==
        "lifeboat backup --source s --only 'a b'");
  CHECK(complete_next("lifeboat --help", "ops", nullptr) == "ops --help");
  const auto point = read_arguments({"restore", "--before", "X", "--target", "t", "--accept-undone", "none"});
  REQUIRE(point);
  CHECK(complete_next("--position 1:4", "lb", &*point) == "lb restore --target t --accept-undone none --position 1:4");
  CHECK(complete_next("the same line with --dry-run in place of --accept-undone", "lb", &*point) ==
        "lb restore --before X --target t --dry-run");
  const auto restore = read_arguments({"restore", "--before=2020-01-01", "--target", "a b/", "--medium", "disk:/b"});
  REQUIRE(restore);
  CHECK(complete_next("--archive latest", "lb", &*restore) ==
        "lb restore --target 'a b/' --medium disk:/b --archive latest");
  CHECK(complete_next("--before X (this machine) or --before Y", "lb", &*restore) ==
        "--before X (this machine) or --before Y");
  CHECK(complete_next("a --target that does not exist", "lb", &*restore) ==
        "lb restore --before=2020-01-01 --medium disk:/b --target 'a b.restored'");
  const auto cat = read_arguments({"cat", "--id", "x", "latest", "--", "-f"});
  REQUIRE(cat);
  CHECK(complete_next("--medium disk:/b", "lb", &*cat) == "lb cat --id x latest --medium disk:/b -- -f");
  const auto prune = read_arguments({"prune", "--dry-run", "--apply", "00", "--keep-windows", "2"});
  REQUIRE(prune);
  CHECK(complete_next("lifeboat prune ... --apply 11", "lb", &*prune) == "lb prune --keep-windows 2 --apply 11");
  CHECK(complete_next("the same line without --apply", "lb", &*prune) == "lb prune --dry-run --keep-windows 2");
}

}  // namespace test_messages
