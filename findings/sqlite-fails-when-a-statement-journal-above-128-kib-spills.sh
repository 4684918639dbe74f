#!/usr/bin/env bash
# Seen on 2026-11-29: apsw 3.54.1.0 with its own SQLite 3.54.1, on Linux; SQLite 3.53.2 of libsqlite3-sys 0.38.2 does the same.
#
# SQLite keeps what a savepoint may undo in memory up to SQLITE_CONFIG_STMTJRNL_SPILL bytes (65,536 if nobody says), and in a temporary
# file beyond. With a threshold of 262,144, a savepoint that goes beyond it fails as if the disk were full, and SQLite rolls the whole
# transaction back: what was held is written in one piece, and SQLite's files on Unix take the length of a piece modulo 131,072.
# Expected: a larger threshold spills later. The documentation of the option names no limit, and setting it succeeds.
#
# Output seen (threshold, and what became of a savepoint that changes 200 pages):
#   65536 committed
#   131071 committed
#   262144 FullError
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check apsw==3.54.1.0

cat > savepoint.py <<'PYTHON'
import sys
import apsw

threshold = int(sys.argv[1])
apsw.shutdown()
apsw.config(apsw.SQLITE_CONFIG_STMTJRNL_SPILL, threshold)
database = apsw.Connection(f"{threshold}.db")
database.execute("CREATE TABLE pages (number INTEGER PRIMARY KEY, filler TEXT)")
database.execute("BEGIN")
for number in range(200):
    database.execute("INSERT INTO pages VALUES (?, ?)", (number, "a" * 3000))
database.execute("SAVEPOINT one")
try:
    database.execute("UPDATE pages SET filler = replace(filler, 'a', 'b')")
    database.execute("RELEASE one; COMMIT")
    print(threshold, "committed")
except apsw.Error as error:
    print(threshold, type(error).__name__)
PYTHON
for threshold in 65536 131071 262144; do venv/bin/python savepoint.py "$threshold"; done | tee seen

printf '%s\n' "65536 committed" "131071 committed" "262144 FullError" | diff - seen
