"""`rightsdesk backup DIR`, `rightsdesk restore DIR`."""

import asyncio
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from app.backup.manifest import Manifest, find
from app.cli import FINDING, FINE, Usage
from app.commands.terminal import answer_json
from app.settings.declared import Settings, load
from app.speech import said
from app.timepiece import SystemTimepiece


def backup(args: Namespace) -> int:
    """Make a backup while the service runs."""
    from app.backup.saving import save

    if args.keep < 0:
        raise Usage(said("--keep is a number of backups, 1 or more."))
    settings, into = load(), Path(args.dir)
    made = asyncio.run(save(settings, into, SystemTimepiece()(), with_key=args.with_key, full=args.full, keep=args.keep))
    told = _told(made.folder, made.manifest) | {"linked": made.linked, "removed": [str(path) for path in made.removed]}
    if args.json:
        answer_json(told)
    else:
        _say(made.folder, made.manifest)
        print(said("  %(linked)s files are shared with an earlier backup.", linked=made.linked))
        for path in made.removed:
            print(said("  Removed: %(path)s", path=path))
        if not args.with_key:
            print(
                said(
                    "  The key is not in it. Keep a copy of %(key_file)s apart from the backups: whoever has both reads all.",
                    key_file=settings.key_file,
                )
            )
    return _missing(made.manifest)


def restore(args: Namespace) -> int:
    """Put a backup in place, or only look at it."""
    from app.backup.restoring import Wishes, check
    from app.backup.restoring import restore as put_in_place

    if args.skip_numbers < 0:
        raise Usage(said("--skip-numbers is a number, 0 or more."))
    folder = find(Path(args.dir))
    if args.check:
        manifest = check(folder)
        if args.json:
            answer_json(_told(folder, manifest))
        else:
            _say(folder, manifest)
            print(said("  Every file is as it was written. Nothing was restored."))
        return _missing(manifest)
    wishes = Wishes(args.force, args.without_key, args.park_waiting, args.skip_numbers)
    settings = load()
    done = asyncio.run(put_in_place(settings, folder, SystemTimepiece()(), wishes))
    if args.json:
        told = {"opens": done.opens, "set_aside": list(done.aside), "parked": done.parked}
        answer_json(_told(folder, done.manifest) | told)
    else:
        _say(folder, done.manifest)
        print(said("  Restored. The history is whole and the counts agree."))
        _say_more(settings, done.manifest, done.opens, done.parked, args.skip_numbers)
        for name in done.aside:
            print(
                said("  What was here before is now %(name)s: remove it when all is well, for it holds personal data.", name=name)
            )
    return _missing(done.manifest)


def _told(folder: Path, manifest: Manifest) -> dict[str, Any]:
    return {
        "folder": str(folder),
        "made_at": manifest.made_at.isoformat(),
        "version": manifest.version,
        "engine": manifest.engine,
        "counts": manifest.counts,
        "waiting": manifest.waiting,
        "files": len(manifest.blobs()),
        "size": manifest.size,
        "keys": list(manifest.keys),
        "with_key": manifest.with_key,
        "missing": list(manifest.missing),
    }


def _say(folder: Path, manifest: Manifest) -> None:
    counts = manifest.counts
    print(f"{folder}")
    print(
        said(
            "  Made %(made_at)s UTC by version %(version)s, %(engine)s %(server)s.",
            made_at=f"{manifest.made_at:%Y-%m-%d %H:%M:%S}",
            version=manifest.version,
            engine=manifest.engine,
            server=manifest.server,
        )
    )
    print(
        said(
            "  %(tickets)s tickets, %(messages)s messages, %(inbound)s inbound, %(outbox)s outbox, %(history)s history; "
            "%(blobs)s files of the vault; %(size)s MB.",
            tickets=counts.get("ticket", 0),
            messages=counts.get("message", 0),
            inbound=counts.get("inbound", 0),
            outbox=counts.get("outbox", 0),
            history=counts.get("history", 0),
            blobs=len(manifest.blobs()),
            size=f"{manifest.size / 1_000_000:.1f}",
        )
    )


def _say_more(settings: Settings, manifest: Manifest, opens: bool, parked: int, skipped: int) -> None:
    print(
        said("  The key %(key_file)s opens what is sealed.", key_file=settings.key_file)
        if opens
        else said("  What is sealed stays closed: its key is not here.")
    )
    if parked:
        print(said("  %(parked)s messages waited to be sent and are parked: look at each with rightsdesk outbox.", parked=parked))
    elif manifest.waiting:
        print(
            said(
                "  %(waiting)s messages waited to be sent. They go out with the next start; some may have gone out before.",
                waiting=manifest.waiting,
            )
        )
    if skipped:
        print(
            said(
                "  New tickets are numbered from %(what)s: numbers given since are not given again.",
                what=manifest.highest_ticket + skipped + 1,
            )
        )


def _missing(manifest: Manifest) -> int:
    for name in manifest.missing[:20]:
        print(
            said("The database names the file %(name)s, which was not in the vault when the backup was made.", name=name),
            file=sys.stderr,
        )
    return FINDING if manifest.missing else FINE
