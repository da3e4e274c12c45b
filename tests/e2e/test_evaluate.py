"""smartrouter quality-model and evaluate, on a table of this project's own.

The strong model is always right, and dear. The weak one is right at sums and wrong at riddles, half
of the prompts each, so that the best order of calls has an APGR of .75; one answer in twenty is the
other way round. A third model is dearer than the weak one and worse: dominated.
"""
import json
import os
import random
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from fleet import BINARY

THINGS = "apples pears plums books stones shells coins boats lamps chairs".split()
RIDDLES = ["Who walks in the {0} without feet, past {1} and {2}?",
           "What has {0} and {1} but never a {2}, and sings at night?",
           "Why do {0} laugh when {1} weep over {2}?"]


def rows(n, seed, names=("weak", "strong")):
    draw = random.Random(seed)
    for i in range(n):
        a, b, c = draw.sample(THINGS, 3)
        easy = i % 2 == 0
        if easy:
            prompt = f"Ann has {draw.randint(2, 99)} {a} and gets {draw.randint(2, 99)} more. How many {a}?"
        else:
            prompt = draw.choice(RIDDLES).format(a, b, c) + f" ({draw.randint(0, 10**6)})"
        score = int(easy) if draw.random() < 0.95 else int(not easy)
        yield {"dataset": "own", "prompt": prompt, "tokens_in": 20,
               "scores": {names[0]: score, names[1]: 1, "worse": 0},
               "tokens_out": {names[0]: 50, names[1]: 50, "worse": 50}}


def write(path, table):
    path.write_text("".join(json.dumps(row) + "\n" for row in table))
    return path


def run(*args, code=0):
    done = subprocess.run([BINARY, *map(str, args)], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluate")
    write(folder / "learn.jsonl", rows(300, 1))
    write(folder / "test.jsonl", rows(200, 2))
    prices = {"weak": [1, 1], "strong": [20, 20], "worse": [2, 2]}
    (folder / "prices.json").write_text(json.dumps({"models": prices}))
    run("quality-model", "train", folder / "learn.jsonl", "--out", folder / "own.model")
    return folder


def evaluate(folder, *args):
    return json.loads(run("evaluate", folder / "test.jsonl", "--json", *args).stdout)[0]


def test_a_model_routes_what_it_was_not_trained_on(folder):
    pool = evaluate(folder, "--model", folder / "own.model")
    engine = pool["routers"]["engine"]
    assert pool["best_single"] == "strong" and pool["prompts"] == 200
    assert engine["cost_95"] < 0.7 < 0.85 < pool["routers"]["random"]["cost_95"]
    assert engine["aiq"] > pool["routers"]["random"]["aiq"] + 0.05
    assert pool["routers"]["oracle"]["aiq"] >= engine["aiq"]


def test_a_pair_has_shares_of_calls(folder):
    pool = evaluate(folder, "--model", folder / "own.model", "--pair", "weak,strong")
    by = pool["routers"]
    assert by["random"]["apgr"] == pytest.approx(0.5, abs=1e-9)
    assert by["engine"]["apgr"] > 0.68
    assert by["engine"]["cpt80"] < by["random"]["cpt80"] == pytest.approx(0.8, abs=1e-9)
    assert by["oracle"]["apgr"] >= by["engine"]["apgr"]


def test_a_dominated_model_is_never_chosen(folder):
    models = {m["model"]: m for m in evaluate(folder, "--model", folder / "own.model")["models"]}
    assert models["worse"]["dominated"] and not models["weak"]["dominated"]
    assert models["worse"]["share_95"] == models["worse"]["share_guarded"] == 0


def test_the_guard_gives_up_nothing_on_prompts_like_none(folder):
    strange = [dict(row, prompt="Übersetze: " + "".join(chr(0x3b1 + (7 * i + k) % 24) for k in range(80)))
               for i, row in enumerate(rows(120, 3))]
    path = write(folder / "strange.jsonl", strange)
    pool = json.loads(run("evaluate", path, "--json", "--model", folder / "own.model").stdout)[0]
    assert pool["guarded_points"] == 0 and pool["guarded_cost"] == pytest.approx(1)


def test_without_a_file_each_fifth_is_routed_by_the_others(folder):
    done = run("evaluate", folder / "test.jsonl", "--json", "--pair", "weak,strong")
    assert json.loads(done.stdout)[0]["routers"]["engine"]["apgr"] > 0.66
    assert "all but fold 5 of 5" in done.stderr


def test_nothing_is_learned_from_shuffled_answers(folder):
    args = ("quality-model", "test", folder / "test.jsonl", "--train", folder / "learn.jsonl",
            "--pair", "weak,strong", "--json")
    honest = json.loads(run(*args, "--seeds", 1).stdout)[0]["runs"]
    shuffled = json.loads(run(*args, "--seeds", 1, "--shuffle").stdout)[0]["runs"]
    assert min(r["routers"]["engine"]["apgr"] for r in honest) > 0.68
    for r in shuffled:
        assert r["routers"]["engine"]["apgr"] < 0.62
        assert r["guarded_points"] >= -0.3


def test_the_same_tables_give_the_same_file(folder):
    run("quality-model", "train", folder / "learn.jsonl", "--out", folder / "again.model")
    assert (folder / "again.model").read_bytes() == (folder / "own.model").read_bytes()


def test_the_picture_is_good_xml(folder):
    table = write(folder / "odd.jsonl", rows(60, 4, names=("a<b&\"c\"", "strong")))
    run("evaluate", table, "--model", folder / "own.model", "--plot", folder / "curve.svg")
    picture = ElementTree.parse(folder / "curve.svg").getroot()
    assert picture.tag.endswith("svg")
    assert any("a<b" in (text.text or "") for text in picture.iter())


GOOD = {"dataset": "d", "prompt": "p", "tokens_in": 1, "scores": {"a": 1, "b": 0.5}}


@pytest.mark.parametrize("line, why", [
    ("{", "no good JSON"),
    ("[]", "must be a JSON object"),
    (dict(GOOD, dataset=None), "dataset must be a name"),
    (dict(GOOD, prompt=7), "prompt must be a text"),
    (dict(GOOD, scores={}), "scores must be an object"),
    (dict(GOOD, scores={"a": 1.5}), "scores: that of a must be a number from 0 to 1"),
    (dict(GOOD, scores={"a": "good"}), "scores: that of a must be"),
    (dict(GOOD, cost={"a": -1}), "tokens_out or cost of a"),
    (dict(GOOD, tokens_in="many"), "tokens_in must be a number"),
])
def test_a_bad_line_is_told_with_its_place(tmp_path, line, why):
    text = line if isinstance(line, str) else json.dumps(line)
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(GOOD) + "\n" + text + "\n")
    done = run("evaluate", path, code=1)
    assert f"{path}:2: {why}" in done.stderr


def test_other_faults_are_told(folder, tmp_path):
    damaged = bytearray((folder / "own.model").read_bytes())
    damaged[-5] ^= 1
    (tmp_path / "damaged.model").write_bytes(damaged)
    table = folder / "test.jsonl"
    done = run("evaluate", table, "--model", tmp_path / "damaged.model", code=1)
    assert "is damaged" in done.stderr
    assert "must be two models" in run("evaluate", table, "--pair", "a,b", code=1).stderr
    assert "--out FILE is missing" in run("quality-model", "train", table, code=2).stderr
    (tmp_path / "empty.jsonl").write_text("\n")
    assert "holds no line" in run("evaluate", tmp_path / "empty.jsonl", code=1).stderr
    assert os.strerror(2) in run("evaluate", tmp_path / "none.jsonl", code=1).stderr


def test_too_many_models_are_told(folder, tmp_path):
    table = write(tmp_path / "many.jsonl", [dict(GOOD, scores={f"m{i}": 1}) for i in range(129)])
    done = run("evaluate", table, "--model", folder / "own.model", code=1)
    assert f"{table}:129: scores: m128 is one model too many" in done.stderr


def test_too_few_prompts_are_told(folder, tmp_path):
    few = write(tmp_path / "few.jsonl", rows(6, 1))
    done = run("quality-model", "test", few, code=1)
    assert "give more prompts" in done.stderr and done.stdout == ""


def test_an_unknown_pair_is_refused_before_anything_is_trained(folder):
    for command in (["evaluate"], ["quality-model", "test"]):
        done = run(*command, folder / "test.jsonl", "--pair", "weak,nobody", code=1)
        assert "must be two models of the tables" in done.stderr
        assert "training" not in done.stderr


def test_a_model_that_knows_nobody_is_told(folder, tmp_path):
    table = write(tmp_path / "others.jsonl", [
        {**row, "scores": {"x" + name: score for name, score in row["scores"].items()},
         "tokens_out": {}} for row in rows(30, 5)])
    assert "knows none of the models" in run("evaluate", table, "--model",
                                             folder / "own.model").stderr
    assert "knows none" not in run("evaluate", folder / "test.jsonl", "--model",
                                   folder / "own.model").stderr
