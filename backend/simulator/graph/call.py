import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from backend.simulator.graph.errors import GraphError
from backend.simulator.graph.fields import Fields, parse_fields
from backend.simulator.records import Record, Token
from backend.simulator.simulation import Simulation

# The paths under which Meta's two Graph hosts are found here.
FACEBOOK = ""
INSTAGRAM = "/instagram/graph-host"

VERSION = re.compile(r"^v\d{1,3}\.\d$")
LISTED = re.compile(r"\[\d*\]$")

Json = dict[str, Any]


@dataclass(kw_only=True)
class File:
    name: str
    mime_type: str
    content: bytes


@dataclass(kw_only=True)
class Call:
    """One request to the Graph API, read once."""

    sim: Simulation
    method: str
    path: list[str]
    base_url: str
    params: Json
    access_token: str
    token: Token | None = None
    files: dict[str, File] = field(default_factory=dict)
    host: str = FACEBOOK
    node: Record | None = None  # The object that the call is about, once it is found.

    def text(self, name: str, default: str = "") -> str:
        value = self.params.get(name)
        return default if value is None else str(value)

    def number(self, name: str, default: int) -> int:
        text = self.text(name)
        return int(text) if text.isdigit() else default

    def json(self, name: str) -> Any:
        """The value, read as JSON where a form carried it as text."""
        value = self.params.get(name)
        if isinstance(value, str) and value[:1] in "{[" and value:
            try:
                return json.loads(value)
            except ValueError:
                return value
        return value

    def object(self, name: str) -> Json:
        """The value if it is an object, else an empty one."""
        value = self.json(name)
        return value if isinstance(value, dict) else {}

    @property
    def fields(self) -> Fields:
        return parse_fields(self.text("fields"))


async def read_call(request: Request, sim: Simulation, host: str = FACEBOOK) -> Call:
    """The request with its parameters from query and body, whatever the body's encoding."""
    form, files = read_body(request.headers.get("content-type", ""), await request.body())
    params = {**gather(list(request.query_params.multi_items())), **form}
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "oauth"):
        bearer = ""
    return Call(
        sim=sim,
        method=request.method,
        path=path_of(request.url.path.removeprefix(host)),
        base_url=f"{request.url.scheme}://{request.url.netloc}",
        params=params,
        access_token=str(params.get("access_token") or "") or bearer.strip(),
        files=files,
        host=host,
    )


def path_of(path: str) -> list[str]:
    """The parts of a path, without a version in front."""
    segments = [segment for segment in path.split("/") if segment]
    return segments[1:] if segments and VERSION.match(segments[0]) else segments


def gather(pairs: list[tuple[str, str]]) -> Json:
    """The pairs as an object; `name[]` and `name[0]` make a list."""
    single: Json = {}
    listed: dict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        if LISTED.search(name):
            listed[LISTED.sub("", name)].append(value)
        else:
            single[name] = value
    return {**single, **listed}


def read_body(content_type: str, body: bytes) -> tuple[Json, dict[str, File]]:
    """Parameters and files of the body."""
    if not body:
        return {}, {}
    if content_type.startswith("multipart/"):
        return read_multipart(content_type, body)
    if "json" in content_type or body[:1] == b"{":
        return read_json(body), {}
    return gather(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)), {}


def read_json(body: bytes) -> Json:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise GraphError("(#100) The request body is not valid JSON", 100) from error
    if not isinstance(value, dict):
        raise GraphError("(#100) The request body must be a JSON object", 100)
    return value


def read_multipart(content_type: str, body: bytes) -> tuple[Json, dict[str, File]]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    pairs: list[tuple[str, str]] = []
    files: dict[str, File] = {}
    for part in message_from_bytes(head + body, policy=HTTP).iter_parts():
        name = str(part.get_param("name", "", header="content-disposition"))
        content = part.get_payload(decode=True)
        content = content if isinstance(content, bytes) else b""
        if part.get_filename() is None:
            pairs.append((name, content.decode("utf-8", "replace")))
        else:
            files[name] = File(
                name=str(part.get_filename()), mime_type=part.get_content_type(), content=content
            )
    return gather(pairs), files
