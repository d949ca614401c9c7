#!/usr/bin/env python3
"""Runs clang-format and clang-tidy over our C++.

usage: lint.py format [--fix] [FILE …]      what clang-format 19 would write otherwise; --fix writes it
       lint.py tidy [--all] [FILE …]        clang-tidy 19 on the FILEs, on those changed against main, or on all
clang-tidy needs compile commands: cmake --preset tidy && cmake --build --preset tidy (made here when they are missing).
"""

import argparse
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from house import CODE, House

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build/tidy"
FINDING = re.compile(r":\d+:\d+: (error|warning): ")


def wrongly_formatted(file):
    """Returns the first line that clang-format would write otherwise, or 0."""
    wanted = subprocess.run(["clang-format-19", file], cwd=ROOT, capture_output=True, check=True, text=True).stdout.splitlines()
    present = (ROOT / file).read_text(encoding="utf-8").splitlines()
    if wanted == present:
        return 0
    pairs = zip([*wanted, None], [*present, None])
    return next((number for number, (a, b) in enumerate(pairs, 1) if a != b), min(len(wanted), len(present)) + 1)


def check_format(files, fix):
    if fix:
        subprocess.run(["clang-format-19", "-i", *files], cwd=ROOT, check=True)
    with ThreadPoolExecutor(2) as pool:
        found = [(file, line) for file, line in zip(files, pool.map(wrongly_formatted, files)) if line]
    for file, line in found:
        print(f"{file}:{line}: not as clang-format 19 writes it; instead: tests/tidy/lint.py format --fix {file}")
    print(f"format: {len(files)} files, {len(found)} findings")
    return 1 if found else 0


def changed_files():
    def names(*arguments):
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True, text=True).stdout.split()
    base = names("merge-base", "HEAD", "main")[0]
    return sorted(set(names("diff", "--name-only", "--diff-filter=d", base)) | set(names("ls-files", "--others", "--exclude-standard")))


def check_tidy(files):
    if not (BUILD / "compile_commands.json").exists():
        subprocess.run(["cmake", "--preset", "tidy"], cwd=ROOT, check=True)
        subprocess.run(["cmake", "--build", "--preset", "tidy"], cwd=ROOT, check=True)
    sources = [file for file in files if Path(file).suffix in (".cc", ".cpp")]

    def one(file):
        run = subprocess.run(["clang-tidy-19", "--quiet", "-p", BUILD, file], cwd=ROOT, capture_output=True, text=True, check=False)
        return file, run.returncode, run.stdout
    bad = 0
    with ThreadPoolExecutor(2) as pool:
        for file, code, text in pool.map(one, sources):
            found = sorted({line.replace(f"{ROOT}/", "") for line in text.splitlines() if FINDING.search(line)})
            print("\n".join([f"{'ok  ' if code == 0 else 'FAIL'} {file}", *found]), flush=True)
            bad += code != 0
    print(f"clang-tidy: {len(sources)} files, {bad} with findings")
    return 1 if bad else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["format", "tidy"])
    parser.add_argument("--fix", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    files = arguments.files or House(ROOT).code()
    if arguments.what == "format":
        return check_format(files, arguments.fix)
    if not arguments.files and not arguments.all:
        files = [file for file in changed_files() if Path(file).suffix in CODE]
    return check_tidy(files)


if __name__ == "__main__":
    sys.exit(main())
