"""Redis fails over and loses what it confirmed: the books stay exact, and service is back at once.

SR_FAILOVERS=30 SR_SERVICE_BACK=1 is the long form; SR_REDIS says of which kinds of Redis (one sentinel cluster).
"""
import os

import pytest

import failing

TIMES = int(os.environ.get("SR_FAILOVERS", "1"))
KINDS = os.environ.get("SR_REDIS", "one sentinel cluster").split()
SEED = int(os.environ.get("SR_SEED", "1"))


@pytest.mark.parametrize("kind", KINDS)
def test_books_after_failovers(tmp_path, kind):
    f = failing.run(tmp_path, kind, TIMES, SEED, say=print)
    assert f.kills >= TIMES and f.ends["good"] > 50 * TIMES
    assert f.ends.get("killed", 0) == 0
    worst = max(x["back"] for x in f.failovers)
    assert worst <= failing.SERVICE_BACK, failing.table(f)
    logs = "".join(g.log() for g in f.fleet.gateways)
    assert "redis_rejoined" in logs, "no gateway noticed"
