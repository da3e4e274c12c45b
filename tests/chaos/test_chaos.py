"""A short campaign, and what makes a run one that can be repeated."""
import os
import re
import subprocess

import campaign
from aimed import ABLATIONS, NAMED
from nemesis import BY_NAME, FAULTS

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


def test_every_rule_that_can_be_switched_off_has_a_schedule():
    with open(os.path.join(HERE, "../../src/tbl/ablations.h")) as f:
        rules = re.findall(r"^ABLATION\((\w+),", f.read(), re.MULTILINE)
    assert sorted(rules) == sorted(a.rule for a in ABLATIONS + NAMED)
    for ablation in ABLATIONS:
        assert all(e.fault in BY_NAME for e in ablation.events()), ablation.rule


def test_a_run_that_cannot_be_played_counts_as_failed(tmp_path):
    """and says where what there is of it lies, and how it is repeated"""
    done = subprocess.run([os.path.join(HERE, "run"), "--seed", "7", "--keep", str(tmp_path)],
                          capture_output=True, text=True, check=False,
                          env={**os.environ, "SR_BUILD": str(tmp_path / "nothing")})
    assert done.returncode == 1
    assert "1 VIOLATIONS" in done.stdout and "again: tests/chaos/run --seed 7" in done.stdout
    assert (tmp_path / "seed-7" / "run.json").exists()


def test_a_short_campaign():
    """of each topology one run"""
    done = subprocess.run([os.path.join(HERE, "run"), "--runs", "3", "--jobs", "3", "--seed", "1",
                           "--topology", "mixed", "--seconds", "12", "--pace", "1.5"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
