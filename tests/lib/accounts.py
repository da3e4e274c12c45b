"""accounts.py -- the books beside the vendors' ledger, attempt by attempt."""
import os

from fleet import LEVELS, wait_until


class Attempt:
    """What the books hold of one: state O(pen), X (suspense), S(ettled)."""

    def __init__(self, fields, number):
        self.state = fields.get("s%d" % number)
        self.cost = int(fields.get("c%d" % number, 0))
        self.estimated = fields.get("e%d" % number) == "1"

    @property
    def kind(self):
        return {"X": "unknown", "O": "open"}.get(self.state) or (
            "estimated" if self.estimated else "exact")


class Accounts:
    def __init__(self, fleet, org="acme"):
        self.fleet, self.org = fleet, org
        self._read, self._billed = -1, {}

    def billed(self):
        """nano-dollars by attempt id, as the vendors have them"""
        size = os.path.getsize(self.fleet.ledger_path)
        if size != self._read:
            self._billed = {line["attempt"]: line["billed_nanos"] for line in self.fleet.ledger()}
            self._read = size
        return self._billed

    def attempts(self, rid):
        """The attempts of a request, in their order."""
        fields = self.fleet.redis.hash("sr:1:{o:%s}:res:%s" % (self.org, rid))
        return [Attempt(fields, n + 1) for n in range(int(fields.get("n", 0)))]

    def booked(self, ids):
        """nano-dollars by attempt id, as the books have them"""
        found = {}
        for rid in {attempt.rsplit("-", 1)[0] for attempt in ids}:
            for number, attempt in enumerate(self.attempts(rid), 1):
                found["%s-%d" % (rid, number)] = attempt.cost
        return {attempt: found.get(attempt) for attempt in ids}

    def wait_settled(self, seconds=20):
        """Until no request is open and no vendor is being asked any more."""
        self.fleet.wait_quiet(self.org, seconds)
        wait_until(lambda: self.fleet.mock_stats()["open"] == 0, seconds, "vendors to be left")

    def must_balance(self):
        """With the vendors' records every budget is what they billed, to the nano-dollar."""
        self.wait_settled()
        self.fleet.reconcile()
        billed = self.billed()
        wrong = {attempt: (cost, billed[attempt]) for attempt, cost in self.booked(billed).items()
                 if cost != billed[attempt]}
        assert not wrong, "booked, billed: %s" % wrong
        billed = sum(billed.values())
        by_level = {}
        for (level, _, _), counters in self.fleet.books_at_rest(self.org).items():
            sums = by_level.setdefault(level, {"spent": 0, "reserved": 0, "suspense": 0})
            for name in sums:
                sums[name] += counters.get(name, 0)
        for level in LEVELS:
            assert by_level[level] == {"spent": billed, "reserved": 0, "suspense": 0}, (
                level, by_level[level], billed)
        assert self.fleet.redis("ZCARD", "sr:1:{o:%s}:suspense" % self.org) == 0


def make_key(fleet, team="acme/apps"):
    """A key whose org, team and key have one budget each, which no test uses up."""
    key = fleet.make_key(team, budget="total=1000")
    fleet.ctl("budget", "set", "org:" + team.split("/")[0], "total=1000")
    fleet.ctl("budget", "set", "team:" + team, "total=1000")
    return key
