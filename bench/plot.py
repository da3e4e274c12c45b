"""plot.py -- cost by workload and target as bars, SVG written by hand. The scale is logarithmic,
because some targets cost a hundred times what others do.
"""
import math
import statistics
from xml.sax.saxutils import escape

from report import series

WIDTH, LEFT, BAR, GAP, RIGHT = 860, 190, 16, 34, 120
COLOURS = {"nginx": "#8a8a8a", "smartrouter": "#1f6feb"}
OTHER = "#d0a23c"


def bars(results):
    """(workload, target, median, least, most) of what has a cost"""
    for workload, rows, _ in results:
        for name in dict.fromkeys(n for n, _, _ in rows):
            values = series(rows, name, "cpu_us")
            if values:
                yield workload, name, statistics.median(values), min(values), max(values)


def scale(found):
    low = 10 ** math.floor(math.log10(max(min(b[3] for b in found), 0.1)))
    high = 10 ** math.ceil(math.log10(max(b[4] for b in found)))

    def x(value):
        share = math.log(max(value, low) / low) / math.log(high / low)
        return LEFT + share * (WIDTH - LEFT - RIGHT)
    return low, high, x


def text(x, y, words, anchor="start", size=12, more=""):
    return '<text x="%.1f" y="%.1f" font-size="%d" text-anchor="%s"%s>%s</text>' % (
        x, y, size, anchor, more, escape(words))


def draw_bar(x, y, bar):
    _, name, median, least, most = bar
    colour = next((c for n, c in COLOURS.items() if name.startswith(n)), OTHER)
    middle = y + BAR / 2
    return [
        text(LEFT - 8, y + BAR - 4, name, "end"),
        '<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>' % (
            LEFT, y, max(x(median) - LEFT, 1), BAR, colour),
        '<path d="M%.1f %.1fH%.1f" stroke="#222"/>' % (x(least), middle, x(most)),
        text(max(x(median), x(most)) + 6, y + BAR - 4, "%.1f us" % median),
    ]


def write(path, results):
    found = list(bars(results))
    if not found:
        return
    low, high, x = scale(found)
    parts, y, last = [], 20, None
    for bar in found:
        if bar[0] is not last:
            last, y = bar[0], y + GAP
            parts.append(text(12, y - 8, "%s: %s, CPU of one %s" % (last.name, last.text, last.per),
                              size=13, more=' font-weight="bold"'))
        parts += draw_bar(x, y, bar)
        y += BAR + 5
    tick = low
    while tick <= high:
        parts.insert(0, '<path d="M%.1f 24V%d" stroke="#ddd"/>' % (x(tick), y))
        parts.append(text(x(tick), y + 14, "%g us" % tick, "middle", 11))
        tick *= 10
    with open(path, "w") as f:
        f.write('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
                'font-family="sans-serif"><rect width="100%%" height="100%%" fill="white"/>%s</svg>\n'
                % (WIDTH, y + 30, "".join(parts)))
