// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string_view>

#include <lifeboat/core/version.hpp>

// What --help prints: each text fits a screen of 24 lines of 80 columns.
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli::help {

inline constexpr std::string_view program =
    R"(lifeboat COMMAND [options]: back up, verify and restore a directory

  backup    take an archive of --source        list     the archives there are
  restore   bring one back, in a new place     show     what an archive holds
  verify    read again what is stored          history  versions of one path
  prune     let old recovery windows go        cat      one file of an archive
  sync      keep a replica directory in step   diff     what changed
  status    how safe am I, on one screen       log      who did what, and why
  records   what a journal holds, also live    adopt    a copy goes live
  doubt     what may have been paid            extract  a part, for looking
  standby   receive a journal, also --status   promote  a standby goes live

Options of every command:
  --medium URL    where archives are (disk:PATH), or LIFEBOAT_MEDIUM
  --source DIR    what is protected         --id ID      its name on the medium
  --state DIR     its state folder          --threads N  at most so many
  --json          one JSON object on stdout (docs/json.md)
  --quiet, -q     no progress               --help, -h   of a command too

Exit status: 0 done, 1 checked and found bad, 2 wrong usage, 3 refused and
nothing changed, 4 done with gaps, 5 could not finish, 130 interrupted.

  lifeboat backup --source /var/lib/ledger --medium disk:/backup
  lifeboat restore --medium disk:/backup --target /var/lib/ledger.new
)";

inline constexpr std::string_view backup =
    R"(lifeboat backup --source DIR --medium URL [options]
Takes one archive, decodes what it encoded, and commits it.

  --strategy NAME      incremental (default), differential or full
  --verifier NAME      sha256 (default), sha512-256, sm3, blake2b; xxh3: full
  --structural NAME    of a new repository: sha256 (default) or sm3, for good
  --exclude PATTERN    leave out (syntax of gitignore); may be repeated
  --only PATTERN       take these and nothing else; may be repeated
  --append-only PATTERN  files that only grow: their stable part is stored
  --cross-mounts       enter file systems mounted below
  --accept-emptied     the source is meant to be empty, or no mount point now
  --dry-run            say what would be read, and change nothing
  --by NAME  --reason TEXT  --ticket TEXT    for the log
  --limit-rate 20MiB   read no more than that each second
Also: --id --state --threads --quiet --json --help (see lifeboat --help)

The first archive is a full; an empty medium becomes a repository.

  lifeboat backup --source /var/lib/ledger --medium disk:/backup
  lifeboat backup --source . --medium disk:/backup --exclude '*.tmp'
)";

inline constexpr std::string_view restore =
    R"(lifeboat restore --medium URL --target DIR [options]
Restores to a new place, every block checked; it appears by one rename. Where
the source has a journal, the groups behind the archive are restored too.

  --archive ID         this one, by its first digits, or latest (default)
  --before TIME        all before TIME (2026-11-24T14:03:00+08:00)
  --position E:S  --before-first FIELD=VALUE   to a group, or just before one
  --accept-undone N    so many acknowledged groups stay behind, and are listed
  --only PATTERN       an extract: only this; --exclude PATTERN: not that
  --using DIR          take unchanged blocks from a damaged tree, checked
  --dry-run            show the plan, and change nothing
  --resume  --discard  go on with an interrupted restore, or remove its remains
  --numeric-owner      owners by number;  --no-owner: leave owners out
  --accept-torn        also an archive with files that changed while read
  --despite chain      with --archive ID: where the chain can not vouch for it
  --despite doubt      without the doubt window, which the medium lacks
  --despite gap        without older groups of the journal that the medium lacks
Also: --limit-rate 20MiB --id --source --state --threads --quiet --json --help

  lifeboat restore --medium disk:/backup --target /var/lib/ledger.new
  lifeboat restore --medium disk:/backup --target one --only /etc/app.conf
)";

inline constexpr std::string_view adopt =
    R"(lifeboat adopt TARGET --medium URL [options]
Claims the next epoch for a restored copy, so that an engine may open its
journal. Whoever goes on in an older epoch is refused by the medium from then
on, and what it still writes is evidence. Invariants are checked first.

  --holders B,A,repository   who holds the epoch, this machine first; the medium
                       is `repository`. A majority of them is wanted, or:
  --lost HOLDER        who else holds it, and is lost; may be repeated. Two
                       people say so: --by A --second B
  --nothing-lost       the medium had every acknowledged payment, as --by says;
                       else each key that nobody knows is in doubt from now on
  --stopped TIME       the engine had stopped by then, by its own clock: then a
                       ceiling that it had reserved so long bounds the loss
  --override NAME      go on although this invariant does not hold
  --dry-run            show what it comes to, and change nothing
  (--lost, --nothing-lost, --stopped and --override need --by)
  --by NAME  --second NAME  --reason TEXT  --ticket TEXT    for the log
Also: --id --source --state --threads --quiet --json --help

  lifeboat adopt /var/lib/ledger.new --medium disk:/backup --by alice
)";

inline constexpr std::string_view verify =
    R"(lifeboat verify --medium URL [options]
Reads again what is stored, and names what is damaged.

  --depth NAME         catalog, seals, digests (default: every byte) or restore
  --archive ID         this one only, or latest
  --budget N           stop after 10GiB or 15min; the next run goes on there
  --compare DIR        the latest archive (or --archive) against a living tree
  --by NAME  --reason TEXT  --ticket TEXT    for the log
Also: --limit-rate 20MiB --id --source --state --threads --quiet --json --help

With --source or --state, a repository that was rolled back is found too.

  lifeboat verify --medium disk:/backup
  lifeboat verify --medium disk:/backup --budget 15min
  lifeboat verify --medium disk:/backup --compare /var/lib/ledger
)";

inline constexpr std::string_view list =
    R"(lifeboat list --medium URL [options]
The archives of a source, oldest first: id, kind, position, cut, time in UTC and
here, sizes, and when and how deep each was verified.

Options: --id --source --state --threads --quiet --json --help

  lifeboat list --medium disk:/backup
  lifeboat list --medium disk:/backup --id ledger --json
)";

inline constexpr std::string_view show =
    R"(lifeboat show [ARCHIVE] --medium URL [options]
What an archive says of itself, and the entries that it holds (default: the
latest). With --only or --exclude, those entries only.

Options: --only --exclude --id --source --state --threads --quiet --json --help

  lifeboat show --medium disk:/backup
  lifeboat show 9c41e0 --medium disk:/backup --only '*.conf'
)";

inline constexpr std::string_view history =
    R"(lifeboat history PATH --medium URL [options]
The versions of one path over all archives, oldest first. PATH is as show prints
it: relative to the source.

Options: --id --source --state --threads --quiet --json --help

  lifeboat history etc/app.conf --medium disk:/backup
)";

inline constexpr std::string_view cat =
    R"(lifeboat cat ARCHIVE PATH --medium URL [options]
Writes one file of an archive to stdout, every block checked before it goes out.
ARCHIVE is latest or the first digits of an id. With --json, the file is read
and checked, and facts about it are printed in its place.

  --despite chain      where the chain can not vouch for the archive
Also: --id --source --state --threads --quiet --json --help

  lifeboat cat latest etc/app.conf --medium disk:/backup > app.conf
)";

inline constexpr std::string_view diff =
    R"(lifeboat diff [ARCHIVE [ARCHIVE]] --medium URL [options]
What changed from one archive to the next (default: the latest against the one
before it), or from an archive to a living tree. Exit status 1: they differ.

  --compare DIR        against this tree, seen with the archive's own rules
  --only PATTERN  --exclude PATTERN    these paths of two archives
Also: --id --source --state --threads --quiet --json --help

  lifeboat diff --medium disk:/backup
  lifeboat diff 9c41e0 51b7aa --medium disk:/backup
  lifeboat diff latest --compare /var/lib/ledger --medium disk:/backup
)";

inline constexpr std::string_view prune =
    R"(lifeboat prune --medium URL [options]
Shows which recovery windows (a full and what was built on it) would go. Nothing
goes before the same line is repeated with --apply and the digest shown.

  --keep-windows N     keep so many of the newest (default 4)
  --keep-age TIME      and all that is needed to go back so far (30d)
  --keep-groups N      of a journal: how far back clients may ask again; without
                       it all of it stays
  --every TIME         longest time between two backups (7d): judges clocks
  --apply DIGEST       do exactly what was shown
  --grace TIME         marked archives keep their objects so long (24h)
  --accept-clock ID    believe this archive's clock; may be repeated
  --accept-shrunken ID count this archive, though its source had shrunk
  --dry-run            as without --apply
  --by NAME  --second NAME  --reason TEXT  --ticket TEXT    for the log
Also: --id --source --state --threads --quiet --json --help

  lifeboat prune --medium disk:/backup --keep-windows 8 --keep-age 60d
)";

inline constexpr std::string_view sync =
    R"(lifeboat sync --source DIR --replica DIR [options]
Brings a replica directory into step with the source, and compares them.
With --journal DIR in place of --source: a part of a journal, beside its engine.

  --check              compare only, change nothing
  --only PATTERN  --exclude PATTERN  --cross-mounts
  --verifier NAME      what content is compared with (sha256)
  --accept-emptied     the source is meant to be empty
  --accept-emptied-replica   fill a replica anew that was emptied
  --journal DIR        then --only and --exclude are payment, account=42, ...
Also: --limit-rate 20MiB --medium --id --state --threads --quiet --json --help

A replica follows every mistake: it is no backup. Nothing is done to a replica
that lost what an earlier pass put there, or that is no replica of this source.

  lifeboat sync --source /var/lib/ledger --replica /mnt/standby/ledger
  lifeboat sync --journal /var/lib/ledger/journal --replica /mnt/part --only ...
)";

inline constexpr std::string_view status =
    R"(lifeboat status --medium URL [options]
How safe a source is: its newest recovery point, what was verified, where the
copies are, space left, and how long a restore would take.

  --max-age TIME       exit status 1 where the newest point is older (26h)
  --journal DIR        in groups and money, what the medium has not of it
  --replica DIR        how far this standby is; with --journal, in money too
Also: --id --source --state --threads --quiet --json --help

With --source, it also says whether the medium shares the source's device.

  lifeboat status --medium disk:/backup --source /var/lib/ledger
  lifeboat status --medium disk:/backup --max-age 26h --quiet
)";

inline constexpr std::string_view log =
    R"(lifeboat log --medium URL [options]
Every entry of a source's chain, oldest first: who, when, why, with what.

Options: --id --source --state --threads --quiet --json --help

  lifeboat log --medium disk:/backup
  lifeboat log --medium disk:/backup --json
)";

inline constexpr std::string_view records =
    R"(lifeboat records --journal DIR [options]
The groups of a journal: position, time in UTC, and each record by its schema.
It may be written meanwhile; what is not known to be durable is not shown.

  --follow             go on as groups become durable, until interrupted
  --since BOUND  --until BOUND    a position (1:42) or a time with its offset
  --around POSITION    that group with five before and five after
  --where CONDITION    groups with a record that fits: account=42, stage!=3,
                       'amount>=9.00 EUR'; repeated: that fits them all
  --limit N            no more groups than that
  --sum                count what is shown, and sum its money
  --as csv|jsonl       a row for each record that fits, as a table or as JSON
  --verify             prove that the journal is whole; exit status 1: damaged
Also: --json --help

  lifeboat records --journal journal --since 2026-11-24T14:00:00+08:00 --sum
  lifeboat records --journal journal --where account=42 --as csv > 42.csv
)";

inline constexpr std::string_view extract =
    R"(lifeboat extract --medium URL --target DIR [options]
Brings out a part, for looking: files of an archive, or records of a journal. It
is marked, stands in the chain, and is never adopted. DIR is made by one rename.

  --only PATTERN  --exclude PATTERN    files: these, and not those
  --archive ID         of this archive (default: latest)
  --where CONDITION    records that fit: account=42; repeated: that fit them all
  --since BOUND        records from a position (1:42) or a time on
  --before TIME  --position E:S    files or records: of before, or up to that
  --journal DIR        records of this journal, not of what the medium has; then
                       the chain has an entry only where a medium is named
  --as csv|jsonl       how records are written (jsonl)
  --dry-run            say how much it is, and make nothing
  --no-owner  --accept-torn    files: no owners; also such as changed while read
  --by NAME  --reason TEXT  --ticket TEXT    for the log
Also: --id --source --state --threads --quiet --json --help

  lifeboat extract --medium disk:/backup --target 42 --where account=42 --as csv
  lifeboat extract --medium disk:/backup --target look --only /etc/app.conf
)";

inline constexpr std::string_view standby =
    R"(lifeboat standby --replica DIR --listen HOST:PORT [options]
Receives a primary's journal into a folder over mutual TLS 1.3, until it is
stopped: it keeps all that comes, and serves nobody. Each group that it
acknowledges is durable here. It says how far it is, in groups and money.

  --cert FILE  --key FILE  --ca FILE    PEM: its own, and who signs the peer's
  --peer NAME          the name that the primary's certificate must have
  --holders B,A,repository   who holds the epoch, this machine first: `promote`
                       wants a majority of them, or those that are lost by name
  --medium URL         what the primary keeps no more is taken from there
  --every TIME         between two lines (30s)
  --status             look at a standby's folder, and disturb nothing
  --max-age TIME       with --status: exit status 1 where nobody receives, or
                       the primary was not heard of for so long
Also: --id --source --state --threads --quiet --json --help

  lifeboat standby --replica /var/lib/bank/replica --listen 0.0.0.0:4710 \
    --cert standby.pem --key standby.key --ca authority.pem --peer host-a
  lifeboat standby --replica /var/lib/bank/replica --status
)";

inline constexpr std::string_view promote =
    R"(lifeboat promote --replica DIR --lost HOLDER --by A --second B --reason TEXT ...
A standby's folder goes on as the journal of the next epoch, above all that the
primary said it had. Stop the standby first, and be sure that HOLDER is stopped:
nothing here can prove it. Invariants are checked before anything is changed.

  --lost HOLDER        the machine, or the site, that is lost; may be repeated.
                       Two people say so: --by A --second B
  --max-loss N         so many groups may be lost (0), or the word unknown where
                       the primary was never heard of
  --nothing-lost       all that was acknowledged is here, as --by says; else
                       each key that nobody knows is in doubt from now on.
                       Refused where the primary had said that it has more
  --stopped TIME       the primary had stopped by then, by its own clock: then a
                       ceiling that it had reserved here so long bounds the loss
  --medium URL         take what it has more, and fence the old primary there
  --override NAME      go on although this invariant does not hold
  --dry-run            show the loss as an interval, and change nothing
  --by NAME  --second NAME  --reason TEXT  --ticket TEXT    for the log, and
                       beside the journal: `lifeboat doubt` shows them
Also: --id --source --state --threads --quiet --json --help

  lifeboat promote --replica /var/lib/bank/replica --lost host-a --by alice \
    --second bob --reason 'site lost' --medium disk:/backup --id bank --dry-run
)";

inline constexpr std::string_view doubt =
    R"(lifeboat doubt --journal DIR [options]
What may have been paid, and nobody knows: each window that a loss opened, what
it rests on, the keys that are listed, and what was closed. Keys are closed also
while the engine runs, which answers by it from then on; --open while it is not.

  --as csv|jsonl       the listed keys, as a statement to send to a rail
  --statement FILE     compare with a partner's file (CSV or JSON lines); exit
                       status 1: they differ. Nothing is closed by that
  --since TIME  --until TIME   what FILE covers; payments of that time, too,
                       are looked for in it. A class is closed with both
  --close-key KEY      it is settled: --paid or --not-paid, by --reason
  --close-client NAME  FILE has all keys that this client sent
  --close-rail NAME    FILE has all that reached this rail
  --close-counter CLIENT   it sent no counter above --highest N before the loss
  --open               each key that nobody knows is in doubt from now on: where
                       the window is gone. With --by and --reason
  --window N           of which loss; needed where there are several
  --by NAME  --second NAME  --reason TEXT  --ticket TEXT    who, and what by
Also: --json --help

  lifeboat doubt --journal journal --close-key A-5 --paid --by ann \
    --reason 'the bank called'
)";

}  // namespace cli::help
}  // namespace lifeboat::inline LIFEBOAT_ABI
