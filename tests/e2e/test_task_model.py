"""smartrouter task-model: train, test and show, on prompts of the project's own."""
import hashlib
import json
import os
import subprocess
import sys

import pytest

from fleet import BINARY

TOP = os.path.join(os.path.dirname(__file__), "../..")
LABELS = ["translation", "programming", "summarization"]


def run(*words, code=0):
    got = subprocess.run([BINARY, "task-model", *map(str, words)], capture_output=True, text=True,
                         check=False)
    assert got.returncode == code, got.stderr
    return got


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(name="prompts", scope="session")
def made_prompts():
    """Prompts of three labels; each fourth template is left for testing."""
    out = subprocess.run([sys.executable, os.path.join(TOP, "build-aux/task-prompts"), "2"],
                         capture_output=True, text=True, check=True).stdout
    rows = [json.loads(line) for line in out.splitlines()]
    rows = [row for row in rows if row["label"] in LABELS]
    for row in rows:
        number = int(row["source"].rsplit(".", 1)[1])
        row["group"] = "test" if number % 4 == 0 else "train"
        row["source"] = f"part{number % 12}/{row['lang']}:{row['source']}"
    return rows


def part(prompts, group):
    return [row for row in prompts if row["group"] == group]


@pytest.fixture(name="trained", scope="session")
def trained_model(prompts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("task")
    file = write(folder / "train.jsonl", part(prompts, "train"))
    got = run("train", file, "--out", folder / "task.model", "--folds", "3")
    return folder, got


def test_train_tells_its_progress_and_figures(trained, prompts):
    _, got = trained
    assert [line for line in got.stderr.splitlines() if "fold " in line] == [
        f"note: fold {n} of 3" for n in (1, 2, 3)]
    assert f"prompts {len(part(prompts, 'train'))}, accuracy 0." in got.stdout
    for word in ("PRECISION", "LANGUAGE", "SUREST", "What the model says"):
        assert word in got.stdout


def test_test_tells_figures_of_other_prompts(trained, prompts):
    folder, _ = trained
    rows = part(prompts, "test")
    for row in rows:
        row["holdout"] = row["lang"]
    file = write(folder / "test.jsonl", rows)
    figures = json.loads(run("test", file, "--model", folder / "task.model", "--json").stdout)
    made = figures["figures"]
    assert made["prompts"] == len(rows)
    assert made["accuracy"] > 0.85 and made["macro_f1"] > 0.85
    assert made["surest"]["50"] >= made["accuracy"]
    assert set(made["labels"]) == set(LABELS)
    assert set(made["languages"]) == {"en", "zh"} == set(made["holdouts"])
    assert [time["bytes"] for time in figures["times"]] == [0, 1024, 8192]
    assert all(0 < time["median_us"] <= time["p99_us"] for time in figures["times"])
    text = run("test", file, "--model", folder / "task.model").stdout
    for word in ("HOLDOUT", "TIME PER PROMPT", "8 KiB", f"accuracy {made['accuracy']:.3f}"):
        assert word in text


def test_accuracy_is_counted(trained, prompts):
    """Of wrong labels nothing is right; of a label that the model does not know neither."""
    folder, _ = trained
    rows = part(prompts, "test")
    wrong = [{**row, "label": "poetry"} for row in rows]
    figures = json.loads(run("test", write(folder / "wrong.jsonl", wrong), "--model",
                             folder / "task.model", "--json").stdout)["figures"]
    assert figures["accuracy"] == 0 and figures["labels"]["poetry"]["f1"] == 0
    assert figures["labels"]["poetry"]["prompts"] == len(rows)


def test_the_same_prompts_make_the_same_model(trained):
    folder, _ = trained
    run("train", folder / "train.jsonl", "--out", folder / "again.model", "--folds", "3")
    assert (folder / "again.model").read_bytes() == (folder / "task.model").read_bytes()


def test_show_tells_what_it_was_made_from(trained):
    folder, _ = trained
    head = json.loads(run("show", folder / "task.model", "--json").stdout)
    assert sorted(head["labels"]) == sorted(LABELS)
    assert sum(source["prompts"] for source in head["sources"]) == head["unseen_sources"]["prompts"]
    assert "translate" in head["words"]["translation"]
    text = run("show", folder / "task.model").stdout
    assert hashlib.sha256((folder / "task.model").read_bytes()).hexdigest() in text
    assert "part1/en" in text


def test_the_built_in_model(prompts, trained):
    folder, _ = trained
    assert "classification" in run("show").stdout
    figures = json.loads(run("test", write(folder / "b.jsonl", part(prompts, "test")),
                             "--json").stdout)
    assert figures["figures"]["accuracy"] > 0.9
    assert figures["memory_bytes"] <= 3 << 20


def test_only_sources_with_a_licence(trained, prompts):
    folder, _ = trained
    (folder / "sources.txt").write_text("# a comment\npart1/\tMIT\npart2/en\tCC0-1.0\n")
    run("train", folder / "train.jsonl", "--sources", folder / "sources.txt", "--with",
        folder / "train.jsonl", "--out", folder / "some.model", "--folds", "0")
    head = json.loads(run("show", folder / "some.model", "--json").stdout)
    rows = part(prompts, "train")
    assert head["sources"] == [
        {"name": name, "licence": licence,
         "prompts": sum(row["source"].startswith(name) for row in rows)}
        for name, licence in (("part1/", "MIT"), ("part2/en", "CC0-1.0"))]
    assert head["more_prompts"] == len(rows)
    assert "unseen_sources" not in head


@pytest.mark.parametrize("line, why", [
    ("{", "1: "),
    ("7", "must be a JSON object"),
    ('{"label":"x"}', "text must be a string"),
    ('{"text":"a"}', "label must be a name"),
    ('{"text":"a","label":""}', "label must be a name"),
    ('{"text":"a","label":"x","lang":[]}', "lang must be a name"),
])
def test_a_bad_line_is_named(tmp_path, line, why):
    good = '{"text":"a","label":"x"}\n'
    file = tmp_path / "bad.jsonl"
    file.write_text(good + "\n" + line + "\n")
    got = run("test", file, code=1)
    assert f"{file}:3: " in got.stderr
    assert why.replace("1: ", "3: ") in got.stderr
    assert "Traceback" not in got.stderr


def test_what_cannot_be_is_refused(trained, tmp_path):
    folder, _ = trained
    assert "holds no line" in run("test", write(tmp_path / "none", []), code=1).stderr
    assert "No such file" in run("test", tmp_path / "gone", code=1).stderr
    assert "--out" in run("train", tmp_path / "gone", "--folds", "0", code=2).stderr
    one = write(tmp_path / "one", [{"text": "a", "label": "x"}])
    assert "2 to 28 labels" in run("train", one, "--folds", "0", "--out", tmp_path / "m",
                                   code=1).stderr
    damaged = bytearray((folder / "task.model").read_bytes())
    damaged[-1] ^= 1
    (tmp_path / "damaged").write_bytes(damaged)
    got = run("show", tmp_path / "damaged", code=1).stderr
    assert f"{tmp_path}/damaged: " in got and "damaged or was edited" in got


def test_a_small_file_is_told_how(tmp_path):
    path = tmp_path / "small.jsonl"
    path.write_text("".join(json.dumps({
        "text": "translate this %d" % i if i % 2 else "cook a soup %d" % i, "lang": "en",
        "label": "translation" if i % 2 else "cooking", "source": "s%d" % (i % 2)}) + "\n"
        for i in range(12)))
    assert "--folds 0" in run("train", path, "--out", tmp_path / "m", code=1).stderr
    run("train", path, "--out", tmp_path / "m", "--folds", "0")
    assert "6 of 12 prompts have labels that the model does not have" in run("test", path).stderr
    assert "does not have" not in run("test", path, "--model", tmp_path / "m").stderr
