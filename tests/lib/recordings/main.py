"""The command line of tests/recordings."""
import argparse
import concurrent.futures
import os
import shutil
import sys

from . import corpus, pipe, respond, run, selftest
from .report import Report

TEXT = """\
Replay recorded vendor exchanges through the dialects. Every chat, messages and native-Qwen
recording under the folders is run: its answer, error or event stream (cut in two at every byte,
fed byte by byte, cut off, framed otherwise) must come out as content, tool calls, finish reasons
and usage that the recording itself tells, valid against OpenAI's schema; its request must reach
each vendor in a form that the vendor takes. The format is described in tests/golden/README.md.
"""


def arguments(argv):
    parser = argparse.ArgumentParser(prog="tests/recordings", description=TEXT)
    parser.add_argument("folders", metavar="DIR", nargs="*",
                        help="folders (or files) with recordings")
    parser.add_argument("--quick", action="store_true",
                        help="cut streams at some positions only: for builds with sanitizers")
    parser.add_argument("--thorough", action="store_true",
                        help="replay the whole road, and not the reading of events alone, for "
                             "each position of a cut: minutes")
    parser.add_argument("--only", metavar="PATTERN", default="",
                        help="only files whose name contains PATTERN")
    parser.add_argument("--build", metavar="DIR",
                        help="the build folder that holds tests/tools/dialect_pipe")
    parser.add_argument("--verbose", action="store_true", help="show all differences of a failure")
    parser.add_argument("--self-test", action="store_true",
                        help="falsify answers of the dialects, and see each lie found out")
    args = parser.parse_args(argv)
    if not args.folders:
        parser.error("name a folder with recordings")
    for folder in args.folders:
        if not os.path.exists(folder):
            parser.error(f"{folder}: no such folder")
    return args


def effort(args):
    if args.thorough:
        return respond.THOROUGH
    return respond.QUICK if args.quick else respond.FULL


def replay(files, program, how_much):
    report = Report()
    files = sorted(files, key=corpus.size, reverse=True)  # the long ones first
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), initializer=run.start,
                                                initargs=(program, how_much)) as pool:
        for result in pool.map(run.run, files):
            run.into(report, result)
    return report


def main(argv=None):
    args = arguments(sys.argv[1:] if argv is None else argv)
    files = [f for f in corpus.find(args.folders) if args.only in f]
    if not files:
        sys.exit(f"no *.json files under {', '.join(args.folders)}")
    program, made = pipe.find(args.build)
    try:
        if args.self_test:
            return selftest.run_all(files, program)
        report = replay(files, program, effort(args))
    finally:
        if made:
            shutil.rmtree(made)
    report.print(args.verbose)
    return 1 if report.total("failed") else 0
