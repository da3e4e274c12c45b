"""report.py -- what a run and a campaign come to, for people and as JSON."""
import collections
import json
from typing import NamedTuple

import load as l
import nemesis

BIN_S = 0.25
AFTER_S = 5.0     # what is out of order so long after a fault may still come of it
OURS = ("store_unavailable", "overloaded", "draining")


class Hit(NamedTuple):
    """What clients felt of one fault."""
    fault: str
    kind: str
    seconds: float
    down_s: float       # no gateway gave a good answer, and clients were sent away
    sent_away: int      # clients that some gateway sent away, or broke off
    p99_ms: int         # good answers, from request to the last byte
    recovery_s: float   # from its end until nobody was sent away any more


class Summary(NamedTuple):
    seed: int
    topology: str
    took_s: float
    rest_s: float
    requests: dict      # by what came of them
    codes: dict         # of errors
    attempts: int
    probes: int
    billed_nanos: int
    difference_nanos: int
    suspense: dict      # what reconcile did, by result
    hits: list
    void: list          # faults that found nobody to fall on
    lag_ms: int
    violations: list


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0


def is_sent_away(a):
    return a.outcome in (l.BROKEN, l.REFUSED, l.SILENT) or (a.outcome == l.ERROR and a.code in OURS)


def hits(evidence):
    """Of faults that overlap each has all that happened meanwhile, and shortly after."""
    away = [a.end for a in evidence.asked if is_sent_away(a)]
    served = {int(a.end / BIN_S) for a in evidence.asked if not is_sent_away(a)}
    for h in evidence.happened:
        within = [end for end in away if h.begin < end < h.end + AFTER_S]
        down = {int(end / BIN_S) for end in within} - served
        took = [a.end - a.begin for a in evidence.asked
                if a.outcome == l.GOOD and a.begin < h.end and a.end > h.begin]
        yield Hit(h.fault, nemesis.BY_NAME[h.fault].kind, round(h.end - h.begin, 2),
                  round(BIN_S * len(down), 2), len(within), int(1000 * percentile(took, 0.99)),
                  round(max([0.0, *(end - h.end for end in within)]), 2))


def summary(result, topology):
    e = result.evidence
    return Summary(
        seed=result.seed, topology=topology, took_s=round(result.took_s, 1),
        rest_s=round(e.rest_s, 1),
        requests=dict(collections.Counter(a.outcome for a in e.asked)),
        codes=dict(collections.Counter(a.code for a in e.asked if a.code)),
        attempts=len(e.ledger), probes=len(e.probes), billed_nanos=e.billed_nanos,
        difference_nanos=sum(abs(c - b) for c, b in e.differences().values()),
        suspense={k: e.reconciled.get(k, 0) for k in ("settled", "released", "corrected")},
        hits=[h._asdict() for h in hits(e)], void=e.void, lag_ms=int(1000 * e.lag_s),
        violations=[v._asdict() for v in result.violations])


def broken(seed, topology, why):
    """A run that could not be played to its end: that is a failure, too."""
    return Summary(seed, topology, 0.0, 0.0, {}, {}, 0, 0, 0, 0, {}, [], [], 0,
                   [{"invariant": "run", "text": why}])


# --- for people ---

def add_up(dicts):
    total = collections.Counter()
    for d in dicts:
        total.update(d)
    return dict(total)


def counts(d):
    return ", ".join("%s %d" % (k, d[k]) for k in sorted(d, key=d.get, reverse=True)) or "none"


def dollars(nanos):
    return "$%.9f" % (nanos / 1e9)


def line(s):
    """One run."""
    return "seed %-6d %-8s %5.1f s, rest %4.1f s: %5d requests (%s), %s billed, difference %d, " \
        "%d faults%s" % (s.seed, s.topology, s.took_s, s.rest_s, sum(s.requests.values()),
                         counts(s.requests), dollars(s.billed_nanos), s.difference_nanos, len(s.hits),
                         "" if not s.violations else ", %d VIOLATIONS" % len(s.violations))


def fault_rows(summaries):
    by_name = {}
    for s in summaries:
        for h in s.hits:
            by_name.setdefault(h["fault"], []).append(h)
    for fault in nemesis.FAULTS:
        found = by_name.get(fault.name)
        if found:
            each = {name: [h[name] for h in found] for name in Hit._fields}
            yield (fault.kind, fault.name, len(found), sum(each["seconds"]), max(each["down_s"]),
                   sum(each["sent_away"]),
                   percentile(each["recovery_s"], 0.5), max(each["recovery_s"]),
                   percentile(each["p99_ms"], 0.5), max(each["p99_ms"]))


def table(summaries):
    """p99 and recovery: of half of the times, and the most"""
    yield "%-8s %-22s %6s %8s %8s %9s %10s %8s %8s %8s" % (
        "class", "fault", "times", "sum s", "down s", "sent away", "recovery s", "most s", "p99 ms", "most ms")
    for row in fault_rows(summaries):
        yield "%-8s %-22s %6d %8.1f %8.2f %9d %10.2f %8.2f %8d %8d" % row


def totals(summaries):
    by_kind = collections.Counter(h["kind"] for s in summaries for h in s.hits)
    yield "runs: %d (%s) of %.1f hours, %d violated" % (
        len(summaries), counts(collections.Counter(s.topology for s in summaries)),
        sum(s.took_s for s in summaries) / 3600, sum(1 for s in summaries if s.violations))
    yield "faults: %d: %s; found nobody: %d" % (sum(by_kind.values()), counts(by_kind),
                                                sum(len(s.void) for s in summaries))
    yield "requests: %d: %s" % (sum(sum(s.requests.values()) for s in summaries),
                                counts(add_up(s.requests for s in summaries)))
    yield "errors told: %s" % counts(add_up(s.codes for s in summaries))
    yield "money: %d attempts billed at %s; difference after reconcile: %d nano-dollars" % (
        sum(s.attempts for s in summaries), dollars(sum(s.billed_nanos for s in summaries)),
        sum(s.difference_nanos for s in summaries))
    yield "probes: %d" % sum(s.probes for s in summaries)
    yield "reconciled: %s" % counts(add_up(s.suspense for s in summaries))


def text(summaries):
    return "\n".join([*table(summaries), "", *totals(summaries)])


def to_json(summaries):
    return json.dumps({"runs": [s._asdict() for s in summaries]}, indent=1)
