"""kill -9 of gateways under load: after restart and reconcile the books are the vendors' own."""
import os

import killing

SEED = int(os.environ.get("SR_SEED", "1"))


def test_books_after_kills(tmp_path):
    k = killing.run(tmp_path, 10, SEED, each=5)
    assert k.kills >= 10 and k.ends["killed"] > 0 and k.ends["good"] > 100
    assert k.ends["later"] > 0, "no budget was used up meanwhile"
    assert k.suspended_nanos > 0 and k.reconciled["settled"] > 0, "the kills met no request"
