"""openai-node against a gateway: the cases of tests/sdk/node, one test each."""
import json
import os
import subprocess

import pytest

import talk

HERE = os.path.dirname(os.path.abspath(__file__))
MODULES = os.path.join(HERE, "../../build/sdk/node")
GIVEN = {
    "models": {"all": talk.MODELS, "seeing": talk.SEEING, "schemas": talk.SCHEMAS,
               "choices": talk.CHOICES, "thinking": talk.THINKING, "logprobs": talk.LOGPROBS},
    "tools": talk.TOOLS,
    "image": talk.image(),
}


def node(*args, **given):
    done = subprocess.run(
        ["node", os.path.join(HERE, "node/run.mjs"), *args], capture_output=True, text=True,
        timeout=120, env={**os.environ, "SDK_MODULES": MODULES,
                          "SDK_GIVEN": json.dumps({**GIVEN, **given})})
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def results(fleet, base_url, key):
    keys = {"rich": key, "poor": fleet.make_key(budget="day=0.000001"), "slow": fleet.make_key(rpm=1),
            "brisk": fleet.make_key(rpm=60), "small": fleet.make_key(tpm=100),
            "blocked": fleet.make_key()}
    fleet.ctl("key", "block", fleet.public_id(keys["blocked"]))
    lines = [json.loads(line) for line in node(base_url=base_url, keys=keys)]
    return {line["name"]: line["error"] for line in lines}


@pytest.mark.parametrize("case", node("--list"))
def test_case(results, case):
    assert results[case] is None, results[case]
