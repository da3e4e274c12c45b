"""Run one recording; the part of the work that is spread over processes."""
import json
from collections import Counter
from dataclasses import dataclass, field

from . import ask, corpus, pipe as pipes, policy, respond, schema


@dataclass
class Result:
    file: str
    vendor: str = ""
    endpoint: str = ""
    kind: str = ""
    state: str = "run"  # or other, stranger, unreadable
    differences: list = field(default_factory=list)
    splits: int = 0
    left_out: dict = field(default_factory=dict)  # what -> why
    asked: bool = False  # the request was run too
    request_differences: list = field(default_factory=list)
    request_refused: bool = False
    refused: list = field(default_factory=list)  # (mapping, reason)
    adapted: list = field(default_factory=list)


class Runner:
    def __init__(self, pipe, effort):
        self.pipe = pipe
        self.effort = effort
        self.schemas = schema.Schema()

    def run(self, file):
        result = Result(file)
        try:
            recording = corpus.load(file)
        except corpus.NotARecording:
            result.state = "stranger"
            return result
        except (OSError, ValueError) as e:
            result.state, result.differences = "unreadable", [str(e)]
            return result
        result.vendor, result.endpoint = recording.vendor, recording.endpoint
        result.kind = recording.kind
        if recording.dialect is None:
            result.state = "other"
            return result
        try:
            self._response(recording, result)
            if self.pipe.run("leaks", {}, "")["leaks"]:
                result.differences.append("memory was lost: " + self.pipe.last_words())
        except Exception as e:  # a form that nobody thought of must not stop the others
            result.differences.append(f"cannot be judged: {type(e).__name__}: {e}")
        return result

    def _response(self, recording, result):
        try:
            response = respond.Response(recording, self.pipe, self.schemas, self.effort)
        except pipes.Died as e:
            result.differences = [f"the dialects died: {e}"]
            self._request(recording, None, result)
            return
        result.differences, result.splits = response.differences, response.splits
        result.left_out = {kind: policy.why_left_out(kind) for kind in response.left_out}
        self._request(recording, response.usage, result)
        if response.message and not response.differences:
            self._follow_up(recording, response, result)

    def _request(self, recording, usage, result):
        text = corpus.request_text(recording)
        if text is None or recording.endpoint != "chat":
            return
        result.asked = True
        request = ask.Request(text, self.pipe, self.schemas)
        try:
            request.run(recording.dialect, recording.status, usage, _model(text)).incapable()
        except pipes.Died as e:
            request.differences.append(f"the dialects died: {e}")
        result.request_differences = request.differences
        result.refused, result.adapted = request.refused, request.adapted
        result.request_refused = request.turned_down

    def _follow_up(self, recording, response, result):
        """Our own answer as the history of a next request."""
        text = ask.history(response.message, "gateway-model")
        request = ask.Request(text, self.pipe, self.schemas)
        try:
            request.follow_up(recording.dialect, response.message, response.signed)
        except pipes.Died as e:
            request.differences.append(f"the dialects died: {e}")
        result.differences += ["sent back: " + d for d in request.differences]
        result.refused += request.refused


def _model(text):
    """The model that the recorded request names, if it can be read at all."""
    try:
        model = json.loads(text.removeprefix("\ufeff")).get("model")
    except (AttributeError, ValueError):
        return None
    return model if isinstance(model, str) and model else None


# --- one process of the pool ---

_runner = None


def start(program, effort):
    global _runner
    _runner = Runner(pipes.Pipe(program), effort)


def run(file):
    return _runner.run(file)


def into(report, result):
    """Add a result to the report."""
    if result.state == "stranger":
        report.strangers.append(result.file)
    elif result.state == "other":
        report.other[result.endpoint] += 1
    elif result.state == "unreadable":
        report.add("unreadable", "json", result.file, result.differences)
    else:
        report.add(result.vendor, result.kind, result.file, result.differences)
        if result.asked:
            report.add(result.vendor, "request", result.file, result.request_differences,
                       result.request_refused)
        report.splits += result.splits
        report.left_out.update(Counter(result.left_out.items()))
        report.adapted.update(Counter(set(result.adapted)))
        for refusal in set(result.refused):
            report.refused[refusal].append(result.file)
