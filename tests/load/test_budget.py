"""A budget that pays for exactly k requests pays for exactly k: 200 clients at once, three gateways
with four workers each, keys of several teams and orgs, streams and whole answers.

A request is admitted when spent + reserved + suspense + worst <= limit, with the worst case above
the cost that it has in the end. So a limit "for exactly k" is (k - 1) * cost + worst: the k-th of
them still fits, when all before it have settled, and the (k + 1)-th never does, whatever is in
flight. A client that is told to wait (429) asks again, one whose budget is used up (402) gives up;
what comes back from requests in flight is therefore used to the last.
"""
import asyncio
import os
import random

import pytest

import payers as p
import swarm
from fleet import Fleet

CLIENTS = 200
PERIODS = ("week", "month", "total")  # longer than the test, so that hardly ever one ends in it
SEEDS = [int(s) for s in os.environ.get("SR_SEEDS", "1 2").split()]

# answers take a moment, so that requests overlap; some vendors fail and are asked again
RULES = [{"vendor": "openai", "error": "server", "every": 11},
         {"ttft_ms": 15, "chunk_ms": 5, "chunks": 4}]
POLICY = {"order": ["gpt-4o-mini"], "max_attempts": 8, "max_attempts_per_target": 8,
          "first_byte_timeout": "30s", "idle_timeout": "30s"}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("budget"), gateways=3, workers=4, policy=POLICY) as f:
        f.rules(RULES)
        yield f


class Round:
    """Clients spend until nothing fits any more."""

    def __init__(self, fleet, seed, name, limits, period):
        self.fleet, self.limits, self.period = fleet, limits, period
        self.random = random.Random("%d %s" % (seed, name))
        self.orgs = sorted({org for org, _, _ in limits})
        self.payer_of, self.good, self.told = {}, {}, []
        self.answers = {True: 0, False: 0}
        self.first_line = len(fleet.ledger())
        for entity, limit in limits.items():
            p.set_budget(fleet, entity, period, limit)

    def run(self, payers, body_of):
        """body_of: random -> the body that a client sends, over and over"""
        self.over = False
        clients = [self.client(random.Random(self.random.random()), payers[i % len(payers)], body_of)
                   for i in range(CLIENTS)]

        async def all_of_them():
            watch = asyncio.create_task(self.watch())
            await asyncio.gather(*clients)
            self.over = True
            await watch

        asyncio.run(all_of_them())
        for org in self.orgs:
            self.fleet.wait_quiet(org)

    async def client(self, rnd, payer, body_of):
        body = body_of(rnd)
        connections = [swarm.Connection(g.port) for g in self.fleet.gateways]
        while True:
            body["stream"] = rnd.random() < 0.5
            answer = await rnd.choice(connections).ask(payer.secret, body)
            self.payer_of[answer.rid] = payer
            if answer.status == 200:
                assert answer.whole and answer.is_stream == body["stream"], answer.text
                self.good[payer] = self.good.get(payer, 0) + 1
                self.answers[body["stream"]] += 1
            elif answer.error["code"] == "budget_exceeded":
                self.take_denial(payer, answer)
                break
            else:
                self.check_try_again(answer)
                await asyncio.sleep(rnd.uniform(0.05, 0.2))
        for connection in connections:
            connection.close()

    @staticmethod
    def check_try_again(answer):
        """The money is in flight; or a vendor failed, and to ask it again there was none."""
        code = answer.error["code"]
        assert (answer.status, code) in ((429, "budget_reserved"), (502, "vendor_error")), answer.text
        assert code == "vendor_error" or answer.headers["retry-after"] == "1"

    def take_denial(self, payer, answer):
        assert answer.status == 402 and answer.headers["x-should-retry"] == "false"
        period, scope, identity, limit, free, worst = p.DENIED.match(
            answer.error["message"]).groups()
        entity = next(e for e in payer.entities if e[1] == scope)
        assert (identity, period) == (entity[2], self.period), answer.text
        assert p.nanos(limit) == self.limits[entity], answer.text
        assert p.nanos(free) < p.nanos(worst), answer.text
        self.told.append((entity, p.nanos(worst)))

    async def watch(self):
        """At every moment the books stay within every limit."""
        while not self.over:
            for entity, counters in p.read_books(self.fleet, self.orgs).items():
                assert min(counters.values()) >= 0, (entity, counters)
                assert sum(counters.values()) <= self.limits[entity], (entity, counters)
            await asyncio.sleep(0.02)

    def check(self):
        lines = self.fleet.ledger()[self.first_line:]
        charges = [(line["attempt"], line["billed_nanos"]) for line in lines]
        # as long as bills came in, their sum stayed within every limit
        for n in range(1, len(charges) + 1, 16):
            self.check_billed(charges[:n])
        self.check_billed(charges)
        p.must_balance(self.fleet, self.orgs, {a: n for a, n in charges if n}, self.payer_of)
        # nobody was sent away who could have paid
        books = p.read_books(self.fleet, self.orgs)
        for entity, worst in self.told:
            assert books[entity]["spent"] + worst > self.limits[entity], (entity, worst)
        assert len(self.told) == CLIENTS
        assert min(self.answers.values()) > 0, "streams and whole answers"

    def check_billed(self, charges):
        for entity, billed in p.sums(charges, self.payer_of).items():
            assert billed <= self.limits[entity], (entity, billed)


def cost_and_worst(fleet):
    """Of the body below, as a vendor bills it and as a denial tells it."""
    payer = p.Payer(fleet, "probe", "probe")
    entity = payer.entities[0]

    async def ask():
        connection = swarm.Connection(fleet.gateways[0].port)
        answer = await connection.ask(payer.secret, body_for_k(None))
        connection.close()
        return answer

    p.set_budget(fleet, entity, "total", 1)
    denied = asyncio.run(ask())
    p.set_budget(fleet, entity, "total", p.LOOSE)
    answer = asyncio.run(ask())
    assert answer.status == 200, answer.text
    cost = [line["billed_nanos"] for line in fleet.ledger() if line["outcome"] == "complete"][-1]
    worst = p.nanos(p.DENIED.match(denied.error["message"]).group(6))
    assert 0 < cost < worst
    return cost, worst


def body_for_k(_):
    return swarm.body("gpt-4o-mini", max_tokens=24)


def most(limits_k, payers, org):
    """How many requests the budgets of an org pay for, each being the tightest somewhere."""
    teams = {}
    for payer in payers:
        if payer.org == org:
            teams[payer.entities[1]] = teams.get(payer.entities[1], 0) + \
                limits_k[payer.entities[0]]
    return min(limits_k[org, "org", org], sum(min(limits_k[t], n) for t, n in teams.items()))


def by_entity(good):
    found = {}
    for payer, n in good.items():
        for entity in payer.entities:
            found[entity] = found.get(entity, 0) + n
    return found


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("tight", ["key", "team", "org", "all"])
def test_exactly_k(fleet, seed, tight):
    cost, worst = cost_and_worst(fleet)
    rnd = random.Random("%d %s" % (seed, tight))
    orgs = ["k%d%s%s" % (seed, tight, x) for x in "ab"]
    payers = p.make_payers(fleet, orgs)
    many = 10**6
    k = {e: rnd.randint(4, 9) * {"key": 1, "team": 2, "org": 3}[e[1]] if tight in (e[1], "all")
         else many for e in p.entities(payers)}
    limits = {e: (k[e] - 1) * cost + worst for e in k}
    r = Round(fleet, seed, tight, limits, rnd.choice(PERIODS))
    r.run(payers, body_for_k)
    r.check()
    good = by_entity(r.good)
    for org in orgs:
        assert good[org, "org", org] == most(k, payers, org)
    for entity in good:
        if tight == entity[1]:
            assert good[entity] == k[entity]
        assert good[entity] <= k[entity]


MODELS = ("gpt-4o-mini", "claude-haiku-4-5", "qwen-plus", "deepseek-flash")


def any_body(rnd):
    model = rnd.choice(MODELS + (["claude-haiku-4-5", "gpt-4o-mini"],))
    named = {"models": model} if isinstance(model, list) else {"model": model}
    return {**swarm.body(None, "x" * rnd.randint(1, 400), max_tokens=rnd.randint(8, 60)), **named}


@pytest.mark.parametrize("seed", SEEDS)
def test_any_mixture(fleet, seed):
    """Requests of all prices: spent to where nothing that was asked for fits, and never beyond."""
    rnd = random.Random(seed)
    payers = p.make_payers(fleet, ["m%da" % seed, "m%db" % seed])
    limits = {e: rnd.randint(1, 3) * {"key": 800, "team": 1200, "org": 2000}[e[1]] * 1000
              for e in p.entities(payers)}
    r = Round(fleet, seed, "mixture", limits, rnd.choice(PERIODS))
    r.run(payers, any_body)
    r.check()
