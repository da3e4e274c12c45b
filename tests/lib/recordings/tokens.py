"""The command line of tests/tokens: expected input tokens against what vendors counted."""
import argparse
import glob
import json
import os
import subprocess
import sys
from collections import defaultdict

from . import as_chat, corpus, pipe, respond

TEXT = """\
Compare the input tokens that are expected of recorded requests with the usage that their vendors
reported. Each request is expected first and learnt from afterwards, in the order of the files' names:
"raw" is the mean absolute error of what is expected without calibration; "calibrated" that of
requests of a kind (same instructions, tools and schema, same size) that the vendor's model had counted
before, by what was learnt until then. Requests with images, files or tools of the vendor's own are
not judged by their error. The bound, for which budgets hold money, may never be below the count.
Exit status 1: an error is above its limit, or a bound was too low.
"""

PROGRAM = "tests/tools/token_pipe"


def arguments(argv):
    parser = argparse.ArgumentParser(prog="tests/tokens", description=TEXT)
    parser.add_argument("folders", metavar="DIR", nargs="+", help="folders (or files) with recordings")
    parser.add_argument("--raw", type=float, default=8, metavar="PERCENT",
                        help="the most for the raw error; default 8")
    parser.add_argument("--calibrated", type=float, default=4, metavar="PERCENT",
                        help="the most for the calibrated error; default 4")
    parser.add_argument("--config", metavar="FILE",
                        default=os.path.join(pipe.ROOT, "conf", "smartrouter.yaml"),
                        help="the configuration that knows the models; default: the shipped one")
    parser.add_argument("--build", metavar="DIR", help=f"the build folder that holds {PROGRAM}")
    parser.add_argument("--verbose", action="store_true", help="show each request, worst last")
    return parser.parse_args(argv)


class Sum:
    """What is printed of a vendor, or of all."""

    def __init__(self):
        self.raw, self.calibrated, self.low = [], [], []
        self.bounded = 0

    def add(self, file, counted, told):
        expected, calibrated, bound, media = told
        self.bounded += 1
        if bound < counted:
            self.low.append(file)
        if media:
            return
        self.raw.append(abs(expected - counted) / counted)
        if calibrated:
            self.calibrated.append(abs(calibrated - counted) / counted)

    def row(self, name):
        return (f"{name:12}{len(self.raw):6}{_percent(self.raw):>9}"
                f"{len(self.calibrated):12}{_percent(self.calibrated):>9}"
                f"{self.bounded:10}{len(self.low):6}")


def _mean(errors):
    return 100 * sum(errors) / len(errors) if errors else 0


def _percent(errors):
    return f"{_mean(errors):.2f} %" if errors else "-"


def _usage(recording):
    """What the vendor counted as input; None: it did not say."""
    oracle = respond.ORACLES[recording.dialect]
    if recording.kind == "sse":
        answer = oracle.read_stream(recording.text, recording.dialect, recording.request)
    elif recording.kind == "json":
        answer = oracle.read_reply(json.loads(recording.raw()), recording.dialect)
    else:
        return None
    return answer.usage.prompt if answer.usage else None


def requests(folders, left_out):
    """(file, vendor, model, counted, the client's body) of what can be compared."""
    for file in corpus.find(folders):
        try:
            recording = corpus.load(file)
            if recording.dialect is None:
                raise as_chat.Untellable("an endpoint that is no chat")
            counted = _usage(recording)
            if not counted:
                raise as_chat.Untellable("no usage")
            body = as_chat.of(recording)
        except (corpus.NotARecording, ValueError, OSError):
            left_out["no recording"] += 1
        except as_chat.Untellable as e:
            left_out[str(e)] += 1
        else:
            yield file, recording.vendor, body.get("model") or "-", counted, body


def _program(build):
    """In the build folder named, else in $SR_BUILD, else in any below build/."""
    build = build or os.environ.get("SR_BUILD")
    folders = [build] if build else sorted(glob.glob(os.path.join(pipe.ROOT, "build", "*")))
    for folder in folders:
        if os.access(os.path.join(folder, PROGRAM), os.X_OK):
            return os.path.join(folder, PROGRAM)
    raise SystemExit(f"no {PROGRAM}: build-aux/build --tests NAME makes it in build/NAME")


class Pipe:
    def __init__(self, build, config):
        self._process = subprocess.Popen([_program(build), config],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, vendor, model, counted, body):
        """(expected, calibrated or 0, bound, media) and learn; None: it is no request."""
        text = json.dumps(body, ensure_ascii=False)
        line = f"{vendor} {model.replace(' ', '_')} {counted} {text}\n"
        self._process.stdin.write(line.encode("utf-8", "replace"))
        self._process.stdin.flush()
        words = self._process.stdout.readline().decode().split()
        if not words:
            raise SystemExit("token_pipe died")
        return [float(w) for w in words] if len(words) == 4 else None

    def close(self):
        self._process.stdin.close()
        return self._process.wait()


def _print(sums, left_out):
    print(f"{'':12}{'n':>6}{'raw':>9}{'n':>12}{'calibrated':>11}{'bounds':>8}{'low':>6}")
    for name in sorted(sums, key=lambda n: (n == "all", n)):
        print(sums[name].row(name))
    for reason, n in sorted(left_out.items()):
        print(f"{n:6} left out: {reason}")


def main(argv=None):
    args = arguments(sys.argv[1:] if argv is None else argv)
    sums, left_out, seen = defaultdict(Sum), defaultdict(int), []
    told_by = Pipe(args.build, args.config)
    for file, vendor, model, counted, body in requests(args.folders, left_out):
        told = told_by.ask(vendor, model, counted, body)
        if told is None:
            left_out["a request that is refused"] += 1
            continue
        for name in (vendor, "all"):
            sums[name].add(file, counted, told)
        seen.append((abs(told[0] - counted) / counted, counted, told, model, file))
    if args.verbose:
        for error, counted, told, model, file in sorted(seen):
            print(f"{100 * error:7.1f} % {counted:7} {told[0]:9.0f} {told[1]:9.0f} {model:28} {file}")
    _print(sums, left_out)
    everything = sums["all"]
    for file in everything.low:
        print(f"BOUND TOO LOW {file}")
    fine = told_by.close() == 0 and bool(everything.raw) and not everything.low and \
        _mean(everything.raw) <= args.raw and _mean(everything.calibrated) <= args.calibrated
    return 0 if fine else 1
