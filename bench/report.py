"""report.py -- rows of figures become tables: of each target and figure the median of the rounds and
what lay around it, and the ratio to nginx of the same round.
"""
import json
import statistics

# figure, heading, decimals. Added latency and ratios are worked out below.
COLUMNS = [
    ("cpu_us", "CPU us", 1),
    ("per_core", "per core and s", 0),
    ("to_nginx", "x nginx", 2),
    ("added_p50_us", "added p50 us", 0),
    ("added_p99_us", "added p99 us", 0),
    ("seen_per_s", "seen per s", 0),
    ("to_first", "x first", 2),
    ("to_none", "x none open", 2),
    ("kb_per_stream", "KB a stream", 1),
    ("kb_kept", "KB kept", 0),
    ("streams_us_per_s", "streams' us a s", 0),
    ("worst_alone_us", "worst alone us", 0),
    ("worst_us", "worst us", 0),
    ("peak_to_body", "peak x body", 2),
    ("first_ms", "first answer ms", 0),
    ("idle_mb", "idle MB", 1),
    ("script_calls", "scripts", 2),
    ("us_per_call", "us a script", 1),
    ("redis_reads", "Redis reads", 2),
    ("writes", "write()s", 2),
    ("failed", "failed", 0),
    ("broken", "broken", 0),
]


def complete(rows):
    """Add what needs another target's figure of the same round."""
    at = {(name, i): figures for name, i, figures in rows}
    first = rows[0][0] if rows else None
    for name, i, figures in rows:
        if figures.get("cpu_us"):
            figures["per_core"] = 1e6 / figures["cpu_us"]
        for base in ("nginx", "nginx-tls"):
            other = at.get((base, i), {}).get("cpu_us")
            if other and figures.get("cpu_us") and name != base:
                figures["to_nginx"] = figures["cpu_us"] / other
        other = at.get((first, i), {})
        if name != first and other.get("cpu_us") and "nginx" not in first:
            figures["to_first"] = figures["cpu_us"] / other["cpu_us"]
        direct = at.get(("direct", i), {})
        for p in ("p50_us", "p99_us"):
            if name != "direct" and p in direct and p in figures:
                figures["added_" + p] = figures[p] - direct[p]
    return rows


def series(rows, target, figure):
    return [f[figure] for name, _, f in rows if name == target and figure in f]


def cell(values, decimals):
    if not values:
        return ""
    text = "%.*f" % (decimals, statistics.median(values))
    if len(values) > 1 and min(values) != max(values):
        text += " (%.*f..%.*f)" % (decimals, min(values), decimals, max(values))
    return text


def table(workload, rows, errors):
    """As text for people, in Markdown."""
    names = list(dict.fromkeys(name for name, _, _ in rows))
    columns = [c for c in COLUMNS if any(series(rows, n, c[0]) for n in names)
               and not (c[0] in ("failed", "broken") and not any(
                   sum(series(rows, n, c[0])) for n in names))]
    lines = [["target"] + [c[1] for c in columns]]
    lines += [[n] + [cell(series(rows, n, c[0]), c[2]) for c in columns] for n in names]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    text = ["**%s**: %s; figures of cost are of one %s" % (workload.name, workload.text, workload.per),
            ""]
    for i, line in enumerate(lines):
        text.append("| " + " | ".join(w.ljust(n) for w, n in zip(line, widths)) + " |")
        if i == 0:
            text.append("|" + "|".join("-" * (n + 2) for n in widths) + "|")
    text += ["", *("%s: %s" % (name, why) for name, why in errors.items())]
    return "\n".join(text) + "\n"


def write_json(path, about, results):
    with open(path, "w") as f:
        json.dump({"about": about, "workloads": [
            {"name": w.name, "text": w.text, "per": w.per, "errors": errors, "rows": [
                {"target": n, "round": i, **figures} for n, i, figures in rows]}
            for w, rows, errors in results]}, f, indent=1)
        f.write("\n")
