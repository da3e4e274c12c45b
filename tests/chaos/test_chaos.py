"""A short campaign, and what makes a run one that can be repeated."""
import os
import subprocess

import campaign
from nemesis import FAULTS

HERE = os.path.dirname(os.path.abspath(__file__))


def options(topology="one"):
    return campaign.Options(30.0, topology, (), "", 2.0)


def test_a_seed_has_one_plan():
    assert campaign.plan_of(4711, options()) == campaign.plan_of(4711, options())
    assert campaign.plan_of(4711, options()) != campaign.plan_of(4712, options())


def test_every_fault_is_in_some_plan():
    planned = {e.fault for topology in ("one", "sentinel", "cluster") for seed in range(60)
               for e in campaign.plan_of(seed, options(topology)).events}
    assert planned == {f.name for f in FAULTS}


def test_a_short_campaign():
    done = subprocess.run([os.path.join(HERE, "run"), "--runs", "2", "--jobs", "2", "--seed", "1",
                           "--seconds", "12", "--pace", "1"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
