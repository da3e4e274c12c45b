#!/usr/bin/env python3
"""instructions.py -- how many instructions each part of a request takes that touches no socket,
counted by callgrind: speed kept without a clock.

    tests/bench/instructions.py [--write]   (of build/release; --write: what is so now is expected)

Counts are of one request. They are the same on every machine with this compiler and C library:
the library is told to use none of the processor's newer instructions, and whoever builds with
another compiler gets a wider limit. Exit status 1: a part has grown beyond its limit.
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "../..")
BUILD = os.environ.get("SR_BUILD") or os.path.join(TOP, "build/release")
TABLE = os.path.join(HERE, "instructions.expected")
PER_TURN = 100  # TURNS of instructions.c
MOST, MOST_ELSEWHERE = 1.05, 1.5
ENV = {
    "PATH": os.environ["PATH"], "LC_ALL": "C", "LD_BIND_NOW": "1",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX2,-AVX,-BMI2,-LZCNT,-MOVBE,"
                      "-ERMS,-FSRM,-RTM",
}
HEAD = """# Instructions of one request by part (instructions.c), as callgrind counts them: what they were when
# this was written. A part that takes over 5 % more fails ./check. When that is meant to be, and when
# a part has become cheaper: tests/bench/instructions.py --write.
"""


def machine():
    """what the counts depend on"""
    with open(os.path.join(BUILD, "config.log"), errors="replace") as f:
        cc = re.search(r"^CC='(?:\S*ccache )?([^']+)'", f.read(), re.M).group(1)
    first = subprocess.run([*cc.split(), "--version"], capture_output=True, text=True,
                           check=True).stdout.splitlines()[0]
    libc = os.confstr("CS_GNU_LIBC_VERSION")
    return "%s, %s, %s" % (first, libc, os.uname().machine)


def count():
    """{part: instructions}"""
    subprocess.run(["make", "-s", "-C", BUILD, "tests/bench/instructions"], check=True,
                   stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        subprocess.run(["valgrind", "-q", "--tool=callgrind", "--callgrind-out-file=" + out,
                        "--toggle-collect=part_*", os.path.join(BUILD, "tests/bench/instructions"),
                        os.path.join(HERE, "decide.yaml"), os.path.join(TOP, "conf/task.model")],
                       check=True, env=ENV)
        text = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100",
                               "--auto=no", out], check=True, capture_output=True, text=True).stdout
    found = {part: int(n.replace(",", "")) // PER_TURN for n, part in re.findall(
        r"^\s*([\d,]+) .*instructions\.c:part_(\w+)", text, re.M)}
    return dict(sorted(found.items()))


def expected():
    """({part: instructions}, where that was)"""
    parts, where = {}, ""
    with open(TABLE) as f:
        for line in f:
            word, _, rest = line.strip().partition(" ")
            if word == "with":
                where = rest
            elif word != "#" and rest:
                parts[word] = int(rest)
    return parts, where


def write(parts):
    with open(TABLE, "w") as f:
        f.write(HEAD + "with %s\n" % machine())
        f.writelines("%s %d\n" % part for part in parts.items())


def compare(now, then, most):
    """What is wrong, as text; each part is printed."""
    wrong = ["%s is not in the table" % part for part in now if part not in then]
    wrong += ["%s is not measured any more" % part for part in then if part not in now]
    for part in sorted(set(now) & set(then)):
        ratio = now[part] / then[part]
        print("%-10s %9d now, %9d expected: %+.1f %%" % (
            part, now[part], then[part], 100 * (ratio - 1)))
        if ratio > most:
            wrong.append("%s takes %.1f %% more than expected" % (part, 100 * (ratio - 1)))
    return wrong


def check():
    """What is wrong; nothing, when it is well."""
    then, where = expected()
    same = machine() == where
    if not same:
        print("The table was made with %s; here it is %s: up to %d %% more is taken." % (
            where, machine(), 100 * (MOST_ELSEWHERE - 1)))
    return compare(count(), then, MOST if same else MOST_ELSEWHERE)


def main():
    if sys.argv[1:] == ["--write"]:
        write(count())
        return 0
    wrong = check()
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
