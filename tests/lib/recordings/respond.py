"""Judge a recorded response: what the vendor said against what our client is told."""
import json
import re
from dataclasses import dataclass

from . import compare, faults, from_anthropic, from_native, from_openai, ours

ORACLES = {"openai": from_openai, "deepseek": from_openai, "qwen": from_openai,
           "anthropic": from_anthropic, "qwen_native": from_native}

KEY_LIKE = re.compile(r"\bsk-[\w*-]{6,}|Bearer\s+\S{8,}|\bAKIA[0-9A-Z]{12,}")
FEW = {"event_bytes": 0, "replay_bytes": 0}  # a stream that is not cut up


@dataclass
class Effort:
    """Bytes of work for the cuts of one stream; -1: as many as it takes."""
    event_bytes: int
    replay_bytes: int


THOROUGH = Effort(-1, -1)
FULL = Effort(20_000_000_000, 16_000_000)  # every position of streams of up to 140 kB
QUICK = Effort(4_000_000, 1_000_000)


class Response:
    """One recorded response under test. `differences` are sentences; `left_out` counts what has
    no form in OpenAI's dialect; `message` is our reply's message, for a follow-up request."""

    def __init__(self, recording, pipe, schemas, effort):
        self.recording = recording
        self.differences = []
        self.left_out = {}
        self.message = None
        self.signed = []
        self.usage = None
        self.splits = 0
        self._pipe, self._schemas, self._effort = pipe, schemas, effort
        self._oracle = ORACLES[recording.dialect]
        {"json": self._json, "sse": self._sse, "error": self._error}[recording.kind]()

    def _run(self, verb, body, **meta):
        meta["target"] = {"dialect": self.recording.dialect}
        return self._pipe.run(verb, meta, body)

    def _expect(self, differences, prefix=""):
        self.differences += [prefix + d for d in differences]

    # --- whole bodies ---

    def _bodies(self):
        """The body as recorded, or, where JSON was recorded, in three spellings of it."""
        r = self.recording
        if r.text is not None:
            return [("", r.text)]
        return [("", json.dumps(r.body, ensure_ascii=False, separators=(",", ":"))),
                ("escaped: ", json.dumps(r.body)),
                ("indented: ", "\n\r\n" + json.dumps(r.body, ensure_ascii=False, indent=2) + "\n")]

    def _json(self):
        body = self.recording.body
        if self.recording.text is not None:
            body = _parsed(self.recording.text)
        want = self._oracle.read_reply(body, self.recording.dialect)
        if not self.recording.raw().strip():
            want = from_openai.broken(want, faults.BLANK)
        self._remember(want)
        for name, text in self._bodies():
            self._expect(self._reply(want, self._run("reply", text)), name)

    def _reply(self, want, out):
        if want.outcome == "fault":
            yield from self._fault_told(want.fault, out, out.get("fault_body"))
            return
        if "fault" in out:
            yield f"a good answer is taken for an error: {out['fault']}"
            return
        got = ours.read_reply(out["reply"], self._schemas)
        yield from got.faults
        yield from compare.answers(want, got.answer)
        yield from compare.usages(want.usage, ours.classes(out["usage"]), got.usage)
        self._keep_message(got)

    def _keep_message(self, got):
        choices = (got.body or {}).get("choices")
        message = (choices[0].get("message") if choices else None) or {}
        if any(message.get(name) for name in ("content", "tool_calls", "refusal")):
            self.message = self.message or message

    def _remember(self, want):
        self.left_out = {k: n for k, n in want.left_out.items() if n}
        self.usage, self.signed = want.usage, want.signed

    # --- errors ---

    def _error(self):
        r = self.recording
        said = faults.said_in(r.raw(), r.status)
        for name, text in self._bodies():
            out = self._run("fault", text, status=r.status,
                            content_type=r.header("content-type"),
                            retry_after=r.header("retry-after"),
                            retry_after_ms=r.header("retry-after-ms"))
            self._expect(self._fault_told(faults.verdict(r.dialect, said), out,
                                          out["fault_body"]), name)
            self._expect(self._wait(out["fault"]["retry_after_ms"]), name)
            frame = ours.read_stream(out["fault_frame"], self._schemas)
            self._expect(frame.faults, name)

    def _wait(self, got):
        """A wait is read on 429 and 5xx only: some vendors send one with a 200 too."""
        asked = self.recording.header("retry-after")
        if self.recording.status != 429 and self.recording.status < 500:
            if got != -1:
                yield f"a wait of {got} ms is read from a {self.recording.status}"
        elif asked and asked.isdigit() and self.recording.header("retry-after-ms") is None:
            if got != int(asked) * 1000:
                yield f"a wait of {got} ms is read, {asked} s were asked for"

    def _fault_told(self, verdict, out, body):
        if "fault" not in out:
            yield "an error is taken for a good answer"
            return
        yield from verdict.differences(out["fault"])
        if body is None:
            return
        told = ours.read_error(body, self._schemas)
        yield from told.faults
        if KEY_LIKE.search(body):
            yield "the error body holds what looks like a key"

    # --- streams ---

    def _sse(self):
        text = self.recording.text
        want = self._read(text)
        self._remember(want)
        out = self._run("stream", text, event_bytes=self._effort.event_bytes,
                        replay_bytes=self._effort.replay_bytes)
        self.splits = out["splits"]
        self._expect(self._stream(want, out))
        self._expect(self._cuts(out))
        self._expect(self._framings(text, out))
        self._expect(self._unasked(text))
        for at in _boundaries(text):
            self._expect(self._truncated(text[:at]), f"cut off at {at}: ")

    def _read(self, text):
        return self._oracle.read_stream(text, self.recording.dialect, self.recording.request)

    def _stream(self, want, out):
        if _complete(out["outcome"]) != _complete(want.outcome):
            yield f"the stream is {out['outcome']}, should be {want.outcome}"
            return
        got = ours.read_stream(out["frames"], self._schemas)
        yield from got.faults
        if want.outcome == "fault":
            yield from self._fault_told(want.fault, out, json.dumps({"error": got.error}))
            return
        if want.outcome == "truncated":
            if (got.error or {}).get("code") != "upstream_truncated":
                yield f"a stream that broke off ends in {got.error}"
            return
        yield from compare.answers(want, got.answer)
        yield from compare.usages(want.usage, ours.classes(out["usage"]), got.usage)
        if not _speaks(want):
            yield from ("gathered: " + d for d in self._gathered(want, out))
        if want.keep_alives and not out["comments"]:
            yield "keep-alive comments are not noticed"

    def _gathered(self, want, out):
        got = ours.read_reply(out.get("gathered", ""), self._schemas)
        yield from got.faults
        if not got.faults:
            yield from compare.answers(want, got.answer, gathered=True)
            yield from compare.usages(want.usage, ours.classes(out["usage"]), got.usage)
            self._keep_message(got)

    def _cuts(self, out):
        cut = out["difference"]
        if cut:
            where = f"into pieces of {cut['piece']}" if cut["piece"] else f"at {cut['at']}"
            yield f"the {cut['what']} change when the bytes are cut {where}"

    def _framings(self, text, out):
        """The same events in other clothes give the same answer."""
        lines = re.sub(r"\r\n?", "\n", text)
        for name, framed in (("CRLF", lines.replace("\n", "\r\n")),
                             ("CR", lines.replace("\n", "\r")), ("BOM", "\ufeff" + text),
                             ("no last blank line", lines.rstrip("\n"))):
            again = self._run("stream", framed, **FEW)
            if (again["outcome"], again["frames"]) != (out["outcome"], out["frames"]):
                yield f"framed with {name} the stream is another one"

    def _unasked(self, text):
        out = self._run("stream", text, include_usage=False, **FEW)
        yield from ours.unasked(out["frames"])

    def _truncated(self, text):
        """The start of a stream, whole events of it, is judged like any other stream."""
        want, out = self._read(text), self._run("stream", text, **FEW)
        yield from self._stream(want, out)


def _complete(outcome):
    """Whether the end was marked, or just followed the last finish reason, is all one."""
    return "complete" if outcome in ("ended", "finished") else outcome


def _speaks(want):
    """Sound is streamed or refused, so that nobody ever puts it together."""
    return any(name == "audio" for choice in want.choices.values() for name, _ in choice.more)


def _boundaries(text):
    """Some places between two events, the last of them before the last event."""
    ends = [m.end() for m in re.finditer(r"(\r\n|\n|\r)(\r\n|\n|\r)+", text)][:-1]
    return sorted({ends[i] for i in (0, len(ends) // 2, len(ends) - 2, len(ends) - 1)
                   if 0 <= i < len(ends)})


def _parsed(text):
    try:
        return json.loads(text.strip().removeprefix("\ufeff"))
    except ValueError:
        return None


