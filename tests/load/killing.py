"""killing.py -- gateways are killed with SIGKILL under load, and the books are compared with what
the vendors billed.

What "equal" means. The vendors' ledger is the truth. An attempt that a gateway saw to its end is
charged what the vendor told it. One whose gateway died before that is found in its journal at the
next start: never sent, it costs nothing; sent, nobody here can know what it came to, and its whole
reservation goes to suspense, where it counts as spent. One that the vendor broke off, or a client
left, is charged at an estimate. `smartrouter reconcile` with the vendors' records settles the one
and corrects the other. After that every attempt is charged what the vendor's line says, to the
nano-dollar; one that no vendor has a line of costs nothing; and so the sums of key, team and org
are the vendors' sums, with nothing reserved and nothing in suspense.
"""
import asyncio
import json
import os
import random
import time

import payers as p
import swarm
from fleet import Fleet, Process, kill_all, wait_until

CLIENTS = 60
ORGS = ("acme", "beta")
MODELS = ("gpt-4o-mini", "claude-haiku-4-5", "deepseek-flash", "qwen-plus")
POLICY = {"first_byte_timeout": "1s", "idle_timeout": "1s"}
# one team has a total that is used up in the course of the kills: so much for each of them
TIGHT_EACH = 1_500_000

RULES = [
    {"vendor": "openai", "error": "server", "every": 13},
    {"vendor": "qwen", "stall": True, "at": "headers", "every": 151},
    {"stream": True, "cut": True, "every": 17},
    {"stream": True, "usage": "none", "every": 19},
    {"ttft_ms": 10, "chunk_ms": 8, "chunks": 6},
]
VENDORS_FAULT = ("vendor_error", "upstream_truncated", "vendor_timeout", "vendor_unreachable")
RESULTS = ("settled", "released", "corrected")
TRY_LATER = ("budget_reserved", "budget_exceeded", "store_unavailable")


class Killing:
    def __init__(self, folder, seed, tight_limit):
        self.requests_path = os.path.join(str(folder), "requests.jsonl")
        self.fleet = self.make_fleet(folder)
        self.random = random.Random(seed)
        self.kills = self.early_kills = 0
        self.ends = {}
        self.answered = set()  # ids of requests that had a whole answer
        self.suspended_nanos = 0
        self.reconciled = dict.fromkeys(RESULTS, 0)
        self.limits, self.tight_limit = {}, tight_limit

    def make_fleet(self, folder):
        return Fleet(folder, gateways=2, workers=2, policy=POLICY,
                     mock_args=["--requests", self.requests_path],
                     settings={"gateway.reservation_time": "10s"})

    def __enter__(self):
        self.fleet.__enter__()
        self.fleet.rules(RULES)
        self.payers = p.make_payers(self.fleet, ORGS)
        self.limits = dict.fromkeys(p.entities(self.payers), p.LOOSE)
        self.limits[ORGS[0], "team", "team0"] = self.tight_limit
        for entity, limit in self.limits.items():
            p.set_budget(self.fleet, entity, "total", limit)
        return self

    def __exit__(self, *what):
        self.fleet.__exit__(*what)

    # --- load ---

    def count(self, end):
        self.ends[end] = self.ends.get(end, 0) + 1

    def any_body(self, rnd, payer):
        body = swarm.body(rnd.choice(MODELS), "payer=%d. %s" % (
            self.payers.index(payer), "y" * rnd.randint(1, 300)), max_tokens=rnd.randint(4, 60))
        if rnd.random() < 0.6:
            body["stream"] = True
        return body

    async def client(self, rnd, payer):
        connections = {}
        while not self.over:
            if not self.ports:
                await asyncio.sleep(0.01)
                continue
            port = rnd.choice(self.ports)
            connection = connections.setdefault(port, swarm.Connection(port))
            leave_after = rnd.randint(1, 4) if rnd.random() < 0.1 else None
            try:
                answer = await connection.ask(payer.secret, self.any_body(rnd, payer), leave_after)
            except swarm.Broken as e:
                self.take_broken(port, e)
                continue
            end = self.judge(answer) if answer else "left"
            self.count(end)
            if end == "later":
                await asyncio.sleep(0.05)
        for connection in connections.values():
            connection.close()

    def take_broken(self, port, e):
        if "upstream_truncated" in e.text:
            self.count("vendor")
            return
        assert port not in self.ports, "%s %r" % (e, e.text)
        self.count("killed")

    def judge(self, answer):
        if answer.status == 200:
            assert answer.whole, answer.text
            self.answered.add(answer.rid)
            return "good"
        code = answer.error["code"]
        assert code in VENDORS_FAULT + TRY_LATER, answer.text
        return "vendor" if code in VENDORS_FAULT else "later"

    # --- death ---

    async def kill_once(self):
        await asyncio.sleep(self.random.uniform(0.0, 0.5))
        if self.random.random() < 0.4:
            # Redis is cut off first: what is settled then stands in the journal alone
            self.fleet.redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            await asyncio.sleep(self.random.uniform(0.005, 0.04))
        both = self.random.random() < 0.1
        victims = self.fleet.gateways if both else [self.random.choice(self.fleet.gateways)]
        self.ports = [g.port for g in self.fleet.gateways if g not in victims]
        kill_all(victims)
        self.kills += 1
        if self.random.random() < 0.2:
            await self.kill_early(victims[0])
        for victim in victims:
            await asyncio.to_thread(self.revive, victim)
        self.ports = [g.port for g in self.fleet.gateways]

    def revive(self, gateway):
        """Clients come back when a load balancer would send them."""
        gateway.start()
        wait_until(lambda: self.fleet.get(gateway, "/readyz")[0] == 200, 15, "readiness")

    async def kill_early(self, victim):
        """Once more, while it starts and settles what its journal holds."""
        again = Process(self.fleet.folder, victim.name + "-early", victim.argv).start()
        await asyncio.sleep(self.random.uniform(0.005, 0.06))
        again.kill()
        self.early_kills += 1

    def round(self, kills):
        """Load while gateways are killed so many times; then everything is at rest."""
        self.over = False
        self.ports = [g.port for g in self.fleet.gateways]  # of those that live

        async def work():
            clients = [asyncio.create_task(self.client(
                random.Random(self.random.random()), self.payers[i % len(self.payers)]))
                for i in range(CLIENTS)]
            for _ in range(kills):
                await self.kill_once()
                for done in (c for c in clients if c.done()):
                    done.result()
            self.over = True
            await asyncio.gather(*clients)

        asyncio.run(work())
        wait_until(lambda: self.fleet.mock_stats()["open"] == 0, 20, "vendors to be done")
        for org in ORGS:
            self.fleet.wait_quiet(org, 40)

    # --- the books ---

    def vendors_bills(self):
        """({attempt id: nano-dollars}, {request id: payer}) by the vendors' own files"""
        with open(self.requests_path) as f:
            bodies = {r["number"]: r.get("body") or "" for r in map(json.loads, f)}
        billed, payer_of = {}, {}
        for line in self.fleet.ledger():
            assert line["attempt"] not in billed, "an attempt was sent twice: %r" % line
            billed[line["attempt"]] = line["billed_nanos"]
            marker = bodies[line["number"]].split("payer=", 1)[1]
            payer_of[line["attempt"].rsplit("-", 1)[0]] = self.payers[int(marker.split(".", 1)[0])]
        return billed, payer_of

    def check_answered(self):
        """Who has a whole answer has been charged for it, though its gateway died just then."""
        charged = p.charges_in_books(self.fleet, ORGS)
        for line in self.fleet.ledger():
            rid = line["attempt"].rsplit("-", 1)[0]
            if line["outcome"] == "complete" and rid in self.answered:
                assert line["attempt"] in charged, line
                assert line["reported"] != line["usage"] or \
                    charged[line["attempt"]] == line["billed_nanos"], line

    def check(self):
        self.check_answered()
        billed, payer_of = self.vendors_bills()
        before = p.books_at_rest(self.fleet, ORGS)
        for entity, total in p.sums(billed.items(), payer_of).items():
            assert total <= self.limits[entity], (entity, total)
        for entity, counters in before.items():
            assert counters.get("reserved", 0) == 0, (entity, counters)
            if entity[1] == "org":
                self.suspended_nanos += counters.get("suspense", 0)
        done = json.loads(self.fleet.ctl("reconcile", "--records", self.fleet.ledger_path,
                                         "--complete-until", "now", "--json"))
        for result in RESULTS:
            self.reconciled[result] += done[result]
        p.must_balance(self.fleet, ORGS, {a: n for a, n in billed.items() if n}, payer_of)


def run(folder, times, seed, each=10, say=lambda text: None):
    """Kill so many times; after every few of them the books must be exact. Returns the Killing."""
    begin = time.monotonic()
    with Killing(folder, seed, TIGHT_EACH * times) as k:
        while k.kills < times:
            k.round(min(each, times - k.kills))
            k.check()
            say("%3d kills and %d while starting, %5.1f s. Requests so far: %s. Attempts charged: "
                "%d. $%s were in suspense; reconciled: %s. Books and bills are equal." % (
                    k.kills, k.early_kills, time.monotonic() - begin,
                    ", ".join("%s %d" % e for e in sorted(k.ends.items())),
                    len(p.charges_in_books(k.fleet, ORGS)), p.dollars(k.suspended_nanos),
                    ", ".join("%s %d" % r for r in k.reconciled.items())))
    return k
