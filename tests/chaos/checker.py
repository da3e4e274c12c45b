"""checker.py -- what must be true after a run, whatever broke: invariants as a table. The vendors'
ledger is the truth; clients' notes, Redis and the processes' logs are joined with it.
"""
import asyncio
import datetime
import glob
import json
import os
import re
import time
from typing import Callable, NamedTuple

import load
import nemesis
import payers as p
from fleet import is_probe
from nemesis import SHIFT_REDIS_S
from plan import ORGS
from world import ADMIT_WINDOW_S, DRAIN_S, PROBE_S, PROMPT_CANARY, REQUEST_S

SETTLE_S = 60.0    # for everything to come to rest after all is mended (I13)
MOST_SHOWN = 5
# what a client may be told; anything else is a fault of ours
CODES = ("vendor_error", "upstream_truncated", "vendor_timeout", "vendor_unreachable",
         "vendor_overloaded", "vendor_rate_limited", "vendor_credential", "vendor_garbage",
         "vendor_refused", "budget_reserved", "budget_exceeded", "store_unavailable", "overloaded",
         "draining")
# after these Redis' data have another history: admissions wait for those who hold something (R4)
TURNS = {"one": ("kill-redis", "rewind-redis", "shift-redis")}
TURN_S = 8.0         # and so long they may: redis.failover_wait, and some time to notice
LATE_CALLS = ("cut-vendor", "deaf-vendor", "slow-vendor", "drip-vendor", "stop-vendors")
DECIDED_S = 0.15     # from a request to the call of its vendor (I12)
LATE_SHARE = 0.001   # which may be later
LEFT_OUT = ("open", "slow_start", "credential_out")  # for a breaker
KILLED = ("kill-gateway", "kill-starting", "shift-gateway")
BODY = re.compile(r"payer=(\d+)\. ")


class Books:
    """All that Redis holds of money, at one moment when nothing moves but slices: those are taken out of
    the counters in the same instant, and so belong to no attempt here."""

    def __init__(self, world):
        self.counters = p.books_at_rest(world, ORGS)
        self.charged = p.charges_in_books(world, ORGS)
        self.live, self.reservations, self.suspended = {}, {}, 0
        for org in ORGS:
            tag = "sr:1:{o:%s}:" % org
            redis = world.redis
            for name in redis.keys(tag + "res:*"):
                self.reservations[name[len(tag) + 4:]] = (org, redis.hash(name))
            for key in (tag + "org", *redis.keys(tag + "team:*"), *redis.keys(tag + "key:*")):
                self.live[key] = int(redis("HGET", key, "live") or 0)
            self.suspended += redis("ZCARD", tag + "suspense")

    def held(self, state):
        """{entity: nano-dollars of attempts in this state, by the reservations themselves}: O is
        reserved, X in suspense"""
        total = {}
        for org, fields in self.reservations.values():
            if "payer" not in fields or ("slice" in fields and state == "O"):
                continue
            team, key = fields["payer"].split()
            nanos = sum(int(fields.get("r%d" % n, 0)) for n in range(1, int(fields.get("n", 0)) + 1)
                        if fields.get("s%d" % n) == state)
            for entity in ((org, "key", key), (org, "team", team), (org, "org", org)):
                total[entity] = total.get(entity, 0) + nanos
        return total

    def knows(self, attempt):
        rid, number = attempt.rsplit("-", 1)
        fields = self.reservations.get(rid, (None, {}))[1]
        return attempt in self.charged or "s" + number in fields


class Evidence:
    """Everything that is known of a run."""

    def __init__(self, world, clients, nemesis, watch):
        self.world, self.asked, self.lag_s = world, clients.asked, clients.lag_s
        self.happened, self.void, self.watch = nemesis.happened, nemesis.void, watch
        self.zero_wall = time.time() - (time.monotonic() - clients.zero)
        self.rest_s, self.unrest = 0.0, ""
        self.before = self.after = None
        self.reconciled, self.catalogs = {}, {}
        self.ledger, self.probes = [], []
        self.billed, self.twice, self.payer_of = {}, [], {}
        self.sidelined = []

    # --- gathering ---

    async def gather(self):
        begin = time.monotonic()
        self.unrest = await self.come_to_rest(begin + SETTLE_S)
        self.read_vendors()
        self.sidelined = await asyncio.to_thread(sidelined, self.world.folder)
        self.before = await self.charged_in_time(begin + SETTLE_S)
        self.rest_s = time.monotonic() - begin
        self.reconciled = await self.reconcile()
        self.after = await asyncio.to_thread(Books, self.world)
        self.catalogs = await asyncio.to_thread(self.world.catalogs)
        for line in self.ledger:
            if line["two_prices"]:
                self.billed[line["attempt"]] = bill_of(line, self.after.charged.get(line["attempt"]))

    async def charged_in_time(self, until):
        """The books once all that clients have is charged: a gateway tries again every few seconds."""
        while True:
            self.before = await asyncio.to_thread(Books, self.world)
            if not any(answered_is_charged(self)) or time.monotonic() > until:
                return self.before
            await asyncio.sleep(0.5)

    async def reconcile(self):
        """Once nothing that is in suspense may still run, which is soon; what then stays there is told (I13)."""
        how = (self.world.ctl, "reconcile", "--records", self.world.ledger_path, "--complete-until",
               "now", "--json")
        until = time.monotonic() + REQUEST_S + DRAIN_S + 2
        while time.monotonic() < until and \
                json.loads(await asyncio.to_thread(*how, "--dry-run", check=False))["running"]:
            await asyncio.sleep(0.5)
        return json.loads(await asyncio.to_thread(*how))

    async def come_to_rest(self, until):
        """What still moves in the end; "" is nothing."""
        while True:
            moving = await asyncio.to_thread(self.world.what_moves)
            if not moving or time.monotonic() > until:
                return moving
            await asyncio.sleep(0.1)

    def read_vendors(self):
        with open(os.path.join(self.world.folder, "requests.jsonl")) as f:
            for line in f:
                request = json.loads(line)
                attempt = request["headers"].get("x-client-request-id")
                found = BODY.search(request.get("body") or "")
                if attempt and found:
                    self.payer_of[attempt.rsplit("-", 1)[0]] = self.world.payers[int(found.group(1))]
        for line in self.world.whole_ledger():
            (self.probes if is_probe(line) else self.ledger).append(line)
        for line in self.ledger:
            line["two_prices"] = any(begin < moment(line["time"]) and
                                     moment(line["arrived"]) < end + load.TIMEOUT_S + 2
                                     for begin, end in self.world.price_changes)
            if line["attempt"] in self.billed:
                self.twice.append(line["attempt"])
            self.billed[line["attempt"]] = self.billed.get(line["attempt"], 0) + line["billed_nanos"]

    # --- figures ---

    def turns(self):
        """Faults after which Redis' data may have another history: where there are replicas, all that
        a primary can feel"""
        return TURNS.get(self.world.plan.topology) or [
            f.name for f in nemesis.FAULTS if f.kind in ("process", "pause", "redis", "network")]

    def wall(self, run_s):
        """Seconds since 1970 of a second of the run"""
        return run_s + self.zero_wall

    @property
    def billed_nanos(self):
        return sum(self.billed.values())

    def differences(self):
        """{attempt: (charged, billed)} where they are not the same"""
        attempts = self.after.charged.keys() | self.billed.keys()
        both = {a: (self.after.charged.get(a, 0), self.billed.get(a, 0)) for a in attempts}
        return {a: b for a, b in both.items() if b[0] != b[1]}

    def during(self, names, where, begin, end):
        """Seconds of [begin, end] in which such a fault was on"""
        return sum(max(0.0, min(end, h.end) - max(begin, h.begin)) + 0.001 for h in self.happened
                   if h.fault in names and h.where == where and h.begin <= end and h.end >= begin)


def sidelined(folder):
    """(request, those considered) of each decision in which a breaker was in somebody's way"""
    found = []
    for path in glob.glob(os.path.join(folder, "state-*", "decisions", "*")):
        with open(path, encoding="utf-8", errors="replace") as f:
            for line in f:
                # kill -9 leaves half of a line
                if '"left_out"' in line and line.endswith("}\n") and line.startswith('{"decision"'):
                    d = json.loads(line)["decision"]
                    if any(c.get("left_out") in LEFT_OUT for c in d["considered"]):
                        found.append((d["id"], d["considered"]))
    return found


# --- invariants: each yields what violates it ---

def nothing_crashes(e):
    yield from e.world.crashes
    for h in e.happened:
        if h.error:
            yield "%s could not be mended: %s" % (h.fault, h.error)


def books_are_bills(e):
    for attempt, (charged, billed) in e.differences().items():
        yield "%s: charged %d, billed %d" % (attempt, charged, billed)
    expected = p.sums(e.billed.items(), e.payer_of)
    for entity, counters in e.after.counters.items():
        if counters.get("spent", 0) != expected.get(entity, 0):
            yield "%s: spent %d, billed %d" % (entity, counters.get("spent", 0), expected.get(entity, 0))


def never_overdrawn(e):
    for entity, (when, taken, limit) in e.watch.overdrawn.items():
        yield "%s at %.2f s: %d of %d" % (entity, when, taken, limit)
    for entity, total in p.sums(e.billed.items(), e.payer_of).items():
        if total > e.world.limits[entity]:
            yield "%s: billed %d of %d" % (entity, total, e.world.limits[entity])


def counters_are_sums(e):
    spent, reserved, held = ledger_sums(e), e.before.held("O"), e.before.held("X")
    for entity, counters in e.before.counters.items():
        expected = {"spent": spent.get(entity, 0), "reserved": reserved.get(entity, 0),
                    "suspense": held.get(entity, 0)}
        for member, amount in expected.items():
            if counters.get(member, 0) != amount:
                yield "%s %s: %d, should be %d" % (entity, member, counters.get(member, 0), amount)
    for key, live in e.before.live.items():
        if live:
            yield "%s: %d in flight, and nothing is" % (key, live)


def ledger_sums(e):
    """{entity: nano-dollars} by the books' own ledgers"""
    return p.sums(((a, n) for a, n in e.before.charged.items() if a.rsplit("-", 1)[0] in e.payer_of),
                  e.payer_of)


def once(e):
    for attempt in e.twice:
        yield "%s was sent twice" % attempt
    for attempt in e.billed:
        if not e.before.knows(attempt):
            yield "%s: a vendor was asked, and the books know nothing of it" % attempt


def answers(e):
    """The vendors' lines of what clients have whole: the last attempt of each of their requests."""
    last = {}
    for line in e.ledger:
        rid, number = line["attempt"].rsplit("-", 1)
        if rid not in last or int(number) > last[rid][0]:
            last[rid] = int(number), line
    return [last[a.rid][1] for a in e.asked if a.outcome == load.GOOD and a.rid in last]


def bill_of(line, charged):
    """Nano-dollars. While prices double, or halve again, who was admitted by the other one is charged by
    that."""
    bill = line["billed_nanos"]
    return charged if line["two_prices"] and charged in (2 * bill, bill / 2) else bill


def answered_is_charged(e):
    for line in answers(e):
        charged = e.before.charged.get(line["attempt"])
        bill = bill_of(line, charged)
        if charged is None and bill > 0:
            yield "%s: answered, and in nobody's books" % line["attempt"]
        elif line["reported"] == line["usage"] and charged != bill:
            yield "%s: charged %s, told %d" % (line["attempt"], charged, bill)


def one_answer(e):
    for a in e.asked:
        stopped = e.during(("stop-gateway",), a.gateway, a.begin, a.end)
        if a.outcome == load.SILENT:
            yield "%s at %.1f s: no answer" % (a.gateway, a.begin)
        elif a.outcome == load.BROKEN and not e.during(KILLED, a.gateway, a.begin - 0.1, a.end + 0.1):
            yield "%s at %.1f s: broken off" % (a.gateway, a.begin)
        elif a.end - a.begin > load.TIMEOUT_S + 1 + stopped + 2 * e.lag_s + 1:
            yield "%s at %.1f s: took %.1f s" % (a.gateway, a.begin, a.end - a.begin)
        elif a.outcome == load.ERROR and a.code not in CODES:
            yield "%s at %.1f s: %d %s" % (a.gateway, a.begin, a.status, a.code)


def unmixed(e):
    for a in e.asked:
        if a.wrong:
            yield "%s (%s): %s" % (a.rid, a.gateway, a.wrong)


def moment(text):
    """Seconds since 1970"""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def is_late(e, when):
    """Something kept calls from the vendors just then, or until just now."""
    return any(h.fault in LATE_CALLS and e.wall(h.begin) < when < e.wall(h.end) + 1 for h in e.happened)


def one_probe(e):
    """Of those that the fleet makes up: a client's request that is a probe shows no sign of it. Who was
    stopped loses its place after a while and cannot hang up; nor can what is late tell when it was sent."""
    last = {}
    for line in sorted(e.probes, key=lambda line: line["arrived"]):
        target = line["vendor"], line["model"]
        before, arrived = last.get(target), moment(line["arrived"])
        if before and line["arrived"] < before["time"] and not is_late(e, arrived) and \
                arrived < moment(before["arrived"]) + PROBE_S:
            yield "%s %s: %s came at %s, before %s had ended at %s" % (
                *target, line["attempt"], line["arrived"], before["attempt"], before["time"])
        last[target] = line


def never_the_last(e):
    """A breaker is a guess: it leaves out nobody without whom there is nothing, and no more than half of
    a model's endpoints."""
    for rid, considered in e.sidelined:
        if not any("place" in c for c in considered):
            yield "%s: nobody was left: %s" % (rid, [c["left_out"] for c in considered])
        for model in {c["model"] for c in considered}:
            pool = [c.get("left_out") for c in considered if c["model"] == model]
            if len(pool) > 1 and pool.count("open") > len(pool) // 2:
                yield "%s: %d of %d endpoints of %s were left out" % (
                    rid, pool.count("open"), len(pool), model)


def decided_in_time(e):
    """With one call of a vendor, and while its gateway ran: what took long was ours."""
    judged = [a for a in e.asked if a.attempts == 1 and
              not e.during(("stop-gateway",), a.gateway, a.begin, a.end) and
              not any(h.begin - 1 < a.end and a.begin < h.end + TURN_S
                      for h in e.happened if h.fault in e.turns())]
    late = [a for a in judged if a.overhead_us > 1e6 * (DECIDED_S + e.lag_s)]
    if len(late) > 1 + LATE_SHARE * len(judged):
        for a in late:
            yield "%s at %.1f s: %.3f s (one of %d among %d)" % (
                a.gateway, a.begin, a.overhead_us / 1e6, len(late), len(judged))


def tokens_rise(e):
    """A deposed primary may have given one that nobody was told of: no one leads by that."""
    highest, known = 0, set()
    given = {int(token) for name in e.world.names_of("coordinator")
             for token in re.findall(r'token (\d+)', e.world.processes[name].log())}
    for when, token in e.watch.tokens:
        if token not in given:
            continue
        if token < highest and token not in known:  # an old one comes back with older data
            yield "at %.1f s the token went from %d to %d" % (when, highest, token)
        highest = max(highest, token)
        known.add(token)
    seen = {}
    for name in e.world.names_of("coordinator"):
        for token in re.findall(r'token (\d+)', e.world.processes[name].log()):
            if seen.setdefault(token, name) != name:
                yield "token %s was %s's and %s's" % (token, seen[token], name)


def no_late_work(e):
    """A request that is answered, one way or the other, is not admitted a second later."""
    for a in e.asked:
        fields = e.before.reservations.get(a.rid, (None, {}))[1]
        late_s = int(fields.get("issued", 0)) / 1e6 - e.wall(a.end)
        if e.during(("shift-redis",), "redis", a.begin, a.end + SHIFT_REDIS_S):
            continue  # and when was that?
        if "a1" in fields and late_s > ADMIT_WINDOW_S + 0.1:
            yield "%s was admitted %.1f s after its end (%s)" % (a.rid, late_s, a.code or a.outcome)


def at_rest(e):
    if e.unrest:
        yield "after %.0f s: %s" % (e.rest_s, e.unrest)
    if e.after.suspended:
        yield "%d reservations in suspense after reconcile" % e.after.suspended
    for rid, (_, fields) in e.after.reservations.items():
        if fields.get("st") == "O" and "slice" not in fields:  # those are set aside for later
            yield "%s is open after reconcile" % rid
    reserved = e.after.held("O")
    for entity, counters in e.after.counters.items():
        if counters.get("suspense", 0) or counters.get("reserved", 0) != reserved.get(entity, 0):
            yield "%s: %s" % (entity, counters)


def no_secret(e):
    secrets = [PROMPT_CANARY, e.world.credential, *(q.secret.rsplit("-", 1)[1] for q in e.world.payers)]
    pattern = re.compile("|".join(map(re.escape, secrets)).encode())
    for path in glob.glob(os.path.join(e.world.folder, "**"), recursive=True):
        name = os.path.basename(path)
        if not os.path.isfile(path) or name in ("credential", "requests.jsonl"):
            continue
        with open(path, "rb") as f:
            if found := pattern.search(f.read()):
                yield "%s holds %r" % (name, found.group()[:12])


def one_config(e):
    if len(set(e.catalogs.values())) != 1:
        yield str(e.catalogs)


class Invariant(NamedTuple):
    name: str
    text: str
    violations: Callable


INVARIANTS = (
    Invariant("I0", "no process ends by itself", nothing_crashes),
    Invariant("I1", "after reconcile every attempt, key, team and org is charged what was billed",
              books_are_bills),
    Invariant("I2", "spent, reserved and suspense never exceed a limit, nor do bills", never_overdrawn),
    Invariant("I3", "at rest the counters are the sums of ledger and reservations", counters_are_sums),
    Invariant("I4", "no attempt is sent twice, or without a reservation", once),
    Invariant("I4a", "what a client has whole is charged without anybody's help", answered_is_charged),
    Invariant("I5", "every request gets one end, in time, and one that we know", one_answer),
    Invariant("I6", "an answer is one vendor's, to this prompt, and whole", unmixed),
    Invariant("I7", "at most one probe is with a model at a time", one_probe),
    Invariant("I8", "breakers leave somebody, and half of a model's endpoints", never_the_last),
    Invariant("I9", "fencing tokens rise, and are one coordinator's each", tokens_rise),
    Invariant("I12", "in 99.9 % of requests the vendor is called within 150 ms", decided_in_time),
    Invariant("I13", "when all is mended nothing stays open or in suspense", at_rest),
    Invariant("I14", "no credential, key or prompt in any file", no_secret),
    Invariant("I18", "nothing is carried out that its sender has given up", no_late_work),
    Invariant("I17", "in the end all gateways have the published configuration", one_config),
)


class Violation(NamedTuple):
    invariant: str
    text: str


def judge(evidence):
    """All violations; of each invariant the first few in full."""
    found = []
    for invariant in INVARIANTS:
        violations = list(invariant.violations(evidence))
        found += [Violation(invariant.name, v) for v in violations[:MOST_SHOWN]]
        if len(violations) > MOST_SHOWN:
            found.append(Violation(invariant.name, "and %d more" % (len(violations) - MOST_SHOWN)))
    return found
