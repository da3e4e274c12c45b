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
    aim: aimed.Ablation = None  # its schedule in place of the seed's


class Result(NamedTuple):
    seed: int
    violations: list
    evidence: checker.Evidence
    took_s: float


def plan_of(seed, options):
    faults = [f for f in nemesis.FAULTS if options.topology in f.topologies and
              (not options.faults or f.name in options.faults or f.kind in options.faults)]
    what = plan.make(seed, faults, options.seconds, options.topology, options.pace)
    if not options.aim:
        return what
    return what._replace(events=options.aim.events(), tight=options.aim.tight or what.tight,
                         gateways=aimed.GATEWAYS)


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
