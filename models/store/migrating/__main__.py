"""The command line of developers: `python -m models.store.migrating check`, or `make NAME`."""

import sys

from models.store.migrating import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
