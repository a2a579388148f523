#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What stands behind "next:" is pasted into a shell and works: for each refusal the line that it leads on to, with DIR
and other words for what only its reader knows filled in, for names that a shell would take apart."""
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["LIFEBOAT_SOURCE_DIR"], "tests", "support"))
import pasted  # noqa: E402
from pasted import ENGINE, Held, environment, filled_in, interrupted, leads_far, leads_on  # noqa: E402
from pasted import proposed_by, run, top, work  # noqa: E402

SOURCE = b"the 'led\xffger'\n"
SHELL = "$'the \\x27led\\xffger\\x27\\x0a'"

folder = os.path.join(os.fsencode(work), SOURCE)
os.mkdir(folder)


def write(text):
    with open(os.path.join(folder, b"accounts"), "w", encoding="ascii") as out:
        out.write(text)


write("alice 100\n")
leads_on(f"lifeboat bakup --source {SHELL} --medium 'disk:my medium'", 2, 0)
leads_on(f"lifeboat backup --sorce {SHELL} --medium 'disk:my medium'", 2, 0)
leads_on(f"lifeboat backup --source {SHELL} --medium 'disk:my medium' --strategy weekly", 2, 0)
leads_on(f"lifeboat backup --source {SHELL} --medium 'my medium'", 2, 0)
leads_on(f"lifeboat backup --source . --medium 'disk:in [side]*'", 3, 0)
leads_on(f"lifeboat backup --source {SHELL} --medium 'disk:my medium' --dry-run", 0, 0)
shutil.rmtree(os.path.join(work, "in [side]*"))
medium = "--medium 'disk:my medium'"
run(f"lifeboat backup --source {SHELL} {medium} --id other", 0)
leads_on(f"lifeboat list {medium}", 3, 0)
shutil.rmtree(os.path.join(work, "my medium"))
shutil.rmtree(os.path.join(top, "state"))
for number in range(3):
    write(f"alice {number}\n")
    run(f"lifeboat backup --source {SHELL} {medium} --strategy full", 0)
leads_on(f"lifeboat verify {medium}", 0, 0, SHELL)
leads_on(f"lifeboat restore {medium} --target 're stored' --dry-run", 0, 0)
leads_on(f"lifeboat restore {medium} --target 're stored/'", 3, 0)
leads_on(f"lifeboat restore {medium} --target old --before 2001-01-01T00:00:00Z", 3, 0)
leads_on(f"lifeboat restore {medium} --target new --before 2901-01-01T00:00:00Z", 3, 0)
leads_on(f"lifeboat restore {medium} --target a/b", 3, 0)
leads_on(f"lifeboat restore {medium} --target one --only /acounts", 3, 0)
leads_on(f"lifeboat restore {medium} --target resumed --resume", 3, 0)
leads_on(f"lifeboat cat latest acounts {medium}", 3, 0)
leads_on(f"lifeboat cat latest {medium} -- -x", 3, 0)
leads_on(f"lifeboat history acounts {medium}", 3, 0)
leads_on(f"lifeboat show zzz {medium}", 3, 0)
leads_on(f"lifeboat verify {medium} --depth deep", 2, 0)
leads_on(f"lifeboat verify {medium} --budget ten", 2, 0)
leads_on(f"lifeboat status {medium} --max-age 26", 2, 0)
leads_on(f"lifeboat prune {medium} --keep-windows 0", 3, 0)
leads_on(f"lifeboat prune {medium} --keep-windows 2 --apply {'0' * 64}", 3, 0)
leads_on(f"lifeboat prune {medium} --keep-windows 2 --apply 12", 2, 0)
leads_on(f"lifeboat prune {medium} --keep-windows 2 --dry-run", 0, 0)
leads_on(f"lifeboat sync --source {SHELL} --replica 'no/re plica'", 3, 0)
os.remove(os.path.join(folder, b"accounts"))
leads_on(f"lifeboat backup --source {SHELL} {medium}", 3, 4)
os.rename(os.path.join(work, "my medium"), os.path.join(work, "away"))
leads_on(f"lifeboat status {medium} --source {SHELL}", 3, 3)
os.rename(os.path.join(work, "away"), os.path.join(work, "my medium"))
shutil.rmtree(os.path.join(work, "my medium", "chain"))
leads_on(f"lifeboat list {medium}", 3, 0, "despite")

# --- Engines with a journal: the program was never compiled with their records ---------------------------------------

JOURNAL = "'the $bank/journal'"
bank = "--medium 'disk:the $medium'"
run(f"{ENGINE} bank 'the $bank' 'the $medium'", 0)

leads_on("lifeboat records --sum", 2, 0, JOURNAL, shows="21.00 EUR")
leads_on(f"lifeboat records --journal {JOURNAL} --verify --sum", 2, 0)
leads_on(f"lifeboat records --journal {JOURNAL} --around 1:3 --since=1:2", 2, 0, shows="A-3")
leads_on(f"lifeboat records --journal {JOURNAL} --as jsonl --sum", 2, 0, shows='"A-3"')
leads_on(f"lifeboat records --journal {JOURNAL} --as xml", 2, 0, shows="A-3")
leads_on(f"lifeboat records --journal {JOURNAL} --limit 0", 2, 0, shows="1 group")
leads_on(f"lifeboat records --journal {JOURNAL} --around here", 2, 0, shows="A-1")
leads_on(f"lifeboat records --journal {JOURNAL} --where acount=1", 3, 0, shows="A-3")
leads_on(f"lifeboat records --journal {JOURNAL} --since 25:00", 2, 0)
leads_on(f"lifeboat record --journal {JOURNAL}", 2, 0, shows="A-6")
for what in ("", "--verify ", "--sum "):
    leads_on(f"lifeboat records {what}--journal 'no $where'", 3, 0, JOURNAL, shows="6 groups")
os.mkdir(os.path.join(work, "an empty one"))
leads_on("lifeboat records --journal 'an empty one'", 3, 0, JOURNAL, shows="A-6")
leads_on(f"lifeboat records --journal {JOURNAL} --around 1:99", 3, 0, shows="1:6")
leads_on(f"lifeboat records --journal {JOURNAL} --around 1:9", 3, 0, shows="1:6")
leads_on(f"lifeboat records --journal {JOURNAL} --around 0:1", 3, 0, shows="1:1")
more = interrupted(f"lifeboat records --follow --since 1:5 --journal {JOURNAL}", "A-6")
if not more.endswith("--since 1:7"):
    sys.exit(f"FAILED: what was followed to 1:6 goes on with {more!r}")

leads_on(f"lifeboat extract {bank} --where key=A-3", 2, 0, "'e x 1'", shows="1 record")
leads_on(f"lifeboat extract {bank} --target 'e x 2'", 2, 0, PATTERN="ledger", shows="extracted")
leads_on(f"lifeboat extract --journal {JOURNAL} --target 'e x 3'", 2, 0, FIELD="key", VALUE="A-3", shows="1 record")
leads_on(f"lifeboat extract {bank} --target 'e x 4' --only ledger --where key=A-3", 2, 0, shows="extracted")
leads_on(f"lifeboat extract {bank} --target 'e x 5' --where key=A-3 --as xml", 2, 0, shows="records.csv")
leads_on(f"lifeboat extract {bank} --target 'e x 5' --where key=A-3", 3, 0, shows="e x 5.restored")
leads_on(f"lifeboat extract {bank} --target 'e x 6' --where key=A-3 --dry-run", 0, 0, shows="1 record")
leads_on(f"lifeboat extract {bank} --target 'e x 7' --only ledger --dry-run", 0, 0, shows="extracted")
leads_on(f"lifeboat extract --journal {JOURNAL} --target 'e x 8' --where acount=3", 3, 0, shows="A-3")
run("mkdir plain && echo paid > plain/ledger && lifeboat backup --source plain --medium 'disk:in plain'", 0)
leads_on("lifeboat extract --medium 'disk:in plain' --target 'e x 9' --where key=A-3 --as csv", 3, 0, PATTERN="ledger")
for what, target in (("--where key=A-3", "e x 10"), ("--only ledger", "e x 11")):
    os.mkdir(os.path.join(work, f".{target}.lifeboat-staging"))
    leads_on(f"lifeboat extract {bank} --target '{target}' {what}", 3, 0, shows="discarded")
    run(f"lifeboat extract {bank} --target '{target}' {what}", 0)

restore = f"lifeboat restore {bank} --target"
leads_on(f"{restore} 'r x 1' --position 1:7", 3, 0, shows="at      1:6")
leads_on(f"{restore} 'r x 2' --before 2901-01-01T00:00:00Z", 3, 0, shows="at      1:6")
leads_on(f"{restore} 'r x 3' --before 2026-01-01T00:04:30Z --position 1:6", 2, 0, shows="at      1:6")
leads_on(f"{restore} 'r x 4' --before 2026-01-01T00:04:30Z", 3, 0, shows="at      1:5")
leads_on(f"{restore} 'r x 5' --before-first key=A-5 --accept-undone some", 2, 0, shows="undone  2 acknowledged groups")
leads_on(f"{restore} 'r x 6' --before-first key=A-5 --accept-undone 7", 3, 0, shows="at      1:4")
leads_on(f"{restore} 'r x 7' --accept-undone 7", 3, 0, shows="at      1:6")
leads_on(f"{restore} 'r x 16' --position 1:4 --dry-run", 0, 0, shows="at      1:4")
leads_on(f"{restore} 'r x 18' --position four", 2, 0, shows="journal ")
leads_on(f"{restore} 'r x 20' --position 1:0", 2, 0, shows="journal ")
leads_on(f"{restore} 'r x 20' --before-first key=Z-1", 3, 0, shows="journal ")
leads_on(f"{restore} 'r x 20' --before-first amount=12.00 --before-first key --dry-run", 2, 0, FIELD="key", VALUE="A-5",
         shows="needs   --accept-undone 2")
leads_far(f"{restore} 'r x 17' --position 1:4 --accept-undone 7 --dry-run", [(3, {}), (0, {}), (0, {})], shows="at      1:4")
leads_far(f"{restore} 'r x 8' --position 1:1", [(3, {}), (3, {}), (0, {})], shows="at      1:2")

# Live again, step by step; what is printed behind a restore claims the epoch.
leads_on(f"{restore} 'live 1' --position 1:4 --accept-undone 2", 0, 0, shows="adopted")
leads_on(f"lifeboat adopt 'live 1' {bank}", 3, 0, "'r x 9'", shows="restored")
leads_on(f"lifeboat adopt 'r x 10' {bank}", 3, 0, shows="restored")
leads_on(f"lifeboat adopt 'r x 9' {bank} --nothing-lost --dry-run", 2, 0, NAME="ann", shows="plan    ")
leads_on(f"lifeboat adopt 'r x 9' {bank} --stopped 2901-01-01T00:00:00Z --dry-run", 2, 0, NAME="ann", shows="stopped 2901")
leads_on(f"lifeboat adopt 'r x 9' {bank} --stopped 2001-01-01T00:00:00Z --by ann --dry-run", 2, 0, shows="loss    unknown")
leads_on(f"lifeboat adopt 'r x 9' {bank} --stopped 2901-01-01T00:00:00Z --nothing-lost --by ann --dry-run", 2, 0, shows="plan    ")
held = f"lifeboat adopt 'r x 9' {bank} --holders b,a,c,repository"
leads_on(f"{held} --dry-run --by ann", 0, 0, NAME="bo", shows="by      ann and bo (unproven names)")
leads_far(f"lifeboat adopt 'r x 10' {bank} --holders b,a,c,repository --lost a",
          [(2, {"NAME": "ann"}), (3, {"NAME": "bo"}), (3, {}), (0, {})], shows="adopted")
leads_on(f"lifeboat adopt 'e x 2' {bank}", 3, 0, "'r x 11'", shows="restored")

# What the medium got since the restore, and a list that is not the restore's, lead to one that counts anew.
run(f"{ENGINE} bank 'the $moved' 'the $moving'", 0)
moving = "--medium 'disk:the $moving'"
anew = [(0, {}), (0, {})]
run(f"lifeboat restore {moving} --target 'm x/' --position 1:4 --accept-undone 2", 0)
run(f"{ENGINE} bank 'the $moved' 'the $moving'", 0)
leads_far(f"lifeboat adopt 'm x/' {moving} --nothing-lost --by ann", [(3, {}), *anew], shows="at      1:4")
run(f"lifeboat restore {moving} --target 'm y' --position 1:10 --accept-undone 2", 0)
run("rm 'm y.undone.jsonl' && truncate -s 9 'm y/journal/restored.undone.jsonl'", 0)
leads_far(f"lifeboat adopt 'm y' {moving}", [(1, {}), *anew], shows="at      1:10")
run(f"lifeboat restore {moving} --target 'm z' --position 1:10 --accept-undone 2", 0)
run("rm 'm z.undone.jsonl' 'm z/journal/restored.undone.jsonl'", 0)
leads_far(f"lifeboat adopt 'm z' {moving}", [(3, {}), *anew, (0, {})], shows="adopted")

# What is in doubt in it: two windows, of what was undone and of what nobody knows.
doubt = "lifeboat doubt --journal 'live 1/journal'"
with open(os.path.join(work, "the rail.csv"), "w", encoding="ascii") as out:
    out.write("key,state\nA-5,paid\nA-6,not_paid\n")
rail = f"{doubt} --close-rail sepa"
covers = "--statement 'the rail.csv' --since 2020-01-01T00:00:00Z --until 2901-01-01T00:00:00Z"
people = "--by ann --second bob"
leads_on("lifeboat doubt", 2, 0, "'live 1/journal'", shows="2 keys in doubt by name")
leads_on("lifeboat doubt --journal 'no $where'", 3, 0, "'live 1/journal'", shows="2 keys in doubt by name")
leads_on(f"{doubt} --as csv --json", 2, 0, shows="A-5")
leads_on(f"{doubt} --as xml", 2, 0, shows="A-5")
leads_on(f"{doubt} --paid", 2, 0, shows="2 keys in doubt by name")
leads_on(f"{doubt} --highest 4", 2, 0, shows="2 keys in doubt by name")
leads_on(f"{doubt} --close-key A-4 --paid {people} --reason called --as csv", 2, 0, shows="closed  key A-4 as paid")
leads_far(f"{doubt} --close-key A-5", [(2, {}), (2, {"NAME": "ann"}), (2, {}), (0, {})], shows="closed  key A-5 as paid")
leads_on(f"{doubt} --close-key A-6 --paid --not-paid {people} --reason called", 2, 0, shows="closed  key A-6 as paid")
leads_far(f"{doubt} --statement 'the rail.csv' --since 2020-01-01T00:00:00Z",
          [(2, {"TIME": "2010-01-01T00:00:00Z"}), (2, {"TIME": "2901-01-01T00:00:00Z"}), (1, {})], shows="compared 2 lines")
times = {"since TIME": "since 2020-01-01T00:00:00Z", "until TIME": "until 2901-01-01T00:00:00Z"}
leads_far(rail, [(2, {"FILE": "'the rail.csv'"}), (2, times), (2, {}), (2, {"NAME": "ann"}), (3, {"NAME": "bob"}), (0, {})],
          shows="closed  rail sepa in window 2")
leads_on(f"{rail} {covers} {people} --window none", 2, 0, shows="closed  rail sepa in window 1")
leads_on(f"{rail} {covers} {people} --window 1 --paid", 2, 0, shows="closed  rail sepa in window 1")
leads_on(f"{rail} {covers} {people} --window 9", 3, 0, shows="closed  rail sepa in window 2")
leads_on(f"{rail} --statement 'the rail.csv' {people} --window 2 --since 2020-01-01T00:00:00Z --until 2020-01-02T00:00:00Z", 3, 0,
         shows="closed  rail sepa in window 2")
with open(os.path.join(work, "the 'bad.csv"), "w", encoding="ascii") as out:
    out.write("key,time\nA-5,noon\n")
leads_on(f"{doubt} --statement \"the 'bad.csv\"", 3, 0, shows="A-5,noon")
leads_on(f"{rail} {people} --window 2 --since 2020-01-01T00:00:00Z --until 2901-01-01T00:00:00Z --statement \"the 'bad.csv\"", 3, 0,
         shows="A-5,noon")
leads_on(f"{doubt} --statement 'no file.csv'", 3, 1, FILE="'the rail.csv'", shows="compared 2 lines")
leads_on(f"{rail} {people} --window 2 --since 2020-01-01T00:00:00Z --until 2901-01-01T00:00:00Z --statement 'no file.csv'", 3, 0,
         FILE="'the rail.csv'", shows="closed  rail sepa")
leads_on(f"{doubt} --close-key A-5 --not-paid {people} --reason called", 3, 0, shows="closed ")
leads_on("lifeboat doubt --journal 'no where'", 3, 0, "'live 1/journal'", shows="in doubt by name")

# A window that is gone: of a journal, and of a medium.
run("cp -a 'live 1' 'the gone' && rm -r 'the gone/journal/doubt'", 0)
for what in ("", " --close-key A-5 --paid --by ann --reason called", " --statement 'the rail.csv'"):
    proposed_by(f"lifeboat doubt --journal 'the gone/journal'{what}", 3, says="epoch 2 may have begun with a loss")
with Held("'the gone/journal'"):
    leads_on("lifeboat doubt --journal 'the gone/journal' --open --by ann --reason gone", 3, 0, shows="held: ")
leads_far("lifeboat doubt --journal 'the gone/journal' --open", [(2, {"NAME": "ann"}), (2, {}), (0, {})], shows="opened  window 1")
run("rm -r 'the gone/journal/doubt'", 0)
leads_on("lifeboat doubt --journal 'the gone/journal'", 3, 0, NAME="ann", TEXT="gone", shows="opened  window 1")
run("mkdir 'the $medium/journal/bank.doubt'", 0)
run(f"echo > 'the $medium/journal/bank.doubt/'{1:010}-{4:020}-{5:020}", 0)
leads_on(f"{restore} 'r x 31'", 1, 0, shows="restored ")
run("rm -r 'the $medium/journal/bank.doubt'", 0)

leads_on(f"{doubt} --close-counter shop-7 {people} --window 2", 2, 0, N="41", shows="above counter 41")
leads_on(f"{doubt} --close-counter shop-7 {people} --window 2 --highest -4", 2, 0, shows="above counter 1")
with Held("'live 1/journal/doubt'"):
    leads_on(f"{doubt} --close-key A-7 --paid {people} --reason called", 3, 0, shows="held: ")
leads_on(f"lifeboat doubt --journal {JOURNAL} --close-key A-7 --paid {people} --reason called", 3, 0, shows="0 keys in doubt")

# A standby's folder, and its promotion.
run(f"mkdir 'a standby' && {ENGINE} certificates 'a standby' && {ENGINE} standby {JOURNAL} 'the $copy' 9", 0)
tls = "--cert 'a standby/standby.pem' --key 'a standby/standby.key' --ca 'a standby/authority.pem'"
files = {name: f"'a standby/{name}'" for name in ("standby.pem", "standby.key", "authority.pem")}
leads_on("lifeboat standby --status", 2, 0, "'the $copy'", shows="here    1:6")
leads_on("lifeboat standby --status --replica 'no $where'", 3, 0, "'the $copy'", shows="here    1:6")
leads_on("lifeboat standby --status --replica 'the $copy' --every 30s", 2, 0, shows="here    1:6")
leads_on("lifeboat standby --status --replica 'the $copy' --max-age soon", 2, 1, shows="objective missed")
leads_on("lifeboat standby --replica 'the $copy' --listen here --status", 2, 0, shows="here    1:6")
line = proposed_by("lifeboat standby --replica 'the $new one'", 2).replace("0.0.0.0:4710", "127.0.0.1:0")
for name in ("standby.pem", "standby.key", "authority.pem"):
    line = filled_in(proposed_by(line, 2), {re.escape(name): files[name]})
made = proposed_by(line, 3)
run(made, 0)
again = interrupted(line, "listens at")
if not shlex.split(again)[1:] == shlex.split(line)[1:]:
    sys.exit(f"FAILED: {line!r} was stopped, and goes on with {again!r}")
line = proposed_by(line + " --max-age 1h", 2)
line = filled_in(proposed_by(line.replace("127.0.0.1:0", "here"), 2), {"0.0.0.0:4710": "127.0.0.1:0"})
interrupted(line, "listens at")
for option, name in (("--cert", "standby.pem"), ("--key", "standby.key"), ("--ca", "authority.pem")):
    wrong = f"lifeboat standby --replica 'the $new one' --listen 127.0.0.1:0 {tls}"
    wrong = wrong.replace(f"{option} {files[name]}", f"{option} nowhere.pem")
    line = filled_in(proposed_by(wrong, 3), {"FILE": files[name]})
    interrupted(line, "listens at")
with socket.create_server(("127.0.0.1", 0)) as taken:
    wrong = f"lifeboat standby --replica 'the $new one' --listen 127.0.0.1:{taken.getsockname()[1]} {tls}"
    interrupted(filled_in(proposed_by(wrong, 3), {"HOST:PORT": "127.0.0.1:0"}), "listens at")
with Held("'the $copy'"):
    leads_on(f"lifeboat standby --replica 'the $copy' --listen 127.0.0.1:0 {tls}", 3, 0, shows="held: ")

promote = "lifeboat promote --replica 'the $copy' --lost host-a --by ann --second bo --reason 'no power'"
accepted = f"{promote} --max-loss 3"
leads_far("lifeboat promote", [(2, {"DIR": "'the $copy'"}), (2, {"HOLDER": "host-a"}), (2, {"NAME": "ann"}),
                               (2, {"TEXT": "'no power'"}), (3, {"NAME": "bo"}), (3, {})],
          shows="3 groups may be lost")
leads_far("lifeboat promote --replica 'the $copy' --lost host-a --by ann --second ann --reason 'no power' --dry-run",
          [(3, {"NAME": "bo"}), (0, {})], shows="ann and bo (unproven names)")
leads_on("lifeboat promote --replica 'no $where' --lost host-a --by ann --second bo --reason 'no power' --dry-run", 3, 0,
         "'the $copy'", shows="plan    ")
leads_far(f"{promote} --nothing-lost --dry-run", [(3, {}), (0, {})], shows="needs   --max-loss 3")
leads_on(f"{promote} --max-loss some --dry-run", 2, 3, shows="3 groups may be lost")
leads_on(f"{accepted} --ticket {'t' * 129} --dry-run", 2, 0, shows="plan    ")
leads_on(f"{accepted} --dry-run".replace("no power", "t" * 1025), 2, 0, shows="plan    ")
leads_on(f"{accepted} --dry-run".replace("ann", "t" * 65), 2, 0, NAME="ann", shows="plan    ")
leads_on("lifeboat promote --replica 'the $new one' --lost host-a --by ann --second bo --reason 'no power'", 3, 0, shows="here    no group")
with Held("'the $copy'"):
    leads_on(accepted, 3, 0, shows="held: ")
leads_on(f"{promote} --dry-run", 0, 0, shows="promoted ")
run(f"{ENGINE} pay 'live 1/journal' B-1", 0)
run(f"{ENGINE} standby 'live 1/journal' 'the $second'", 0)
promote = "lifeboat promote --replica 'the $second' --lost host-a --by ann --second bo --reason 'no power'"
leads_on(promote, 3, 0, shows="promoted ")
run(f"{ENGINE} standby 'live 1/journal' 'the $third'", 0)
leads_far("lifeboat promote --replica 'the $third' --lost host-a --by ann --second bo --reason 'no power' --nothing-lost",
          [(3, {}), (3, {}), (0, {})], shows="promoted ")
run(f"{ENGINE} standby 'the $copy' 'the $fourth' 9", 0)
leads_on("lifeboat promote --replica 'the $fourth' --lost host-a --by ann --second bo --reason 'no power' --max-loss 100", 0, 0,
         shows="window  1, unknown behind")

# How safe all of that is, and what may go.
status = f"lifeboat status {bank} --journal {JOURNAL} --replica 'the $fourth'"
leads_on(f"{status} --id bank", 0, 0, shows="verified")
leads_on(f"{status} --max-age soon", 2, 0, shows="lag     ")
leads_on(f"{status} --max-age 0s", 1, 0, "'the $bank'", shows="committed")
leads_on(f"lifeboat prune {bank} --keep-groups ten", 2, 0, shows="plan    ")

# What does not hold in the books is gone on with by name; of several sources one is chosen.
shutil.rmtree(os.path.join(work, "the $bank"))
run(f"{ENGINE} bank 'the $bank' 'the $books' backwards", 0)
run("lifeboat restore --medium 'disk:the $books' --target 'r x 13'", 1)
leads_far("lifeboat adopt 'r x 13' --medium 'disk:the $books'", [(3, {}), (2, {"NAME": "ann"}), (0, {})], shows="adopted")
run(f"{ENGINE} standby {JOURNAL} 'the $fifth' 6", 0)
leads_on("lifeboat promote --replica 'the $fifth' --lost host-a --by ann --second bo --reason 'no power'", 3, 0, shows="promoted ")
run("lifeboat backup --source plain --id 'another' --medium 'disk:the $books'", 0)
run("lifeboat restore --medium 'disk:the $books' --id bank --target 'r x 14'", 1)
leads_far("lifeboat adopt 'r x 14' --medium 'disk:the $books' --by ann --override nothing-goes-backwards",
          [(3, {}), (3, {}), (0, {})], shows="adopted")
leads_on("lifeboat restore --medium 'disk:the $books' --id bank --target 'r x 19'", 1, 0, NAME="ann", shows="adopted")

# What the newest archive holds of the journal goes from the medium with the archives that nobody keeps.
run(f"{ENGINE} bank 'an $engine' 'the $spent' && {ENGINE} bank 'an $engine' 'the $spent'", 0)
spent = "lifeboat prune --medium 'disk:the $spent' --keep-windows 1 --grace 0s"
leads_on(f"{spent} --keep-groups 1", 0, 0, shows="journal ")
leads_on(f"{spent} --keep-groups ten", 2, 0, shows="plan    ")

# Pieces of a journal that are missing or damaged on the medium, and points that a later epoch left.
for number in range(3):
    run(f"{ENGINE} bank 'a $bank' 'the $gap'", 0)
lost = os.path.join(work, "the $gap", "journal", "bank", f"{1:010}-{8:020}-{12:020}")
gap = "--medium 'disk:the $gap'"
leads_on(f"lifeboat restore {gap} --target 'g x 1' --before-first nofield=Z", 3, 0, shows="plan    ")
leads_on(f"lifeboat extract {gap} --target 'g x 2' --only ledger --position 1:16", 3, 0, shows="extracted")
leads_on(f"lifeboat restore {gap} --target 'g x 3' --only ledger --position 1:16", 3, 0, shows="extracted")
os.rename(lost, os.path.join(work, "piece"))
leads_on(f"lifeboat status {gap}", 1, 1, shows="DAMAGED")
leads_on(f"lifeboat restore {gap} --target 'g x 4'", 1, 0, shows="at      1:18")
leads_on(f"lifeboat extract {gap} --target 'g x 6' --where key=A-3", 1, 0, shows="1 record")
run(f"lifeboat extract {gap} --target 'g x 7' --where key=A-3 --since 1:13", 0)
leads_on(f"lifeboat adopt 'g x 4' {gap} --nothing-lost --by ann", 3, 0, shows="adopted")
leads_far(f"lifeboat restore {gap} --target 'g x 5' --position 1:9", [(3, {}), (3, {}), (0, {})], shows="at      1:8")
os.rename(os.path.join(work, "piece"), lost)

# A file that is written all the while that it is read is torn: it is brought back where that is accepted.
os.mkdir(os.path.join(work, "torn"))
with open(os.path.join(work, "torn", "growing"), "wb") as out:
    out.write(b"x" * (4 << 20))
    with subprocess.Popen([os.environ["LIFEBOAT_PROGRAM"], "backup", "--source", "torn", "--medium", "disk:the $torn", "--limit-rate",
                           "8MiB"], cwd=work, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as backup:
        while backup.poll() is None:
            out.write(b"x")
            out.flush()
if backup.returncode != 4:
    sys.exit(f"FAILED: a file was written while it was read, and the backup ended with {backup.returncode}")
for command in ("restore", "extract --only growing"):
    torn = f"lifeboat {command} --medium 'disk:the $torn' --target"
    name = command[:3]
    leads_on(f"{torn} 'the {name} 1'", 3, 4, shows="digests ok")
    leads_on(f"{torn} 'the {name} 2' --dry-run", 0, 4, shows="digests ok")

# A clock that was set, and archives that state no position.
shutil.rmtree(os.path.join(work, "the $bank"))
run(f"{ENGINE} bank 'the $bank' 'the $clock' clock", 0)
leads_on("lifeboat restore --medium 'disk:the $clock' --target 'r x 15' --before 2026-01-01T00:02:45Z --accept-undone 3", 3, 0,
         shows="at      1:3")
shutil.rmtree(os.path.join(work, "the $bank"))
run(f"{ENGINE} bank 'the $bank' 'the $other' unstated", 0)
leads_on("lifeboat restore --medium 'disk:the $other' --target 'r x 12' --before 2026-01-01T00:04:30Z", 3, 0, shows="restored")

pasted.done()
