# SPDX-License-Identifier: BSL-1.0
"""tidy.py ROOT: the rules of the house that no compiler checks. Prints each breach as path:line: sentence."""

import re
import statistics
import sys
from pathlib import Path

ROOT = Path(sys.argv[1])
INCLUDE = ROOT / "include" / "lifeboat"
FOLDERS = ["include", "examples", "tests", "benchmarks", ".ci"]
SOURCES = {".hpp", ".cpp", ".cmake", ".py", ".sh"}

# The floors of the house, from the ground up: a header includes its own room and lower floors.
FLOORS = [
    ["core"],
    ["adapter"],
    ["record", "verifier"],
    ["medium", "source"],
    ["archive"],
    ["journal"],
    ["strategy", "sync", "restore"],
    ["schedule", "failover", "drill"],
    ["pipeline", "testing"],
    ["cli"],
]
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
# Headers beside the rooms.
TOP = {"fwd": "core", "pipeline": "pipeline", "compatibility": "pipeline", "lifeboat": "pipeline", "cli": "cli"}

# Policies of one room never include each other, and are in the umbrella.
POLICIES = {
    "verifier": {"sha256", "sha512_256", "sm3", "blake2b", "xxh3", "hmac"},
    "medium": {"disk", "memory", "tape", "s3", "azure_blob", "sftp", "compressed", "encrypted", "mirrored"},
    "source": {"directory", "records", "engine", "sqlite", "postgres", "mariadb"},
    "strategy": {"full", "incremental", "differential"},
    "sync": {"no_sync", "timestamp_sync", "log_sync"},
}

FORBIDDEN_HEADERS = {"iostream", "regex", "random", "functional", "unordered_map", "future", "windows.h"}
# Third parties that one adapter hides; Hana, range-v3 and tl::expected are vocabulary.
HIDDEN_HEADERS = re.compile(r"(openssl/|xxhash|xxh3|CLI/|nlohmann/|boost/(?!hana))")
FORBIDDEN_WORDS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
# A guest leaves the process alone, and one definition must not change with a unit's flags.
GUEST_RULES = [
    (re.compile(r"\b(umask|setlocale|chdir|fchdir|setenv|putenv|fork|vfork|execv?[ep]*|popen|system|abort|printf|puts|"
                r"signal|sigaction|raise|pthread_atfork|atexit)\s*\("), "a guest does not call this"),
    (re.compile(r"\bmmap\s*\((?!.*MAP_ANONYMOUS)"), "a file that is mapped and then cut short is SIGBUS"),
    (re.compile(r"\b(dynamic_cast|typeid)\b"), "this needs run-time type information"),
    (re.compile(r"\bstd::function\b"), "FunctionRef does this without an allocation"),
    (re.compile(r"\b(NDEBUG|__AVX2?__|__has_include)\b"), "units with different flags would see different definitions"),
    (re.compile(r"^\s*namespace\s*\{"), "an unnamed namespace in a header differs in every unit"),
    (re.compile(r"^static\s+[\w:<>]+[\w:<>\s*&]*\("), "a static function in a header differs in every unit"),
]

# Headers that no test file is named after, and why.
NO_TEST_OF_ITS_OWN = {
    "pipeline/core_elsewhere.hpp": "declarations; every program of this project but the consumers is built with them",
    "pipeline/core_here.hpp": "their definitions; every program of this project but the consumers is built with them",
    "core/version.hpp": "constants; the consumers under tests/structure compare them",
    "core/port.hpp": "interfaces without code of their own",
    "core/event.hpp": "a struct that the rooms fill",
    "core/environment.hpp": "a struct of ports",
    "core/position.hpp": "a struct",
    "core/file_descriptor.hpp": "tests/core/posix.cpp",
    "restore/undone.hpp": "tests/pipeline/journaled.cpp and adopt.cpp",
    "restore/evidence.hpp": "tests/pipeline/adopt.cpp",
    "restore/write_tail.hpp": "tests/pipeline/journaled.cpp",
    "journal/beside.hpp": "two names; tests/journal/reservation.cpp and part_note.cpp",
    "journal/part_reader.hpp": "tests/sync/scoped_copy.cpp",
    "record/left_out.hpp": "tests/journal/part.cpp",
    "sync/verdict_of.hpp": "tests/sync/transport/embedded.cpp and tests/sync/scoped_copy.cpp",
    "journal/journal_config.hpp": "structs, and one sentence",
    "journal/segment_recovery.hpp": "tests/journal/crash.cpp, damage.cpp and outcome.cpp",
    "journal/torn_tail.hpp": "structs and interfaces",
    "journal/writers_end.hpp": "tests/journal/take_back.cpp and crash.cpp",
    "journal/doubt_copy.hpp": "tests/journal/ship_beside.cpp",
    "journal/key_source.hpp": "tests/journal/key_copy.cpp",
    "restore/claim_epoch.hpp": "tests/pipeline/adopt.cpp and tests/failover/promotion.cpp",
    "archive/actor.hpp": "tests/pipeline/journaled.cpp and tests/failover/promotion.cpp",
    "pipeline/check_medium.hpp": "tests/pipeline/core.cpp",
    "pipeline/source_memory.hpp": "tests/pipeline/core.cpp",
    "pipeline/journal_place.hpp": "tests/pipeline/journaled.cpp",
    "sync/transport/transport.hpp": "a concept",
    "sync/transport/message_types.hpp": "tests/sync/transport/message.cpp",
    "sync/transport/put_message.hpp": "tests/sync/transport/message.cpp",
    "sync/transport/read_message.hpp": "tests/sync/transport/message.cpp",
    "pipeline/link_note.hpp": "tests/failover/link_in_status.cpp",
    "sync/transport/known_schemas.hpp": "tests/failover/standby_versions.cpp",
    "sync/transport/replica_prover.hpp": "tests/sync/transport/compare_standby.cpp",
    "sync/transport/standby_questions.hpp": "tests/sync/transport/tcp.cpp",
    "archive/archive_reader.hpp": "tests/archive/content_reader.cpp and query.cpp",
    "archive/archive_writer.hpp": "tests/archive/take_backup.cpp",
    "archive/base.hpp": "tests/archive/take_backup.cpp",
    "archive/catalog.hpp": "tests/archive/chain_codec.cpp",
    "archive/chain_append.hpp": "tests/archive/chain_codec.cpp",
    "archive/chain_view.hpp": "a struct and a search",
    "archive/content_jobs.hpp": "tests/archive/verify.cpp and tests/restore/restore.cpp",
    "archive/verify_chunk.hpp": "tests/archive/verify.cpp",
    "archive/verify_input.hpp": "tests/archive/verify.cpp",
    "archive/verify_gaps.hpp": "tests/archive/verify.cpp",
    "archive/content_pump.hpp": "tests/archive/verify.cpp and tests/restore/restore.cpp",
    "archive/difference.hpp": "tests/archive/query.cpp",
    "archive/file_bytes.hpp": "tests/archive/query.cpp",
    "archive/file_digest.hpp": "tests/archive/stream_writer.cpp",
    "archive/large_file.hpp": "tests/archive/take_backup.cpp",
    "archive/manifest_reader.hpp": "tests/archive/manifest.cpp",
    "archive/manifest_record.hpp": "tests/archive/manifest.cpp",
    "archive/manifest_writer.hpp": "tests/archive/manifest.cpp",
    "archive/member_writer.hpp": "tests/archive/take_backup.cpp",
    "archive/read_jobs.hpp": "tests/archive/take_backup.cpp",
    "archive/repository.hpp": "tests/archive/every_byte.cpp",
    "archive/stream.hpp": "tests/archive/stream_writer.cpp",
    "archive/verify_objects.hpp": "tests/archive/verify.cpp",
    "archive/verify_report.hpp": "tests/archive/verify.cpp",
    "archive/verify_stream.hpp": "tests/archive/verify.cpp",
    "medium/disk/listing.hpp": "tests/medium/disk.cpp",
    "medium/disk/place.hpp": "tests/medium/disk.cpp",
    "medium/disk/place_open.hpp": "tests/medium/disk.cpp",
    "medium/disk/place_write.hpp": "tests/medium/disk.cpp and disk_faults.cpp",
    "medium/disk/read_cache.hpp": "tests/medium/disk.cpp",
    "pipeline/interface.hpp": "most stories know their pipeline by it alone",
    "pipeline/parts.hpp": "ports and values; tests/pipeline/property.cpp",
    "pipeline/restoring.hpp": "tests/pipeline/property.cpp",
    "pipeline/verification.hpp": "tests/pipeline/property.cpp",
    "pipeline/values.hpp": "structs that the verbs take and give",
    "restore/doubt_answer.hpp": "tests/restore/doubt.cpp; tests/compile_fail/doubt_without_in_doubt.cpp",
    "restore/doubt_log.hpp": "tests/restore/doubt.cpp",
    "restore/doubt_place.hpp": "tests/failover/standby.cpp and tests/pipeline/journaled.cpp",
    "restore/doubt_port.hpp": "tests/restore/doubt.cpp",
    "restore/doubt_state.hpp": "tests/restore/doubt.cpp and doubt_records.cpp",
    "restore/loss.hpp": "tests/restore/doubt.cpp",
    "restore/statement_jsonl.hpp": "tests/restore/statement_csv.cpp",
    "restore/statement_reader.hpp": "tests/restore/statement_csv.cpp",
    "restore/report.hpp": "structs; tests/restore/restore.cpp",
    "journal/group.hpp": "tests/journal/journal.cpp",
    "journal/back_pressure.hpp": "a struct; tests/journal/journal.cpp",
    "journal/spare_segment.hpp": "tests/journal/crash.cpp",
    "journal/piece_reader.hpp": "tests/journal/ship_pieces.cpp",
    "journal/piece_walk.hpp": "tests/pipeline/verify_pieces.cpp and tests/restore/journal_tail.cpp",
    "journal/segment_image.hpp": "tests/journal/ship_pieces.cpp",
    "journal/keys.hpp": "an interface; tests/journal/once.cpp",
    "journal/key_folder.hpp": "tests/journal/kept_keys.cpp and kept_keys_crash.cpp",
    "journal/key_page.hpp": "tests/journal/key_run.cpp",
    "journal/key_run_writer.hpp": "tests/journal/key_run.cpp",
    "journal/key_set.hpp": "tests/journal/key_run.cpp",
    "journal/key_table.hpp": "tests/journal/engine_keys.cpp and kept_keys.cpp",
    "cli/doubt_closing.hpp": "tests/cli/doubt.cpp",
    "cli/doubt_listing.hpp": "tests/cli/doubt.cpp",
    "cli/doubt_match.hpp": "tests/cli/doubt.cpp",
    "cli/doubt_open.hpp": "tests/cli/doubt.cpp",
    "cli/doubt_place.hpp": "tests/cli/doubt.cpp",
    "cli/extract_records.hpp": "tests/cli/extract.cpp",
    "cli/money_sums.hpp": "tests/cli/doubt.cpp and restore.cpp",
    "cli/standby_state.hpp": "tests/cli/standby.cpp",
    "cli/stated.hpp": "tests/cli/adopt.cpp and promote.cpp",
    "cli/record_choice.hpp": "tests/cli/records.cpp",
    "cli/record_sums.hpp": "tests/cli/records.cpp",
    "cli/record_types.hpp": "tests/cli/records.cpp",
    "cli/records_listing.hpp": "tests/cli/records.cpp",
    "cli/verify_journal.hpp": "tests/cli/records.cpp",
    "journal/reader.hpp": "tests/journal/journal.cpp and damage.cpp",
    "journal/head.hpp": "a struct and its text; tests/journal/replica.cpp",
    "journal/shipped.hpp": "tests/journal/replica.cpp",
    "journal/scan.hpp": "tests/journal/damage.cpp",
    "journal/segment.hpp": "tests/journal/damage.cpp",
    "journal/segment_writer.hpp": "tests/journal/crash.cpp",
    "journal/newest_header.hpp": "tests/journal/invariant_run.cpp",
    "journal/seen_groups.hpp": "tests/journal/invariant_run.cpp",
    "record/invariants/account_sums.hpp": "tests/record/invariants/balances_equal_replay.cpp",
    "record/invariants/captures_within_authorised.hpp": "tests/record/invariants/amounts_within.cpp",
    "record/invariants/postings.hpp": "tests/record/invariants/debits_equal_credits.cpp",
    "record/invariants/refunds_within_captured.hpp": "tests/record/invariants/amounts_within.cpp",
    "record/engine_state.hpp": "a concept; tests/journal/replay.cpp",
    "record/state_stream.hpp": "tests/record/saved_state.cpp",
    "record/seen.hpp": "tests/record/role_fields.cpp",
    "testing/made_groups.hpp": "tests/record/invariants/*.cpp",
    "record/describe.hpp": "tests/record/encoding.cpp and tests/compile_fail/record_*.cpp",
    "record/describe_type.hpp": "tests/record/schema.cpp",
    "record/describe_meaning.hpp": "tests/record/meaning.cpp and tests/compile_fail/meaning_*.cpp",
    "record/schema_bytes.hpp": "tests/record/schema.cpp",
    "restore/scoped_walk.hpp": "tests/restore/restore.cpp",
    "restore/staging.hpp": "tests/restore/restore.cpp",
    "source/state_tree.hpp": "tests/source/engine.cpp",
    "source/metadata_policy.hpp": "a struct; tests/source/metadata.cpp",
    "adapter/openssl_tls.hpp": "tests/sync/transport/tcp_link.cpp",
    "core/own_thread.hpp": "tests/sync/transport/own_thread_and_back_off.cpp",
    "sync/transport/link_status.hpp": "tests/sync/transport/own_thread_and_back_off.cpp",
    "sync/transport/socket.hpp": "tests/sync/transport/tcp_link.cpp",
    "sync/transport/tls_link.hpp": "tests/sync/transport/tcp_link.cpp",
    "sync/transport/tcp_receiver.hpp": "tests/sync/transport/tcp_link.cpp and tcp_rounds.cpp",
    "sync/transport/tcp_shipper.hpp": "tests/sync/transport/tcp_link.cpp and tcp_rounds.cpp",
    "lifeboat.hpp": "the units under tests/structure include it",
}

breaches = []


def breach(path, line, sentence):
    breaches.append(f"{path.relative_to(ROOT)}:{line}: {sentence}")


def source_files():
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and (path.suffix in SOURCES or path.name in ("CMakeLists.txt", "run")):
                yield path
    yield ROOT / "CMakeLists.txt"


def room_of(header):
    """The room of lifeboat/ROOM/x.hpp, or the room that a header beside the rooms counts to; None: unknown."""
    parts = Path(header).parts
    if len(parts) == 1:
        return TOP.get(Path(header).stem)
    return parts[0] if parts[0] in FLOOR_OF else None


def check_text(path, lines):
    start = 1 if lines and lines[0].startswith("#!") else 0
    if len(lines) <= start or "SPDX-License-Identifier: BSL-1.0" not in lines[start]:
        breach(path, start + 1, "the line SPDX-License-Identifier: BSL-1.0 is missing")
    if path.suffix == ".hpp" and (len(lines) < 2 or lines[1] != "#pragma once"):
        breach(path, 2, "#pragma once is missing")
    for number, line in enumerate(lines, 1):
        limit = 140 if path.suffix == ".py" else 120
        if len(line) > limit:
            breach(path, number, f"{len(line)} columns; {limit} is the limit")
        if line != line.rstrip():
            breach(path, number, "white space at the end")
        if FORBIDDEN_WORDS.search(line):
            breach(path, number, "a word that promises work later")
        if path.suffix == ".hpp" and ROOT / "tests" in path.parents and re.match(r"\s*(TEMPLATE_)?TEST_CASE", line):
            breach(path, number, "a case in a header is registered nowhere: cases are found by their .cpp file")


def check_header(path, lines):
    header = path.relative_to(INCLUDE).as_posix()
    room = room_of(header)
    if room is None:
        breach(path, 1, "this room is on no floor of tests/structure/tidy.py")
        return
    for number, line in enumerate(lines, 1):
        code = line.split("//")[0]
        if room != "cli":
            for rule, sentence in GUEST_RULES:
                if rule.search(code):
                    breach(path, number, sentence)
        found = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', code)
        if not found:
            continue
        target = found.group(1)
        if target in FORBIDDEN_HEADERS and room != "cli":
            breach(path, number, f"<{target}> is not included in the library")
        if HIDDEN_HEADERS.match(target) and room not in ("adapter", "cli"):
            breach(path, number, f"<{target}> is included from its adapter only")
        if not target.startswith("lifeboat/"):
            if '"' in code:
                breach(path, number, "headers of the library are included as <lifeboat/...>")
            continue
        check_arrow(path, number, header, room, target.removeprefix("lifeboat/"))


def check_arrow(path, number, header, room, target):
    other = room_of(target)
    if other is None:
        breach(path, number, f"{target} is in no room")
    elif other != room and FLOOR_OF[other] >= FLOOR_OF[room]:
        breach(path, number, f"an arrow that does not run down: {room} includes {other}")
    elif other == room:
        policies = POLICIES.get(room, set())
        mine, theirs = Path(header).stem, Path(target).stem
        if {mine, theirs} <= policies and mine != theirs and len(Path(target).parts) == len(Path(header).parts) == 2:
            breach(path, number, f"a policy includes another: {mine} includes {theirs}")


def check_tests_exist(headers):
    """lifeboat/ROOM/x.hpp has a test whose path has x among its words, as tests/ROOM/x_faults.cpp or tests/x/..."""
    tests = [path.relative_to(ROOT / "tests").as_posix() for path in (ROOT / "tests").rglob("*")
             if path.suffix == ".cpp" or path.name.endswith(("_test.py", "_test.sh"))]
    for path in headers:
        header = path.relative_to(INCLUDE).as_posix()
        named_after = re.compile(rf"(^|[/_]){path.stem}([/_.]|$)")
        if header not in NO_TEST_OF_ITS_OWN and not any(named_after.search(test) for test in tests):
            breach(path, 1, f"no test is named after it (tests/{Path(header).parent / path.stem}.cpp)")
    for header in NO_TEST_OF_ITS_OWN:
        if not (INCLUDE / header).exists():
            breach(ROOT / "tests/structure/tidy.py", 1, f"{header} is excused but does not exist")


def check_umbrella(headers):
    """Every policy that needs no more than the core dependencies is in lifeboat.hpp."""
    umbrella = (INCLUDE / "lifeboat.hpp").read_text(encoding="utf-8")
    for path in headers:
        header = path.relative_to(INCLUDE)
        if len(header.parts) == 2 and path.stem in POLICIES.get(header.parts[0], set()) | {"any"}:
            if f"#include <lifeboat/{header.as_posix()}>" not in umbrella:
                breach(path, 1, "this policy is not in the umbrella lifeboat.hpp")


def check_sizes(sizes):
    if statistics.median(sizes) > 120:
        breach(INCLUDE, 0, f"the median header has {statistics.median(sizes)} lines; 120 is the limit")
    long = sum(size > 300 for size in sizes)
    if long * 10 > len(sizes):
        breach(INCLUDE, 0, f"{long} of {len(sizes)} headers have more than 300 lines; one in ten may")


def main():
    headers, sizes = [], []
    for path in source_files():
        lines = path.read_text(encoding="utf-8").splitlines()
        check_text(path, lines)
        if INCLUDE in path.parents:
            headers.append(path)
            sizes.append(len(lines))
            check_header(path, lines)
    if not headers:
        breach(INCLUDE, 0, "no header was found")
        sizes = [0]
    check_tests_exist(headers)
    check_umbrella(headers)
    check_sizes(sizes)
    for line in breaches:
        print(line)
    print(f"{len(headers)} headers, median {statistics.median(sizes):.0f} lines, {len(breaches)} breaches")
    return 1 if breaches else 0


sys.exit(main())
