"""tally.py KIND RESULT LOG STATUS -- count one stage of ./check: prints "passed failed skipped".

A stage whose command failed without a failed test counts one failure, so that no
crash is lost between the numbers.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree


def tap(result):
    passed = failed = skipped = 0
    for line in open(result, errors="replace"):
        if re.match(r"ok\b.*#\s*skip", line, re.I):
            skipped += 1
        elif line.startswith("ok "):
            passed += 1
        elif line.startswith("not ok "):
            failed += 1
    return passed, failed, skipped


def junit(result):
    total = failed = skipped = 0
    for suite in ElementTree.parse(result).getroot().iter("testsuite"):
        total += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
    return total - failed - skipped, failed, skipped


def said(log):
    for line in reversed(open(log, errors="replace").read().splitlines()):
        m = re.match(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", line.strip())
        if m:
            return int(m[1]), int(m[2]), int(m[3] or 0)
    return 0, 0, 0


def main():
    kind, result, log, status = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    try:
        counts = {
            "none": lambda: (0, 0, 0),
            "one": lambda: (1, 0, 0) if status == 0 else (0, 1, 0),
            "tap": lambda: tap(result),
            "junit": lambda: junit(result),
            "said": lambda: said(log),
        }[kind]()
    except (OSError, ElementTree.ParseError):
        counts = (0, 0, 0)
    passed, failed, skipped = counts
    if status != 0 and failed == 0:
        failed = 1
    print(passed, failed, skipped)


main()
