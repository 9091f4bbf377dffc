"""`rightsdesk backup DIR`, `rightsdesk restore DIR`."""

import asyncio
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from app.backup.manifest import Manifest, find
from app.cli import FINDING, FINE, Usage
from app.clock import SystemClock
from app.commands.terminal import answer_json
from app.settings.declared import Settings, load


def backup(args: Namespace) -> int:
    """Make a backup while the service runs."""
    from app.backup.saving import save

    if args.keep < 0:
        raise Usage("--keep is a number of backups, 1 or more.")
    settings, into = load(), Path(args.dir)
    made = asyncio.run(save(settings, into, SystemClock()(), with_key=args.with_key, full=args.full, keep=args.keep))
    told = _told(made.folder, made.manifest) | {"linked": made.linked, "removed": [str(path) for path in made.removed]}
    if args.json:
        answer_json(told)
    else:
        _say(made.folder, made.manifest)
        print(f"  {made.linked} files are shared with an earlier backup.")
        for path in made.removed:
            print(f"  Removed: {path}")
        if not args.with_key:
            print(
                f"  The key is not in it. Keep a copy of {settings.key_file} apart from the backups: whoever has both reads all."
            )
    return _missing(made.manifest)


def restore(args: Namespace) -> int:
    """Put a backup in place, or only look at it."""
    from app.backup.restoring import Wishes, check
    from app.backup.restoring import restore as put_in_place

    if args.skip_numbers < 0:
        raise Usage("--skip-numbers is a number, 0 or more.")
    folder = find(Path(args.dir))
    if args.check:
        manifest = check(folder)
        if args.json:
            answer_json(_told(folder, manifest))
        else:
            _say(folder, manifest)
            print("  Every file is as it was written. Nothing was restored.")
        return _missing(manifest)
    wishes = Wishes(args.force, args.without_key, args.park_waiting, args.skip_numbers)
    settings = load()
    done = asyncio.run(put_in_place(settings, folder, SystemClock()(), wishes))
    if args.json:
        told = {"opens": done.opens, "set_aside": list(done.aside), "parked": done.parked}
        answer_json(_told(folder, done.manifest) | told)
    else:
        _say(folder, done.manifest)
        print("  Restored. The history is whole and the counts agree.")
        _say_more(settings, done.manifest, done.opens, done.parked, args.skip_numbers)
        for name in done.aside:
            print(f"  What was here before is now {name}: remove it when all is well, for it holds personal data.")
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
    print(f"  Made {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC by version {manifest.version}, {manifest.engine} {manifest.server}.")
    print(
        f"  {counts.get('ticket', 0)} tickets, {counts.get('message', 0)} messages, {counts.get('inbound', 0)} inbound, "
        f"{counts.get('outbox', 0)} outbox, {counts.get('history', 0)} history; {len(manifest.blobs())} files of the vault; "
        f"{manifest.size / 1_000_000:.1f} MB."
    )


def _say_more(settings: Settings, manifest: Manifest, opens: bool, parked: int, skipped: int) -> None:
    print(
        f"  The key {settings.key_file} opens the sealed data."
        if opens
        else "  The sealed data stays closed: its key is not here."
    )
    if parked:
        print(f"  {parked} messages waited to be sent and are parked: look at each with rightsdesk outbox.")
    elif manifest.waiting:
        print(f"  {manifest.waiting} messages waited to be sent. They go out with the next start; some may have gone out before.")
    if skipped:
        print(
            f"  New tickets are numbered from {manifest.highest_ticket + skipped + 1}: numbers given since are not given again."
        )


def _missing(manifest: Manifest) -> int:
    for name in manifest.missing[:20]:
        print(f"The database names the file {name}, which was not in the vault when the backup was made.", file=sys.stderr)
    return FINDING if manifest.missing else FINE
