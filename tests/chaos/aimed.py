"""aimed.py -- schedules that are aimed at one rule each: a table."""
import random
from typing import Callable, NamedTuple

from plan import Event

GATEWAYS = 2  # of a run with such a schedule


class Ablation(NamedTuple):
    rule: str          # src/tbl/ablations.h
    invariants: tuple  # those of which one must be violated without it
    events: Callable   # () -> the schedule
    seconds: float
    text: str
    topology: str = "one"


def dice(number, of=GATEWAYS):
    """What falls on this one of so many (nemesis.pick)"""
    return next(d for d in range(1000) if random.Random(d).randrange(of) == number)


def unsettled():
    """Settles cannot leave a gateway any more, and then it dies: only the journal knows of them."""
    events = []
    for at, victim in ((3.0, 0), (6.5, 1), (10.0, 0), (13.5, 1)):
        events += [Event(at, "reset-redis", 1.0, dice(victim)),
                   Event(at + 0.3, "kill-gateway", 0.3, dice(victim))]
    return tuple(events)


def long_dead():
    """A gateway comes back when its reservations are long overdue."""
    return (Event(3.0, "kill-gateway", 14.0, dice(0)),)


def asleep():
    """Redis wakes up with commands in its buffers that were given up seconds ago."""
    return tuple(Event(at, "stop-redis", 3.0, 0) for at in (3.0, 8.0, 13.0))


ABLATIONS = (
    Ablation("journal", ("I4a", "I1"), unsettled, 17.0, "what a client has is in nobody's books"),
    Ablation("suspense", ("I1",), long_dead, 19.0, "what a vendor billed is given back"),
    Ablation("not_after", ("I18",), asleep, 18.0, "money is reserved for requests that are over"),
)
