"""What a requester gets in the private chat besides letters: notices and the screens of dialogs."""

from bot.calls import Errand
from desk import contents
from desk.i18n import stored
from desk.ports import Delivered
from models import Dialog, Posted


async def notice(errand: Errand) -> Delivered:
    """A sentence of the catalogue."""
    content = errand.content(contents.Notice)
    text = stored("bot", errand.language, content.words, content.params)
    errand.keep([await errand.post((text, []))], Posted.NOTICE)
    return errand.delivered()


async def screen(errand: Errand) -> Delivered:
    """A screen of a dialog: its one message is edited in place; one that is gone, or is no text, is made anew."""
    content = errand.content(contents.PrivateScreen)
    dialog = await Dialog.get_or_none(key=content.dialog) if content.dialog else None
    known = content.edit or (dialog.screen_id if dialog else None)
    if known and (await errand.edit(known, content.html, content.buttons) or content.fold):
        return errand.delivered()
    made = await errand.post(content.html, buttons=content.buttons)
    if dialog is not None:
        await Dialog.filter(key=dialog.key).update(screen_id=made)
    errand.keep([made], Posted.SCREEN)
    return errand.delivered()
