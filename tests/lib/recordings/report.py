"""Count results, and print them for people."""
from collections import Counter, defaultdict

KINDS = ("json", "sse", "error", "request")


class Report:
    def __init__(self):
        self.cells = defaultdict(Counter)     # (vendor, kind) -> passed, failed, refused
        self.other = Counter()                # endpoint -> files that are no chat
        self.strangers = []                   # files that are no recordings
        self.failures = []                    # (file, kind, sentences)
        self.refused = defaultdict(list)      # (mapping, reason) -> files
        self.adapted = Counter()              # (mapping, what: why) -> requests
        self.left_out = Counter()             # kind of content -> files
        self.skipped = []                     # (file, reason)
        self.splits = 0

    def add(self, vendor, kind, file, differences, refused=False):
        state = "failed" if differences else "refused" if refused else "passed"
        self.cells[vendor, kind][state] += 1
        if differences:
            self.failures.append((file, kind, differences))

    def total(self, state):
        return sum(cell[state] for cell in self.cells.values())

    def print(self, verbose):
        for file, kind, differences in sorted(self.failures):
            print(f"FAILED {file} ({kind})")
            shown = differences if verbose else differences[:1]
            for difference in shown:
                print(f"    {difference}")
            if len(differences) > len(shown):
                print(f"    and {len(differences) - len(shown)} more")
        self._print_table()
        self._print_policy()
        print(f"{self.total('passed') + self.total('refused')} passed, "
              f"{self.total('failed')} failed, {len(self.skipped)} skipped")

    def _print_table(self):
        print(f"\n{'vendor':<12}" + "".join(f"{kind:>22}" for kind in KINDS))
        print(" " * 12 + f"{'passed failed refused':>22}" * len(KINDS))
        for vendor in sorted({vendor for vendor, _ in self.cells}):
            cells = [self.cells.get((vendor, kind), Counter()) for kind in KINDS]
            print(f"{vendor:<12}" + "".join(
                f"{c['passed']:>8}{c['failed']:>7}{c['refused']:>7}" for c in cells))
        print(f"\nstreams cut in two at {self.splits} positions")
        if self.other:
            told = ", ".join(f"{name} {n}" for name, n in sorted(self.other.items()))
            print(f"other endpoint, not run: {sum(self.other.values())} ({told})")
        if self.strangers:
            print(f"no recordings: {len(self.strangers)} ({', '.join(self.strangers[:3])} ...)")
        for file, reason in self.skipped:
            print(f"skipped {file}: {reason}")

    def _print_policy(self):
        _print_counts("content of vendors that has no form in OpenAI's dialect, left out:",
                      self.left_out)
        _print_counts("parameters adapted, and the client told so:", self.adapted)
        print("mappings refused by policy:" if self.refused else "no mapping was refused")
        for (mapping, reason), files in sorted(self.refused.items()):
            example = min(files)
            print(f"    {mapping}: {reason} ({len(files)} files, one is {example})")


def _print_counts(title, counts):
    if not counts:
        return
    print(title)
    for (name, reason), n in sorted(counts.items()):
        print(f"    {name}: {reason} ({n})")
