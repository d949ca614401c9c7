#!/usr/bin/env python3
"""Counts the test cases in the results of ctest, case by case and not program by program.

usage: tally.py [--show-failed] RESULTS.xml …    (written by ctest --output-junit)
Understands the closing lines of Catch2, Python's unittest, Playwright, Node's test runner, Vitest, and a plain
'N passed, N failed'; a test without one counts as one case. A test program that ends well but ran nothing counts as failed, and so does one that ctest calls
failed whatever its closing line says. The last line is 'N passed, N failed'. Exit code 1 when any failed or none ran.
"""

import argparse
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections import namedtuple

Count = namedtuple("Count", "passed failed skipped")
SHOWN_LINES = 60


def last(pattern, text):
    found = None
    for found in re.finditer(pattern, text, re.M):
        pass
    return found


def number(pattern, text):
    found = last(pattern, text)
    return int(found.group(1)) if found else 0


def catch2(text):
    if last(r"^No tests ran", text):
        return Count(0, 0, 0)
    good = last(r"^All tests passed \(.*?(?:in (\d+) test cases?)?\)", text)
    if good:
        return Count(int(good.group(1) or 1), 0, 0)
    line = last(r"^test cases:.*$", text)
    if line is None:
        return None
    passed = number(r"(\d+) passed", line.group(0)) + number(r"(\d+) failed as expected", line.group(0))
    return Count(passed, number(r"(\d+) failed(?! as)", line.group(0)), 0)


def unittest(text):
    ran = last(r"^Ran (\d+) tests? in", text)
    if ran is None:
        return None
    rest = text[ran.end():]
    failed = number(r"failures=(\d+)", rest) + number(r"errors=(\d+)", rest)
    skipped = number(r"skipped=(\d+)", rest)
    return Count(int(ran.group(1)) - failed - skipped, failed, skipped)


def plain(text):
    line = last(r"^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$", text)
    return Count(int(line.group(1)), int(line.group(2)), int(line.group(3) or 0)) if line else None


def playwright(text):
    if not last(r"^\s+\d+ (passed|failed)\b.*$", text):
        return None
    passed = number(r"^\s+(\d+) passed\b", text) + number(r"^\s+(\d+) flaky\b", text)
    return Count(passed, number(r"^\s+(\d+) failed\b", text), number(r"^\s+(\d+) skipped\b", text))


def node(text):
    if not last(r"^(?:#|\u2139) pass \d+", text):
        return None
    sign = r"^(?:#|\u2139)"
    failed = number(sign + r" fail (\d+)", text) + number(sign + r" cancelled (\d+)", text)
    return Count(number(sign + r" pass (\d+)", text), failed, number(sign + r" skipped (\d+)", text) + number(sign + r" todo (\d+)", text))


def vitest(text):
    line = last(r"^\s*Tests\s+\d+ (?:passed|failed).*$", text)
    if line is None:
        return None
    return Count(*(number(rf"(\d+) {word}", line.group(0)) for word in ("passed", "failed", "skipped")))


READERS = (plain, catch2, unittest, playwright, node, vitest)


def count_cases(status, text, reason=""):
    """Returns the Count of one ctest test, and a remark when it is not what its output claims."""
    if status == "disabled" or (status == "notrun" and reason.startswith("SKIP")):
        return Count(0, 0, 1), "skipped"
    if status == "notrun":
        return Count(0, 1, 0), "could not be started"
    count = next((count for reader in READERS if (count := reader(text)) is not None),
                 Count(1, 0, 0) if status == "run" else Count(0, 1, 0))
    if status == "run" and sum(count) == 0:
        return Count(0, 1, 0), "ran no test"
    if status == "fail" and count.failed == 0:
        return count._replace(failed=1), "ended badly"
    return count, ""


def read(file):
    """Yields name, Count, remark, output and seconds of every test in a results file."""
    try:
        cases = list(ElementTree.parse(file).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        yield file, Count(0, 1, 0), f"no readable results: {error}", "", 0.0
        return
    for case in cases:
        text = case.findtext("system-out") or ""
        skipped = case.find("skipped")
        reason = skipped.get("message", "") if skipped is not None else ""
        count, remark = count_cases(case.get("status"), text, reason)
        yield case.get("name"), count, remark, text, float(case.get("time") or 0)


def add(a, b):
    return Count(*(x + y for x, y in zip(a, b)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show-failed", action="store_true", help="print the output of what failed")
    parser.add_argument("--label", help="print one line about this group instead of the closing line")
    parser.add_argument("results", nargs="*")
    arguments = parser.parse_args()
    total, programs, seconds = Count(0, 0, 0), 0, 0.0
    for file in arguments.results:
        for name, count, remark, text, time in read(file):
            total, programs, seconds = add(total, count), programs + 1, seconds + time
            if count.failed and arguments.show_failed:
                print(f"--- {name}: {count.failed} failed {f'({remark})' if remark else ''}")
                print("\n".join(text.splitlines()[-SHOWN_LINES:]))
    if arguments.label:
        skipped = f", {total.skipped} skipped" if total.skipped else ""
        print(f"{arguments.label}: {total.passed} cases passed, {total.failed} failed{skipped}, in {programs} programs ({seconds:.0f} s)")
    else:
        print(f"{total.passed} passed, {total.failed} failed")
    return 1 if total.failed or total.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
