"""`python -m app` is the command `rightsdesk`."""

import sys

from app.cli import main

sys.exit(main())
