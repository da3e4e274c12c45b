"""load.py -- clients: whole answers and streams, short and long, some that leave. Each writes down
what it asked, whom, and what came of it; what is wrong is for the checker to say.
"""
import asyncio
import json
import random
import time
from typing import NamedTuple

import swarm
from world import MODELS, PROMPT_CANARY

TIMEOUT_S = 6.0     # what a client gives a request
PATIENCE_S = 30.0   # how long it waits all the same, to see whether it is ever answered
LOST = ("no head", "in the body")  # after a request went out (swarm.py)
# what came of it
GOOD, LEFT, ERROR, BROKEN, REFUSED, SILENT = "good", "left", "error", "broken", "refused", "silent"


class Asked(NamedTuple):
    begin: float      # seconds of the run
    end: float
    gateway: str
    payer: int
    stream: bool
    outcome: str
    status: int
    code: str         # of an error
    rid: str
    wrong: str        # what is wrong with a good answer; "" is right
    attempts: int
    overhead_us: int


def prompt(rnd, client, number, payer):
    """No two are the same, and an answer repeats it: so it shows whose it is."""
    return "payer=%d. %s %d-%d %s" % (
        payer, PROMPT_CANARY, client, number, "%x" % rnd.getrandbits(4 * rnd.randint(1, 150)))


def make_body(rnd, text):
    models = rnd.sample(list(MODELS.values()), rnd.choice((1, 2, 2, 4)))
    # none is too short for the whole of a long prompt, and some are
    body = swarm.body(models[0], text, max_tokens=rnd.choice((4, 20, 60, 120)))
    if len(models) > 1:
        body["models"] = models
    if rnd.random() < 0.6:
        body["stream"] = True
    if rnd.random() < 0.3 and "stream" in body:
        body["stream_options"] = {"include_usage": True}
    return body


def content_of(answer):
    """(text, finish reason)"""
    if not answer.is_stream:
        choice = json.loads(answer.text)["choices"][0]
        return choice["message"]["content"] or "", choice["finish_reason"]
    text, finish = [], None
    for line in answer.text.split("\n"):
        if not line.startswith("data: {"):
            continue
        for choice in json.loads(line[6:])["choices"]:
            text.append(choice["delta"].get("content") or "")
            finish = choice["finish_reason"] or finish
    return "".join(text), finish


def what_is_wrong(answer, text):
    """I6: the answer of one vendor to this prompt, whole, and nothing else."""
    if not answer.whole:
        return "no end: %r" % answer.text[-200:]
    content, finish = content_of(answer)
    if finish == "length":
        return "" if text.startswith(content) else "not a part of the prompt: %r" % content
    return "" if content == text else "%r, but %s" % (content, finish)


class Load:
    def __init__(self, world, plan):
        self.world, self.plan = world, plan
        self.asked = []
        self.lag_s = 0.0   # the most that this process itself was late

    async def run(self, zero):
        self.zero = zero
        watch = asyncio.create_task(self.watch_lag())
        await asyncio.gather(*(self.client(n) for n in range(self.plan.clients)))
        watch.cancel()

    async def watch_lag(self):
        while True:
            due = time.monotonic() + 0.02
            await asyncio.sleep(0.02)
            self.lag_s = max(self.lag_s, time.monotonic() - due)

    async def client(self, number):
        rnd = random.Random("%d client %d" % (self.plan.seed, number))
        payer = number % len(self.world.payers)
        connections = {}
        asked = 0
        while time.monotonic() - self.zero < self.plan.seconds:
            asked += 1
            gateway = rnd.choice(self.world.names_of("gateway"))
            connection = connections.get(gateway) or swarm.Connection(self.world.ports[gateway])
            connections[gateway] = connection
            one = await self.ask(rnd, connection, gateway, payer, prompt(rnd, number, asked, payer))
            self.asked.append(one)
            await asyncio.sleep(rnd.expovariate(4) if one.outcome in (GOOD, LEFT) else 0.2)
        for connection in connections.values():
            connection.close()

    async def ask(self, rnd, connection, gateway, payer, text):
        body = make_body(rnd, text)
        stream = bool(body.get("stream"))
        leave = rnd.randint(1, 4) if stream and rnd.random() < 0.1 else None
        begin = time.monotonic() - self.zero
        fresh = connection.writer is None

        def note(outcome, status=0, code="", rid="", wrong="", attempts=0, overhead_us=0):
            return Asked(begin, time.monotonic() - self.zero, gateway, payer, stream, outcome,
                         status, code, rid, wrong, attempts, overhead_us)

        try:
            answer = await asyncio.wait_for(connection.ask(
                self.world.payers[payer].secret, body, leave,
                {"x-request-timeout-ms": int(TIMEOUT_S * 1000)}), PATIENCE_S)
        except asyncio.TimeoutError:
            connection.close()
            return note(SILENT)
        except swarm.Broken as e:
            if code := error_code(e.text):
                return note(ERROR, code=code, wrong="an end mark" if "[DONE]" in e.text else "")
            # a connection that was kept may have been closed since: that is no answer lost
            return note(BROKEN if e.text or (fresh and str(e) in LOST) else REFUSED)
        if answer is None:
            return note(LEFT)
        if answer.status != 200:
            return note(ERROR, answer.status, answer.error["code"], answer.rid or "")
        return note(GOOD, 200, "", answer.rid, what_is_wrong(answer, text),
                    *(int(answer.headers["x-smartrouter-" + h]) for h in ("attempts", "overhead-us")))


def error_code(text):
    """of the error event in which a stream ended"""
    for line in reversed(text.split("\n")):
        if line.startswith('data: {"error"'):
            return json.loads(line[6:])["error"]["code"]
    return ""
