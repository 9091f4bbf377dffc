"""Sealed letters: S/MIME and PGP. What is only signed is read and its signature checked; what is encrypted needs a key."""

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mail.parsing import remarks
from mail.parsing.parsed import Remark

SMIME_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature"})
PGP_SIGNATURE = "application/pgp-signature"
_LONGEST = 64_000_000  # bytes that are unpacked of a compressed letter
_ARMOUR = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z-]{1,20}:[^\n]{0,200}\n)*\n(?P<words>.*?)\n"
    r"-----BEGIN PGP SIGNATURE-----\n.*?(?:-----END PGP SIGNATURE-----|\Z)",
    re.DOTALL,
)
_ENCRYPTED = re.compile(r"-----BEGIN PGP MESSAGE-----\n.*?(?:-----END PGP MESSAGE-----|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Keys:
    """Private keys of the operator, by which letters encrypted to them are read: PEM texts (S/MIME), armoured PGP keys."""

    smime: tuple[tuple[bytes, bytes], ...] = ()  # certificate and key, both as PEM
    pgp: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Unsealed:
    """What was under the seal (None: it stays sealed), and what is to be said of it."""

    content: bytes | None
    remark: Remark | None


NO_KEYS = Keys()


def keys_in(files: Iterable[bytes]) -> Keys:
    """The private keys in files: PEM with a certificate and its RSA key (S/MIME), or an armoured PGP key, without a passphrase.

    Raises ValueError with a sentence for a file that holds neither.
    """
    smime: list[tuple[bytes, bytes]] = []
    pgp: list[bytes] = []
    for content in files:
        if b"BEGIN PGP PRIVATE KEY BLOCK" in content:
            pgp.append(content)
        elif b"BEGIN CERTIFICATE" in content and b"PRIVATE KEY" in content:
            smime.append((content, content))
        else:
            raise ValueError("holds neither a certificate with its private key (PEM) nor a private PGP key")
    return Keys(tuple(smime), tuple(pgp))


# --- S/MIME


def smime(content: bytes, keys: Keys = NO_KEYS) -> Unsealed:
    """Open an application/pkcs7-mime part (RFC 8551). Raises ValueError or TypeError for what is no CMS at all."""
    from asn1crypto import cms  # type: ignore[import-untyped]  # noqa: PLC0415 - rarely needed

    box = cms.ContentInfo.load(content)
    kind = box["content_type"].native
    if kind == "signed_data":
        return _signed(box["content"])
    if kind == "compressed_data":
        packed = box["content"]["encap_content_info"]["content"].native
        return Unsealed(zlib.decompressobj().decompress(packed, _LONGEST), None)
    if kind in {"enveloped_data", "authenticated_enveloped_data"}:
        return _enveloped(content, keys)
    return Unsealed(None, remarks.encrypted("S/MIME"))


def _signed(data: Any) -> Unsealed:
    inner = data["encap_content_info"]["content"].native
    if not inner:
        return Unsealed(None, remarks.signature_unchecked("S/MIME"))
    return Unsealed(inner, _verdict(data, inner))


def detached(signature: bytes, content: bytes | None) -> Remark:
    """What is to be said of a signature that stands beside `content` (multipart/signed); None: that could not be told apart."""
    from asn1crypto import cms  # noqa: PLC0415 - rarely needed

    try:
        box = cms.ContentInfo.load(signature)
        if content is None or box["content_type"].native != "signed_data":
            return remarks.signature_unchecked("S/MIME")
        return _verdict(box["content"], content)
    except (ValueError, KeyError, TypeError):
        return remarks.signature_unchecked("S/MIME")


def _verdict(data: Any, content: bytes) -> Remark:
    """Whether the first signature fits the content. Who vouches for the certificate is not asked."""
    try:
        signer = data["signer_infos"][0]
        certificate = _certificate(data, signer)
        if certificate is None:
            return remarks.signature_unchecked("S/MIME")
        name = _name(certificate)
        fits = _fits(signer, certificate, content)
        if fits is None:
            return remarks.signature_unchecked("S/MIME")
        return remarks.signed("S/MIME", name) if fits else remarks.signature_broken("S/MIME", name)
    except (ValueError, KeyError, IndexError, TypeError, NotImplementedError, AttributeError):
        # GOST and other algorithms nobody here knows.
        return remarks.signature_unchecked("S/MIME")


def _certificate(data: Any, signer: Any) -> Any:
    chosen = signer["sid"].chosen
    for choice in data["certificates"]:
        certificate = choice.chosen
        if signer["sid"].name == "issuer_and_serial_number":
            if certificate.serial_number == chosen["serial_number"].native and certificate.issuer == chosen["issuer"]:
                return certificate
        elif certificate.key_identifier == chosen.native:
            return certificate
    return None


def _name(certificate: Any) -> str:
    names = certificate.subject.native
    email = next(iter(certificate.subject_alt_name_value.native), "") if certificate.subject_alt_name_value else ""
    email = email or names.get("email_address") or ""
    common = names.get("common_name") or names.get("organization_name") or ""
    common = common[0] if isinstance(common, list) else common
    shown = f"{common} <{email}>" if common and email else str(common or email)
    return " ".join(shown.split())[:200] or "?"


def _fits(signer: Any, certificate: Any, content: bytes) -> bool | None:
    """Whether the signature is over this content; None for a kind of key that nobody here knows."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - rarely needed
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa  # noqa: PLC0415
    from cryptography.x509 import load_der_x509_certificate  # noqa: PLC0415

    digest = signer["digest_algorithm"]["algorithm"].native
    known: dict[str, hashes.HashAlgorithm] = {
        "sha1": hashes.SHA1(),  # noqa: S303 - what was signed with it is still said to be
        "sha224": hashes.SHA224(),
        "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
    }
    algorithm = known[digest]
    attributes = signer["signed_attrs"]
    signed = content
    if attributes:
        told = next(one["values"][0].native for one in attributes if one["type"].native == "message_digest")
        found = hashes.Hash(algorithm)
        found.update(content)
        if found.finalize() != told:
            return False
        # The signature is over the attributes as a SET (RFC 5652, 5.4).
        signed = b"\x31" + attributes.dump()[1:]
    key = load_der_x509_certificate(certificate.dump()).public_key()
    signature = signer["signature"].native
    scheme = signer["signature_algorithm"].signature_algo
    try:
        if isinstance(key, rsa.RSAPublicKey):
            pad = padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO) if scheme == "rsassa_pss" else padding.PKCS1v15()
            key.verify(signature, signed, pad, algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(algorithm))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, signed)
        else:
            return None
    except InvalidSignature:
        return False
    return True


def _enveloped(content: bytes, keys: Keys) -> Unsealed:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs7  # noqa: PLC0415 - rarely needed
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415

    for certificate, key in keys.smime:
        try:
            private = load_pem_private_key(key, None)
            if isinstance(private, RSAPrivateKey):
                opened = pkcs7.pkcs7_decrypt_der(content, load_pem_x509_certificate(certificate), private, [])
                return Unsealed(opened, remarks.decrypted("S/MIME"))
        except Exception:  # noqa: BLE001, S112 - another key may fit; the letter is named as sealed when none does
            continue
    return Unsealed(None, remarks.encrypted("S/MIME"))


# --- PGP


def pgp(content: bytes, keys: Keys = NO_KEYS) -> Unsealed:
    """Decrypt a PGP message (RFC 9580), armoured or not, with the first key that fits."""
    import pysequoia  # noqa: PLC0415 - rarely needed

    for key in keys.pgp:
        try:
            opened = pysequoia.decrypt(bytes=content, decryptor=pysequoia.Tsk.from_bytes(key).decryptor()).bytes
            if opened is not None:
                return Unsealed(opened, remarks.decrypted("PGP"))
        except Exception:  # noqa: BLE001, S112 - another key may fit
            continue
    return Unsealed(None, remarks.encrypted("PGP"))


def without_armour(text: str, keys: Keys = NO_KEYS) -> tuple[str, Sequence[Remark]]:
    """A body text without PGP's armour: what was signed is read as it is, what was encrypted where a key fits."""
    if "-----BEGIN PGP " not in text:
        return text, ()
    said: list[Remark] = []

    def signed(found: re.Match[str]) -> str:
        said.append(remarks.signature_unchecked("PGP"))
        return re.sub(r"^- ", "", found["words"], flags=re.MULTILINE)

    def sealed(found: re.Match[str]) -> str:
        opened = pgp(found[0].encode(), keys)
        if opened.remark:
            said.append(opened.remark)
        return opened.content.decode("utf-8", "replace") if opened.content is not None else ""

    return _ENCRYPTED.sub(sealed, _ARMOUR.sub(signed, text)), said
