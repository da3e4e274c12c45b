"""Talk to tests/tools/dialect_pipe; find it, or build it."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))))
PROGRAM = "tests/tools/dialect_pipe"
LONGEST_S = 600


class Died(Exception):
    """The program crashed, hung or was stopped by a sanitizer; says what it said last."""


class Pipe:
    """One process. After Died the next job starts a new one."""

    def __init__(self, program):
        self._program = program
        self._process = None
        self._stderr = None

    def run(self, verb, meta, body):
        """One job: the parsed answer, or Died."""
        if self._process is None:
            self._start()
        head, body = json.dumps(meta).encode(), body.encode("utf-8", "replace")
        timer = threading.Timer(LONGEST_S, self._process.kill)
        timer.start()
        try:
            self._process.stdin.write(b"%s %d %d\n" % (verb.encode(), len(head), len(body)))
            self._process.stdin.write(head + body)
            self._process.stdin.flush()
            size = int(self._process.stdout.readline() or -1)
            answer = self._process.stdout.read(size) if size >= 0 else None
        except (BrokenPipeError, ValueError):
            answer = None
        finally:
            timer.cancel()
        if answer is None:
            raise Died(self._bury())
        return json.loads(answer)

    def _start(self):
        self._stderr = tempfile.TemporaryFile()
        env = {"UBSAN_OPTIONS": "halt_on_error=1", **os.environ}
        self._process = subprocess.Popen([self._program], env=env, stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=self._stderr)

    def _bury(self):
        self._process.kill()
        status = self._process.wait()
        self._process = None
        return f"status {status}: {self.last_words()}"

    def last_words(self):
        """What the program said on its standard error, the telling lines of it."""
        self._stderr.seek(0)
        lines = self._stderr.read().decode("utf-8", "replace").splitlines()
        telling = [line for line in lines if "ERROR:" in line or "runtime error:" in line]
        return " | ".join((telling or lines[-3:])[:3])


def find(build):
    """The program in the build folder named (else in $SR_BUILD), in one beside the sources, or a
    new one, made for this run without the build system. Returns (program, folder to remove)."""
    build = build or os.environ.get("SR_BUILD")
    if build:
        if not _made(build):
            raise SystemExit(f"no {PROGRAM} in {build}")
        return os.path.join(build, PROGRAM), None
    for pattern in ("", "build/", "build/*/"):
        for folder in sorted(glob.glob(os.path.join(ROOT, pattern))):
            # builds with sanitizers are for those who name them: they are slow
            if not re.search("san|fuzz", os.path.relpath(folder, ROOT)) and _made(folder):
                return os.path.join(folder, PROGRAM), None
    return _compile()


def _made(folder):
    """Is the program there, and up to date?"""
    if os.path.exists(os.path.join(folder, "Makefile")):
        made = subprocess.run(["make", "-s", "-C", folder, PROGRAM], capture_output=True,
                              check=False)
        if made.returncode:
            sys.stderr.write(made.stderr.decode("utf-8", "replace"))
            return False
    return os.access(os.path.join(folder, PROGRAM), os.X_OK)


def _compile():
    folder = tempfile.mkdtemp(prefix="dialect_pipe.")
    program = os.path.join(folder, "dialect_pipe")
    patterns = ("src/base/*.c", "src/model/*.c", "src/core/*.c", "src/core/dialect/*.c",
                "src/core/strategy/*.c", "tests/tools/dialect_pipe.c", "tests/tools/pipe_*.c")
    # without what runs scripts: that needs Lua
    sources = [f for p in patterns for f in sorted(glob.glob(os.path.join(ROOT, p)))
               if not re.search("/core/(lua|custom)", f)]
    made = subprocess.run([os.environ.get("CC", "cc"), "-std=gnu11", "-D_GNU_SOURCE", "-O2",
                           "-I" + os.path.join(ROOT, "src"), "-o", program, *sources,
                           "-lsodium", "-lz", "-lm"], check=False)
    if made.returncode:
        shutil.rmtree(folder)
        raise SystemExit("dialect_pipe cannot be built")
    return program, folder
