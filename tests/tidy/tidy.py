#!/usr/bin/env python3
"""The rules of the house as tests.

usage: tidy.py CHECK [--root FOLDER] [--build FOLDER]
  CHECK    layers, words, sizes, paths, built, readmes, or all
  --root   the tree to look at; default: this repository
  --build  a build folder, so that `built` can ask what is really compiled
Prints one line per finding, file:line: what; instead: what instead. Exit code 1 if there is any.
Exceptions are in exceptions.txt: one that is not needed any more is a finding too, so the list only shrinks.
"""

import argparse
import sys
from pathlib import Path

import built
import layers
import paths
import readmes
import sizes
import words
from house import House

HERE = Path(__file__).resolve().parent
CHECKS = {"layers": layers.check, "words": words.check, "sizes": sizes.check, "paths": paths.check,
          "built": built.check, "readmes": readmes.check}


def read_exceptions(text):
    """Lines of: check  file  what is excepted -- why."""
    exceptions = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            check, file, rest = line.split(None, 2)
            what, _, why = rest.partition(" -- ")
            if not why.strip():
                raise ValueError(f"exceptions.txt: no ' -- why': {line}")
            exceptions.append((check, file, what.strip()))
    return exceptions


def run(check, house, data, build=None, exceptions=()):
    """Returns the findings of one check, less the exceptions; exceptions that nothing needed are findings."""
    found = CHECKS[check](house, data, build) if check == "built" else CHECKS[check](house, data)
    mine = [e for e in exceptions if e[0] == check]
    used, left = set(), []
    for text in found:
        hit = next((e for e in mine if text.startswith(e[1] + ":") and e[2] in text), None)
        if hit:
            used.add(hit)
        else:
            left.append(text)
    left += [f"tests/tidy/exceptions.txt:1: not needed any more: {' '.join(e)}; instead: remove it" for e in mine if e not in used]
    return left


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("check", choices=[*CHECKS, "all"])
    parser.add_argument("--root", default=HERE.parent.parent)
    parser.add_argument("--build")
    arguments = parser.parse_args()
    house, data = House(arguments.root), House(HERE.parent.parent)
    exceptions = read_exceptions((HERE / "exceptions.txt").read_text(encoding="utf-8"))
    chosen = CHECKS if arguments.check == "all" else [arguments.check]
    findings = [text for check in chosen for text in run(check, house, data, arguments.build, exceptions)]
    for text in findings:
        print(text)
    print(f"tidy {arguments.check}: {len(house.files)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
