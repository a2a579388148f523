#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Rung (a): the program beside the engine, which knows nothing of it. Needs `lifeboat` in PATH.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export XDG_STATE_HOME=$folder/state
unset LIFEBOAT_MEDIUM

mkdir ledger
printf 'alice 100\nbob 50\n' > ledger/accounts

run() {
  printf '$ %s\n' "$*"
  "$@"
}
run lifeboat backup --source ledger --medium disk:backup
printf 'alice 90\nbob 60\n' > ledger/accounts
run lifeboat backup --source ledger --medium disk:backup
run lifeboat verify --source ledger --medium disk:backup
run lifeboat list --source ledger --medium disk:backup

mv ledger ledger.lost
run lifeboat restore --medium disk:backup --id ledger --target ledger
run diff -r ledger.lost ledger
echo "the ledger is what it was"
