"""HTTP as Telegram's: parameters from the query string, JSON, forms and uploads; answers as `{"ok", "result"}`."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.telegram.errors import ApiError
from sandbox.telegram.files import UPLOAD_LIMIT, Upload, guess_type

REQUEST_LIMIT = 12 * UPLOAD_LIMIT
"""Bytes of one request: an album of the largest files."""
TOO_LARGE = ApiError(413, "Request Entity Too Large")


@dataclass(frozen=True)
class RawResult:
    """A result that is JSON text already, and a description that goes with it."""

    text: str
    description: str | None = None


async def read_request(request: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Parameters and files of a request; those in the body win over those in the address."""
    raw: dict[str, Any] = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.method != "POST" or not request.can_read_body:
        return raw, uploads
    if request.content_type == "application/json":
        raw |= await _read_json(request)
    elif request.content_type == "multipart/form-data":
        await _read_parts(request, raw, uploads)
    elif request.content_type == "application/x-www-form-urlencoded":
        raw |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    else:
        await request.read()
    return raw, uploads


async def _read_json(request: web.Request) -> dict[str, Any]:
    text = await request.text()
    if not text.strip():
        return {}
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ApiError(400, "Bad Request: can't parse JSON object")
    return body


async def _read_parts(request: web.Request, raw: dict[str, Any], uploads: dict[str, Upload]) -> None:
    try:
        reader = await request.multipart()
        while (piece := await reader.next()) is not None:
            if not isinstance(piece, BodyPartReader) or piece.name is None:
                continue
            if piece.filename is None and piece.headers.get("Content-Type", "text/plain").startswith("text/plain"):
                raw[piece.name] = (await piece.read(decode=True)).decode()
            else:
                uploads[piece.name] = await _read_file(piece)
    except ValueError as error:
        raise ApiError(400, "Bad Request: can't parse multipart/form-data") from error


async def _read_file(piece: BodyPartReader) -> Upload:
    data = bytearray()
    while chunk := await piece.read_chunk(256 * 1024):
        data += chunk
        if len(data) > UPLOAD_LIMIT:
            raise TOO_LARGE
    # As at Telegram, the name says what kind of file it is; what the client claims counts only without one.
    mime_type = guess_type(piece.filename) or piece.headers.get("Content-Type")
    return Upload(piece.filename, mime_type, bytes(piece.decode(bytes(data))))


def ok_answer(result: Any) -> web.Response:
    if isinstance(result, RawResult):
        extra = f',"description":{json.dumps(result.description)}' if result.description else ""
        return _json(f'{{"ok":true,"result":{result.text}{extra}}}', 200)
    return _json(json.dumps({"ok": True, "result": result}, ensure_ascii=False, separators=(",", ":")), 200)


def error_answer(error: ApiError) -> web.Response:
    response = _json(json.dumps(error.answer(), ensure_ascii=False), error.code)
    if "retry_after" in error.parameters:
        response.headers["Retry-After"] = str(error.parameters["retry_after"])
    return response


def _json(text: str, status: int) -> web.Response:
    return web.Response(text=text, status=status, content_type="application/json")
