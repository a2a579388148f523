#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The data sets of peers.py.

peers_data.py make ledger|random|mixed FOLDER SCALE     a new data set
peers_data.py change ledger FOLDER NUMBER               changes 1 % of it, another 1 % for each number
peers_data.py pages FOLDER FILE                         keeps a digest of every page of 4 KiB
peers_data.py compare FOLDER FILE                       how many pages are others than those kept

ledger: segments of 64 MiB of fixed 128-byte records, and an SQLite file with accounts and transactions, 954 MiB.
random: 16 files of 64 MiB that nothing compresses. mixed: 40,000 files of 1 to 64 KiB of words, about 1 GiB.
"""

import hashlib
import random
import sqlite3
import struct
import sys
from pathlib import Path

MIB = 1 << 20
RECORD = struct.Struct("<QQQqQ3sB20s")
PADDING = bytes(128 - RECORD.size)
SEGMENT_RECORDS = 64 * MIB // 128
ACCOUNTS, TRANSACTIONS = 890_000, 120_000


def record(number, dice):
    return RECORD.pack(number, dice.randrange(ACCOUNTS), dice.randrange(ACCOUNTS), dice.randrange(100, 10_000_000),
                       1_700_000_000_000_000_000 + number * 1_000_000 + dice.randrange(1_000_000), b"EUR", 3,
                       dice.randbytes(20)) + PADDING


def append_records(path, first, count, dice):
    with open(path, "ab") as file:
        for at in range(0, count, 8192):
            file.write(b"".join(record(first + i, dice) for i in range(at, min(at + 8192, count))))


def transaction(number, accounts, dice):
    return (number, dice.randrange(accounts), dice.randrange(accounts), dice.randrange(100, 10_000_000), "EUR", "settled",
            dice.randbytes(16).hex())


def make_database(path, accounts, transactions, dice):
    database = sqlite3.connect(path)
    database.execute("pragma journal_mode = off")
    database.execute("pragma synchronous = off")
    database.execute("create table accounts (id integer primary key, owner text, balance integer, currency text, updated integer,"
                     " note text)")
    database.execute("create table transactions (id integer primary key, debit integer, credit integer, amount integer,"
                     " currency text, status text, reference text)")
    database.executemany("insert into accounts values (?, ?, ?, ?, ?, ?)",
                         ((i, f"owner {i:08} {dice.randbytes(12).hex()}", dice.randrange(10**9), "EUR", 1_700_000_000,
                           dice.randbytes(30).hex()) for i in range(accounts)))
    database.executemany("insert into transactions values (?, ?, ?, ?, ?, ?, ?)",
                         (transaction(i, accounts, dice) for i in range(transactions)))
    database.commit()
    database.close()


def make_ledger(folder, scale):
    dice = random.Random(1)
    count = 13 if scale >= 1 else max(4, round(13 * scale))
    records = SEGMENT_RECORDS if scale >= 1 else max(4096, int(13 * scale * SEGMENT_RECORDS / count))
    for number in range(count):
        append_records(folder / f"segment-{number:04}.log", number * records, records, dice)
    make_database(folder / "accounts.sqlite", int(ACCOUNTS * scale), int(TRANSACTIONS * scale), dice)


def change_ledger(folder, number):
    """0.5 % of the records in place, in runs of 256 in the newest quarter of the segments; 0.5 % appended; 1 % of the
    accounts all over the table; 0.5 % new transactions."""
    dice = random.Random(100 + number)
    segments = sorted(folder.glob("segment-*.log"))
    total = sum(path.stat().st_size for path in segments) // 128
    newest = segments[-(len(segments) // 4 + 1):]
    for _ in range(max(1, total // 200 // 256)):
        path = dice.choice(newest)
        first = dice.randrange(path.stat().st_size // 128 - 256)
        with open(path, "r+b") as file:
            for i in range(first, first + 256):  # a status that moved on
                file.seek(i * 128 + 43)
                file.write(bytes([4 + number % 100]))
    append_records(segments[-1], total, total // 200, dice)
    database = sqlite3.connect(folder / "accounts.sqlite")
    database.execute("pragma journal_mode = off")
    accounts = database.execute("select count(*) from accounts").fetchone()[0]
    transactions = database.execute("select count(*) from transactions").fetchone()[0]
    database.executemany("update accounts set balance = balance + ?, updated = updated + 1 where id = ?",
                         ((dice.randrange(10_000), dice.randrange(accounts)) for _ in range(accounts // 100)))
    database.executemany("insert into transactions values (?, ?, ?, ?, ?, ?, ?)",
                         (transaction(transactions + i, accounts, dice) for i in range(transactions // 200)))
    database.commit()
    database.close()


def make_random(folder, scale):
    dice = random.Random(2)
    for number in range(16):
        with open(folder / f"random-{number:02}", "wb") as file:
            left = max(1, int(64 * MIB * scale))
            while left:
                left -= file.write(dice.randbytes(min(left, MIB)))


def make_mixed(folder, scale):
    dice = random.Random(3)
    words = ["payment", "posting", "account", "balance", "settled", "pending", "EUR", "USD", "CNY", "2026", "0", "17", "fee",
             "reversal", "batch", "clearing", "debit", "credit", "reference", "merchant", "\n"]
    text = " ".join(dice.choices([f"{word}{dice.randrange(1000)}" for word in words for _ in range(40)], k=600_000)).encode()
    for number in range(max(100, int(40_000 * scale))):
        if number % 200 == 0:
            below = folder / f"folder-{number // 200:03}"
            below.mkdir()
        length = 1024 + int(63 * 1024 * dice.random() ** 1.5)
        at = dice.randrange(len(text) - length)
        (below / f"file-{number:05}.txt").write_bytes(text[at:at + length])


def pages(folder):
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        with open(path, "rb") as file:
            at = 0
            while page := file.read(4096):
                yield f"{path.name}:{at}", hashlib.blake2b(page, digest_size=8).digest()
                at += 1


def main():
    verb, *words = sys.argv[1:]
    if verb == "make":
        folder = Path(words[1])
        folder.mkdir()
        {"ledger": make_ledger, "random": make_random, "mixed": make_mixed}[words[0]](folder, float(words[2]))
    elif verb == "change":
        change_ledger(Path(words[1]), int(words[2]))
    elif verb == "pages":
        Path(words[1]).write_bytes(b"".join(f"{name} ".encode() + digest.hex().encode() + b"\n"
                                            for name, digest in pages(Path(words[0]))))
    elif verb == "compare":
        kept = set(Path(words[1]).read_bytes().split(b"\n"))
        print(sum(f"{name} ".encode() + digest.hex().encode() not in kept for name, digest in pages(Path(words[0]))))
    else:
        sys.exit(__doc__)


main()
