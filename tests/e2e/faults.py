"""faults.py -- every way in which a vendor fails, and what shall come of it: a table, and what
runs it. test_faults.py judges, doc/failures.md tells it to people.
"""
import socket
from concurrent.futures import ThreadPoolExecutor

from client import ask, chat, order
from fleet import Fleet

FIRST_BYTE_S, IDLE_S, CONNECT_S, TOTAL_S = 3, 3, 1, 6
POLICY = {"connect_timeout": "%ds" % CONNECT_S, "first_byte_timeout": "%ds" % FIRST_BYTE_S,
          "idle_timeout": "%ds" % IDLE_S, "timeout": "%ds" % TOTAL_S,
          "max_attempts": 4, "max_attempts_per_target": 2}

# what fails: dialect -> its vendor as the mock knows it, the model, and the model that saves the day
DIALECTS = {
    "openai": ("openai", "gpt-4o-mini", "claude-haiku-4-5"),
    "anthropic": ("anthropic", "claude-haiku-4-5", "gpt-4o-mini"),
    "deepseek": ("deepseek", "deepseek-flash", "qwen-plus"),
    "qwen": ("qwen", "qwen-plus", "deepseek-flash"),
    "qwen_native": ("qwen", "qwen-turbo", "gpt-4o-mini"),
}

# --- what can come of it ---

GOOD = "good"          # the vendor's own answer
RESCUED = "rescued"    # the next candidate's good answer
STOPPED = "stopped"    # the error itself, though there is another candidate
BROKEN = "broken"      # an error event in the stream, and no clean end

# what the books hold of the attempt before the vendors' records are looked at
EXACT = "exact"        # to the nano-dollar what the vendor bills
ESTIMATED = "estimated"  # marked so, and corrected by the records
UNKNOWN = "unknown"    # in suspense, until the records tell


class Alone:
    """The error that a client sees when there is no other candidate."""

    def __init__(self, status, code, attempts=1, retry_after=None):
        self.status, self.code, self.attempts = status, code, attempts
        self.retry_after = retry_after

    def __str__(self):
        return "%d `%s`" % (self.status, self.code)


# most errors of a vendor in good order; `again`: worth a second try at the same vendor
KEY = Alone(502, "vendor_credential")
ERROR = Alone(502, "vendor_error", 2)
BUSY = Alone(503, "vendor_overloaded", 2)
LATE = Alone(504, "vendor_timeout", 2)
RATE = Alone(429, "vendor_rate_limited", 2)
GARBAGE = Alone(502, "vendor_garbage", 2)
CUT = Alone(502, "upstream_truncated", 2)
REFUSED = Alone(400, "vendor_refused")
NO_MODEL = Alone(404, "model_not_found")


class Fault:
    """whole, stream: (outcome, books), or None where there is no such thing. alone: see there;
    for both alike, or by mode."""

    def __init__(self, name, how, whole, stream, alone=None, slow=False, dialects=tuple(DIALECTS)):
        self.name, self.how, self.slow = name, how, slow
        self.alone = alone if isinstance(alone, dict) else {"whole": alone, "stream": alone}
        self.of = {"whole": whole, "stream": stream}
        self.at = how.get("at")
        self.dialects = dialects


def before(name, how, alone, books=EXACT, outcome=RESCUED, **more):
    """Before any content, alike for whole answers and streams."""
    return Fault(name, how, (outcome, books), (outcome, books), alone, **more)


def within(name, how, alone, whole_books=UNKNOWN, **more):
    """After the first content: a whole answer can still be had elsewhere."""
    return Fault(name, how, (RESCUED, whole_books), (BROKEN, ESTIMATED), alone, **more)


def odd(name, how, whole=EXACT, stream=EXACT, **more):
    """Strange, but an answer."""
    return Fault(name, how, (GOOD, whole), (GOOD, stream) if stream else None, **more)


SLOW = {"slow": True}
NATIVE = ("qwen_native",)
NOT_NATIVE = ("openai", "anthropic", "deepseek", "qwen")
NOT_OPENAI = ("anthropic", "deepseek", "qwen", "qwen_native")
NOT_DEEPSEEK = ("openai", "anthropic", "qwen", "qwen_native")
OPENAI_LIKE = ("openai", "deepseek", "qwen")

FAULTS = [
    # --- the vendor says no ---
    before("400", {"error": "bad_request"}, REFUSED, outcome=STOPPED),
    before("400, as OpenAI's compatible vendors word it", {"status": 400}, REFUSED, outcome=STOPPED),
    before("401", {"error": "invalid_key"}, KEY),
    before("money gone", {"error": "no_money"}, KEY),
    before("402", {"status": 402}, KEY),
    before("403", {"error": "permission"}, KEY),
    before("404, no such model", {"error": "model_not_found"}, NO_MODEL),
    before("408", {"status": 408}, LATE),
    before("409", {"status": 409}, ERROR),
    before("413", {"status": 413}, Alone(413, "request_too_large")),
    before("422", {"status": 422}, REFUSED, outcome=STOPPED),
    before("429", {"error": "rate_limit"}, RATE),
    before("429, Retry-After: 1", {"error": "rate_limit", "retry_after": "1"}, RATE, **SLOW),
    before("429, Retry-After: 20", {"error": "rate_limit", "retry_after": "20"},
           Alone(429, "vendor_rate_limited", 1, "20"), dialects=NOT_NATIVE),
    before("429, retry-after-ms: 100", {"error": "rate_limit", "retry_after_ms": "100"}, RATE),
    before("429, slow down", {"error": "burst"}, RATE, dialects=NOT_DEEPSEEK),
    before("500", {"error": "server"}, ERROR),
    before("500, cut in its body", {"error": "server", "cut_byte": 20, "bill": "nothing"}, ERROR,
           dialects=("openai", "anthropic", "qwen")),
    before("500, not JSON", {"status": 500, "body": "oops"}, ERROR),
    before("502, a proxy's page", {"garbage": "html"}, ERROR),
    before("503 or 529", {"error": "overloaded"}, BUSY),
    before("503", {"status": 503}, BUSY),
    before("504", {"error": "timeout"}, LATE),
    before("529", {"status": 529}, BUSY, dialects=NOT_OPENAI),
    before("redirect", {"status": 302}, Alone(502, "vendor_garbage"), dialects=NOT_NATIVE),
    before("200 with an error in it", {"error": "server", "at": "body"}, ERROR, ESTIMATED),
    before("200 with a 429 in it", {"error": "rate_limit", "at": "body"}, RATE, ESTIMATED,
           dialects=("openai", "anthropic", "qwen_native")),
    before("200 with a 429 in it, which only a status would tell",
           {"error": "rate_limit", "at": "body"}, ERROR, ESTIMATED, dialects=("deepseek", "qwen")),
    before("an error before content", {"error": "server", "at": "start"}, ERROR, ESTIMATED),
    # --- the vendor talks nonsense ---
    before("text instead of JSON", {"garbage": "text"}, GARBAGE, UNKNOWN),
    before("half of the JSON", {"garbage": "truncated"}, GARBAGE, UNKNOWN),
    before("a page with status 200", {"garbage": "html", "status": 200}, GARBAGE, UNKNOWN),
    before("nothing", {"garbage": "empty"}, {"whole": GARBAGE, "stream": CUT}, UNKNOWN),
    before("blank lines", {"garbage": "blank"}, {"whole": GARBAGE, "stream": CUT}, UNKNOWN),
    before("nonsense before content", {"garbage": "text", "at": "start"}, GARBAGE, UNKNOWN),
    within("nonsense in the middle", {"garbage": "text", "at": "middle"}, GARBAGE),
    within("a huge event in the middle", {"garbage": "huge", "at": "middle"}, GARBAGE),
    # --- the vendor breaks off ---
    before("cut before the headers", {"cut": True, "at": "headers"}, CUT, UNKNOWN),
    before("cut before the body", {"cut": True, "at": "body"}, CUT, UNKNOWN),
    before("cut before content", {"cut": True, "at": "start"}, CUT, UNKNOWN),
    before("cut after a byte", {"cut_byte": 1}, CUT, UNKNOWN),
    within("cut in the middle", {"cut": True}, CUT),
    Fault("cut before the end mark", {"cut": True, "at": "end"}, (RESCUED, UNKNOWN),
          (BROKEN, EXACT), CUT, dialects=NOT_NATIVE),
    within("cut before the last event", {"cut": True, "at": "end"}, CUT, dialects=NATIVE),
    within("an error in the middle", {"error": "server", "at": "middle"}, ERROR, ESTIMATED),
    Fault("no last event", {"no_done": True}, None, (BROKEN, ESTIMATED), dialects=NATIVE),
    # --- the vendor takes its time ---
    before("silent before the headers", {"stall": True, "at": "headers"}, LATE, UNKNOWN, **SLOW),
    before("silent before the body", {"stall": True, "at": "body"}, LATE, UNKNOWN, **SLOW),
    before("silent before content", {"stall": True, "at": "start"}, LATE, UNKNOWN, **SLOW),
    before("signs of life and no more", {"keepalive": 1000, "keepalive_ms": 100}, LATE, UNKNOWN,
           **SLOW),
    within("silent in the middle", {"stall": True, "at": "middle"}, LATE, **SLOW),
    Fault("too long in all", {"chunk_ms": 250, "tokens": 100}, (RESCUED, UNKNOWN),
          (BROKEN, ESTIMATED), LATE, slow=True),
    # --- strange, but an answer ---
    odd("slow to begin", {"ttft_ms": 1500}, **SLOW),
    odd("signs of life before the answer", {"keepalive": 10, "keepalive_ms": 100}, **SLOW),
    odd("in small pieces", {"dribble": 7}),
    odd("lines end in CR LF", {"crlf": True}),
    odd("no end mark", {"no_done": True}, dialects=NOT_NATIVE),
    odd("two end marks", {"double_done": True}, dialects=OPENAI_LIKE),
    odd("no usage", {"usage": "none"}, ESTIMATED, ESTIMATED),
    odd("usage of zero", {"usage": "zero"}, ESTIMATED, ESTIMATED),
    odd("negative usage", {"usage": "negative"}, ESTIMATED, ESTIMATED),
    odd("an unknown finish reason", {"finish": "of_the_future"}),
]

CONTEXT = Alone(400, "context_length_exceeded")
CONTENT = Alone(400, "content_policy_violation")

# no vendor answers at all: an endpoint -> what is there
NOWHERE = {
    "refused": Alone(502, "vendor_unreachable", 2),
    "unnamed": Alone(502, "vendor_unreachable", 2),
    "deaf": Alone(504, "vendor_timeout", 2),
}


class Case:
    """One request, and in the end what came of it."""

    def __init__(self, dialect, fault, mode, alone):
        self.dialect, self.fault, self.mode, self.alone = dialect, fault, mode, alone
        self.vendor, self.model, self.rescuer = DIALECTS[dialect]
        self.outcome, self.books = fault.of[mode]
        if self.books == UNKNOWN and (dialect, mode, fault.at) == ("anthropic", "stream", "start"):
            self.books = ESTIMATED  # it tells what the input counts before any content
        if self.books == EXACT and (dialect, mode) == ("qwen_native", "stream"):
            self.books = self.native_books()
        self.error = fault.alone[mode]
        self.answer = None

    def native_books(self):
        """Its errors come as events of a 200, so that they may have cost something; but a 401."""
        said_no = self.outcome in (RESCUED, STOPPED) and self.fault.how.get("garbage") != "html"
        return ESTIMATED if said_no and self.fault.how.get("error") != "invalid_key" else EXACT

    @property
    def name(self):
        return "%s-%s-%s%s" % (self.fault.name, self.dialect, self.mode,
                               "-alone" if self.alone else "")

    def body(self):
        models = self.model if self.alone else [self.model, self.rescuer]
        members = {"stream": True, "stream_options": {"include_usage": True}}
        return chat(models, "Tell me. " + order(self.vendor, **self.fault.how), max_tokens=200,
                    **(members if self.mode == "stream" else {}))

    def run(self, fleet, key):
        self.answer = ask(fleet.gateways[0], key, self.body(), timeout=60)


def cases():
    """Without another candidate only where that makes a difference."""
    for fault in FAULTS:
        for dialect in fault.dialects:
            for mode in ("whole", "stream"):
                if not fault.of[mode]:
                    continue
                yield Case(dialect, fault, mode, False)
                if fault.of[mode][0] == RESCUED:
                    yield Case(dialect, fault, mode, True)


def run(fleet, key, every):
    """The slow ones wait side by side; the others take turns, because a sanitizer's build is slow."""
    slow = [c for c in every if c.fault.slow]
    quick = [c for c in every if not c.fault.slow]
    with ThreadPoolExecutor(64) as waiting, ThreadPoolExecutor(6) as working:
        jobs = [waiting.submit(c.run, fleet, key) for c in slow]
        jobs += [working.submit(c.run, fleet, key) for c in quick]
        for job in jobs:
            job.result()


# --- for people ---

def cell(every):
    """What came of the cases of one cell: most dialects', and in brackets the others'."""
    texts = {}
    for case in every:
        shown = str(case.error) if case.alone or case.outcome == STOPPED else case.outcome
        texts.setdefault(shown if case.alone else "%s, %s" % (shown, case.books), []).append(case)
    if not texts:
        return ""
    usual = max(texts, key=lambda t: len(texts[t]))
    others = ["%s: %s" % (case.dialect, text.rsplit(", ", 1)[-1])
              for text, of in texts.items() if text != usual for case in of]
    return usual + (" (%s)" % "; ".join(others) if others else "")


def table(every):
    """Lines of Markdown, a line for each fault."""
    lines = ["| fault | whole answer | stream | no other candidate |", "|---|---|---|---|"]
    for fault in FAULTS:
        of = [c for c in every if c.fault is fault]
        tried = [c for c in of if not c.alone]
        alone = {cell([c for c in of if c.alone and c.mode == m]) for m in ("whole", "stream")}
        lines.append("| %s | %s | %s | %s |" % (
            fault.name, cell([c for c in tried if c.mode == "whole"]),
            cell([c for c in tried if c.mode == "stream"]), "; ".join(sorted(alone - {""}))))
    return lines


# --- the fleet ---

class DeafPort:
    """A port that takes no connection, and does not refuse one either."""

    def __init__(self):
        self.listening = socket.socket()
        self.listening.bind(("127.0.0.1", 0))
        self.listening.listen(0)
        self.port = self.listening.getsockname()[1]
        self.filling = [self._connect() for _ in range(8)]

    def _connect(self):
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex(("127.0.0.1", self.port))
        return s

    def close(self):
        for s in self.filling + [self.listening]:
            s.close()


def closed_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class FaultFleet(Fleet):
    """All dialects, and endpoints where nobody is, with a model each; every fault meets an endpoint
    that was fine until then."""

    def __init__(self, folder, settings=None, **more):
        self.deaf = DeafPort()
        nowhere = {"refused": "http://127.0.0.1:%d" % closed_port(),
                   "unnamed": "http://nobody.invalid",
                   "deaf": "http://127.0.0.1:%d" % self.deaf.port}
        model = {"context": 100000, "max_output": 8192}
        price = {"source": "made up", "date": "2026-11-22", "input": 1, "output": 2}
        super().__init__(
            folder, policy=POLICY, settings={"breakers.keep": False, **(settings or {})},
            endpoints={
                "qwen": {"models": ["qwen-plus"]},
                "native": {"vendor": "qwen", "dialect": "qwen_native", "models": ["qwen-turbo"]},
                **{name: {"base_url": url} for name, url in nowhere.items()}},
            sections={"models": {name: {name: model} for name in nowhere},
                      "prices": {name: {name: price} for name in nowhere}}, **more)

    def __exit__(self, *what):
        self.deaf.close()
        return super().__exit__(*what)
