"""A leader that is gone is replaced in time, and what it says afterwards does nothing."""
import os

import leading

SEED = int(os.environ.get("SR_SEED", "1"))
TIMES = int(os.environ.get("SR_TAKEOVERS", "5"))


def test_take_over(tmp_path):
    campaign = leading.run(tmp_path, TIMES, SEED, say=lambda text: print(text, flush=True))
    assert campaign.fenced >= TIMES // len(leading.FAULTS), "nothing came late"
