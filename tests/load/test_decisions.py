"""10,000 decisions of three gateways: each recorded one comes out again to the last bit, and given the
same snapshot and request all three decide the same.

Each request goes to all three gateways. They answer through mock vendors, report to each other and
get new snapshots all the while; decisions are compared where the snapshot was the same.
"""
import collections
import glob
import http.client
import json
import multiprocessing
import os
import random
import subprocess
import sys
import time

from fleet import BINARY, Fleet, wait_until

REQUESTS = int(os.environ.get("SR_DECISIONS", "3400"))  # to each of three gateways
GATEWAYS = 3
WORDS = ("sort list python function theorem integral translate summary poem invoice 中文 代码 "
         "数学 why how prove refactor regex SELECT json table of the and with").split()
MODELS = ["auto", "auto:cost", "auto:quality", "auto:balanced", "auto:latency", "auto:budget",
          "gpt-4o-mini"]
POLICY = {"order": ["claude-haiku-4-5", "gpt-4o-mini", "deepseek-flash", "qwen-plus", "qwen-max",
                    "gpt-4o"]}


def body(seed):
    chance = random.Random(seed)
    prompt = " ".join(chance.choices(WORDS, k=chance.choice((3, 20, 100, 600))))
    return json.dumps({"model": chance.choice(MODELS), "max_tokens": chance.choice((5, 20)),
                       "messages": [{"role": "user", "content": "%d %s" % (seed, prompt)}]})


def send(seeds, ports, key, failed):
    connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=60) for port in ports]
    headers = {"authorization": "Bearer " + key, "content-type": "application/json"}
    for seed in seeds:
        text = body(seed).encode()
        for c in connections:
            c.request("POST", "/v1/chat/completions", text, headers)
        for c in connections:
            answer = c.getresponse()
            answer.read()
            if answer.status != 200:
                failed.value += 1


def lines(folders):
    for path in (p for folder in folders for p in glob.glob(folder + "/*.ndjson")):
        with open(path) as f:
            for line in f:
                if line.startswith('{"decision"') and line.endswith("\n"):
                    yield line


def survey(folders):
    """Decisions by request and snapshot, who was chosen how often, and the snapshots."""
    same, chosen, snapshots = collections.defaultdict(list), collections.Counter(), set()
    for r in map(json.loads, lines(folders)):
        r = r["decision"]
        facts = {k: v for k, v in r["facts"].items() if k != "at_s"}
        snapshots.add(r["versions"]["snapshot"])
        same[str([r.get("asked"), facts, r["versions"]["snapshot"]])].append(
            hash(str([r["considered"], r["strategy"], r.get("guard")])))
        chosen.update(c["model"] for c in r["considered"] if c.get("place") == 1)
    return [d for d in same.values() if len(d) >= GATEWAYS], chosen, snapshots


def test_decisions(tmp_path):
    with Fleet(tmp_path, gateways=GATEWAYS, workers=1, policy=POLICY,
               settings={"log.requests": False}, sections={"decisions": {"max_size": "1GiB"}}) as fleet:
        key = fleet.make_key()
        ports = [g.port for g in fleet.gateways]
        failed = multiprocessing.Value("i", 0)
        begin = time.monotonic()
        clients = [multiprocessing.Process(target=send, args=(range(i, REQUESTS, 4), ports, key, failed))
                   for i in range(4)]
        for c in clients:
            c.start()
        for c in clients:
            c.join()
        seconds = time.monotonic() - begin
        total = REQUESTS * GATEWAYS
        folders = glob.glob(os.path.join(fleet.folder, "state-gateway*/decisions"))
        wait_until(lambda: sum(1 for _ in lines(folders)) == total, 10, "every record")
    begin = time.monotonic()
    said = json.loads(subprocess.run([BINARY, "replay", "--json", *folders], check=True,
                                     capture_output=True).stdout)
    replayed = time.monotonic() - begin
    groups, chosen, snapshots = survey(folders)
    n = sum(map(len, groups))
    alike = sum(len(d) for d in groups if len(set(d)) == 1)
    size = sum(os.path.getsize(p) for folder in folders for p in glob.glob(folder + "/*"))
    print("%d decisions by %d gateways in %.1f s under %d snapshots, %.0f bytes each\n"
          "replay: %d of %d equal in %.1f s; decided under one snapshot by all gateways: %d, "
          "of which alike %d\nchosen: %s" % (
              total, GATEWAYS, seconds, len(snapshots), size / total, said["equal"], said["records"],
              replayed, n, alike, dict(chosen)), file=sys.stderr)
    assert failed.value == 0
    assert said["records"] == said["equal"] == total
    assert said["different"] == said["homeless"] == said["damaged"] == 0
    assert n >= 0.9 * total and alike == n
    assert len(chosen) >= 3  # or there was nothing to decide
