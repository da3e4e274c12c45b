"""The bench itself: its shortest run gives figures for each target, as text, JSON and a plot."""
import json
import os
import subprocess
import xml.dom.minidom

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")


def test_shortest_run(tmp_path):
    out, plot = str(tmp_path / "out.json"), str(tmp_path / "plot.svg")
    said = subprocess.run([os.path.join(TOP, "bench/run"), "--only", "plain", "--rounds", "2",
                           "--seconds", "1", "--targets", "direct,nginx,smartrouter",
                           "--json", out, "--plot", plot],
                          check=True, capture_output=True, text=True).stdout
    with open(out) as f:
        [workload] = json.load(f)["workloads"]
    assert workload["name"] == "plain" and workload["errors"] == {}
    rows = {(row["target"], row["round"]): row for row in workload["rows"]}
    assert set(rows) == {(t, i) for t in ("direct", "nginx", "smartrouter") for i in range(2)}
    for (target, i), row in rows.items():
        assert row["requests"] > 0 and row["failed"] == 0, (target, row)
    for i in range(2):
        ours, theirs = rows["smartrouter", i], rows["nginx", i]
        assert ours["to_nginx"] == ours["cpu_us"] / theirs["cpu_us"] > 1
        assert ours["added_p50_us"] == ours["p50_us"] - rows["direct", i]["p50_us"]
        assert 1.9 < ours["script_calls"] < 4
        assert ours["per_core"] == 1e6 / ours["cpu_us"]
    assert "| smartrouter |" in said and "x nginx" in said
    assert len(xml.dom.minidom.parse(plot).getElementsByTagName("rect")) == 3  # nginx, ours, the ground
