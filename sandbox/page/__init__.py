"""A page to play every side of the sandbox: a private chat, the staff group, a mailbox; the clock, faults, a timeline.

    application(telegram, mail, hooks)

makes the web application of the page; mount it where you like, on loopback. What the page shows of the product it plays
with comes through `Hooks`: the sandbox itself knows nothing of it.

Where things are: `routes` is the application, `feed` what happens (Server-Sent Events), `breakages` the faults that end
by themselves, `post` how people write letters, `static` the page (plain ES modules; `vendor` holds the one library).
"""

from sandbox.page.hooks import Hooks, PageError
from sandbox.page.routes import application

__all__ = ["Hooks", "PageError", "application"]
