"""The sentences about what was left out, cut or repaired of a letter: English here, translated by the bot's catalogue."""

from mail.parsing.parsed import Remark


def N_(sentence: str) -> str:  # noqa: N802 - the usual name
    """Mark a sentence for the catalogue."""
    return sentence


def quiet(sentence: str) -> Remark:
    """What changes nothing for a reader and is kept for whoever looks into a letter."""
    return Remark(sentence.replace("%", "%%"), told=False)


def encoding() -> Remark:
    return Remark(N_("The text did not fit the encoding it declares and was read by its likeliest one."))


def misplaced_header() -> Remark:
    return Remark(N_("The header of the letter was broken and was repaired."))


def too_deep() -> Remark:
    return Remark(N_("The parts of the letter are nested too deeply: they were read one after another."))


def broken_structure() -> Remark:
    return Remark(N_("The structure of the letter is broken: its parts were read one after another."))


def unreadable_part() -> Remark:
    return Remark(N_("A part of the letter could not be read. It is in the raw letter only."))


def too_many_parts(most: int) -> Remark:
    return Remark(N_("The letter has more than %(most)d parts: the rest is in the raw letter only."), {"most": most})


def too_long() -> Remark:
    return Remark(N_("The text was cut, it is too long: the rest is in the raw letter only."))


def stray_text() -> Remark:
    return Remark(N_("The letter has text outside its parts."))


def damaged_file() -> Remark:
    return Remark(N_("A part of the letter was damaged on its way and was read as far as it goes."))


def unknown_transfer() -> Remark:
    return Remark(N_("A part of the letter is packed in an unknown way and is kept as it came."))


def hidden_text(size: int) -> Remark:
    return Remark(N_("%(size)d characters of hidden text were left out."), {"size": size})


def unopened(name: str) -> Remark:
    return Remark(N_("“%(name)s” could not be opened and is attached as it came."), {"name": name})


def opened(name: str) -> Remark:
    return Remark(N_("“%(name)s” was unpacked: what was in it is shown instead."), {"name": name})


def encrypted(how: str) -> Remark:
    return Remark(N_("🔒 The letter is encrypted (%(how)s) and cannot be read here: ask for it unencrypted, or set a key."),
                  {"how": how})  # fmt: skip


def decrypted(how: str) -> Remark:
    return Remark(N_("🔓 The letter came encrypted (%(how)s) and was decrypted with your key."), {"how": how})


def signed(how: str, signer: str) -> Remark:
    return Remark(N_("🔏 Signed (%(how)s) by %(signer)s, unchanged since. Who issued the certificate was not checked."),
                  {"how": how, "signer": signer})  # fmt: skip


def signature_broken(how: str, signer: str) -> Remark:
    return Remark(N_("⚠️ The signature (%(how)s) of %(signer)s does not fit the words: they were changed after signing."),
                  {"how": how, "signer": signer})  # fmt: skip


def signature_unchecked(how: str) -> Remark:
    return Remark(N_("🔏 The letter bears a signature (%(how)s) that cannot be checked here."), {"how": how})


def scan(name: str) -> Remark:
    return Remark(N_("“%(name)s” is a scan: its words were not read, tesseract is not installed."), {"name": name})


def scan_read(name: str) -> Remark:
    return Remark(N_("“%(name)s” is a scan: its words were read by machine and may have mistakes."), {"name": name})


def scan_unreadable(name: str) -> Remark:
    return Remark(N_("“%(name)s” is a scan, and no words could be read in it."), {"name": name})


def locked_document(name: str) -> Remark:
    return Remark(N_("“%(name)s” is locked with a password and was not read."), {"name": name})


def old_document(name: str) -> Remark:
    return Remark(N_("“%(name)s” is in the old Word format (.doc) and was not read: open it yourself."), {"name": name})


def partly_unzipped(name: str, read: int, most: int) -> Remark:
    return Remark(N_("Of the archive “%(name)s” %(read)d of %(most)d files were read: open it yourself."),
                  {"name": name, "read": read, "most": most})  # fmt: skip


def unread_document(name: str) -> Remark:
    return Remark(N_("“%(name)s” could not be read: open it yourself."), {"name": name})
