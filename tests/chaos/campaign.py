"""campaign.py -- one run from its plan to what is wrong, and what to tell of it."""
import asyncio
import os
import time
from typing import NamedTuple

import aimed
import checker
import nemesis
import plan
from load import Load
from watch import Watch
from world import World


class Options(NamedTuple):
    seconds: float
    topology: str
    faults: tuple     # names; () is all
    ablate: str       # rules that are switched off, or ""
    pace: float
    events: tuple = ()  # in place of those that the seed would give


class Result(NamedTuple):
    seed: int
    violations: list
    evidence: checker.Evidence
    took_s: float


def plan_of(seed, options):
    faults = [f for f in nemesis.FAULTS if options.topology in f.topologies and
              (not options.faults or f.name in options.faults or f.kind in options.faults)]
    what = plan.make(seed, faults, options.seconds, options.topology, options.pace)
    return what._replace(events=options.events, gateways=aimed.GATEWAYS) if options.events else what


async def one(seed, options, folder):
    begin = time.monotonic()
    what = plan_of(seed, options)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "plan.json"), "w") as f:
        f.write(what.to_json())
    world = World(folder, what, options.ablate)
    try:
        await world.start()
        evidence = await play(world, what)
    finally:
        await world.close()
    return Result(seed, checker.judge(evidence), evidence, time.monotonic() - begin)


async def play(world, what):
    zero = time.monotonic()
    load, breaker, watch = Load(world, what), nemesis.Nemesis(world, what), Watch(world, zero)
    watch.start()
    try:
        await asyncio.gather(load.run(zero), breaker.run(zero))
        await world.heal()
    finally:
        watch.stop()
    evidence = checker.Evidence(world, load, breaker, watch)
    await evidence.gather()
    return evidence


def run(seed, options, folder):
    return asyncio.run(one(seed, options, folder))
