"""What tells the time: called for the present moment (aware, UTC). The one of the process is app/timepiece.py."""

from collections.abc import Callable
from datetime import datetime

Timepiece = Callable[[], datetime]
