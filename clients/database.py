"""Takes a table out of a server's database, or puts it back: python3 database.py damage|repair FILE

While it is away, the server cannot read devices: the one honest way to an InternalErrorException.
"""

import sqlite3
import sys
from contextlib import closing

STATEMENTS = {
    "damage": "ALTER TABLE device_attributes RENAME TO away",
    "repair": "ALTER TABLE away RENAME TO device_attributes",
}

if __name__ == "__main__":
    action, file = sys.argv[1:]
    with closing(sqlite3.connect(file, timeout=30)) as database, database:
        database.execute(STATEMENTS[action])
