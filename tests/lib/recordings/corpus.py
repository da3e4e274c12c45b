"""Find recordings and load them; the format is described in tests/golden/README.md."""
import json
import os
from dataclasses import dataclass

# endpoint -> the dialect that its vendor half speaks; None: the vendor's own name
ENDPOINTS = {"chat": None, "messages": "anthropic", "ds-text": "qwen_native",
             "ds-mm": "qwen_native"}
CHAT_DIALECTS = ("openai", "deepseek", "qwen")


class NotARecording(Exception):
    """The file holds something else."""


@dataclass
class Recording:
    file: str
    vendor: str
    endpoint: str
    dialect: str      # None: an endpoint that is not a chat
    status: int
    headers: dict     # names in lower case
    request: object   # the client's body: parsed, or text, or None
    path: str
    kind: str         # json, sse or error
    body: object      # parsed JSON, when it was recorded so
    text: str         # else the raw text

    def header(self, name):
        value = self.headers.get(name)
        return value if isinstance(value, str) else None

    def raw(self):
        """The body as one text."""
        return self.text if self.text is not None else json.dumps(self.body, ensure_ascii=False)


def find(folders):
    """All *.json files under the folders, sorted; a file may be named itself. Links are followed,
    each folder is read once."""
    found, seen = set(), set()
    for folder in folders:
        if os.path.isfile(folder):
            found.add(folder)
        for root, below, names in os.walk(folder, followlinks=True):
            here = os.path.realpath(root)
            if here in seen:
                below.clear()
                continue
            seen.add(here)
            found.update(os.path.join(root, n) for n in names if n.endswith(".json"))
    return sorted(found)


def size(file):
    """In bytes; nothing of a link that leads nowhere."""
    return os.path.getsize(file) if os.path.exists(file) else 0


def load(file):
    with open(file, encoding="utf-8-sig") as f:
        doc = json.load(f)
    response = doc.get("response") if isinstance(doc, dict) else None
    if not isinstance(response, dict) or not isinstance(doc.get("endpoint"), str):
        raise NotARecording(file)
    request = doc.get("request") if isinstance(doc.get("request"), dict) else {}
    vendor, endpoint = str(doc.get("vendor")), doc["endpoint"]
    status = response.get("status")
    status = status if isinstance(status, int) else 200
    text = response.get("sse", response.get("text"))
    return Recording(
        file=file, vendor=vendor, endpoint=endpoint, dialect=_dialect(vendor, endpoint),
        status=status, headers=_lower(response.get("headers")), request=request.get("body"),
        path=request.get("path") or doc.get("request_path") or "",
        kind=_kind(status, response), body=response.get("body"),
        text=text if isinstance(text, str) else None)


def _dialect(vendor, endpoint):
    if endpoint not in ENDPOINTS:
        return None
    return ENDPOINTS[endpoint] or (vendor if vendor in CHAT_DIALECTS else "openai")


def _lower(headers):
    return {k.lower(): v for k, v in headers.items()} if isinstance(headers, dict) else {}


def _kind(status, response):
    if not 200 <= status < 300:
        return "error"
    if isinstance(response.get("sse"), str):
        return "sse"
    streamed = "event-stream" in str(_lower(response.get("headers")).get("content-type"))
    return "sse" if streamed and isinstance(response.get("text"), str) else "json"


def request_text(recording):
    """The client's body as it was sent, or None."""
    if isinstance(recording.request, str):
        return recording.request
    if recording.request is None:
        return None
    return json.dumps(recording.request, ensure_ascii=False)
