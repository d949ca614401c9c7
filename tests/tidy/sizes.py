"""Lengths: of files, of functions, and file names that say nothing."""

import re
from pathlib import Path

from house import fault

MAX_LINES = {".cc": 600, ".c": 600, ".cpp": 600, ".h": 250, ".hpp": 250, ".py": 400, ".ts": 600, ".tsx": 600, ".sh": 400}
MAX_FUNCTION = 70
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "stuff"}
# A line that opens a block without being a function: it holds functions, or it is data.
HOLDER = re.compile(r"^\s*(namespace|class|struct|union|enum|extern|template|static constexpr|constexpr|const)\b")


def check(house, data):
    del data
    faults = []
    for file in house.files:
        path = Path(file)
        limit = MAX_LINES.get(path.suffix)
        if limit is None:
            continue
        length = len(house.lines(file))
        if length > limit:
            faults.append(fault(file, limit + 1, f"{length} lines, at most {limit}", "split it by what changes together"))
        if path.stem in EMPTY_NAMES:
            faults.append(fault(file, 1, f"a name that says nothing: {path.name}", "name what is in it"))
        if path.suffix in (".cc", ".h", ".hpp"):
            if not re.fullmatch(r"[a-z0-9_]+(\.pb)?", path.stem):
                faults.append(fault(file, 1, f"file name is not snake_case: {path.name}", "small letters and _"))
            faults += _functions(file, house.bare_code(file).splitlines())
    return faults


def _functions(file, lines):
    """Formatted code closes a block at the indentation it was opened with; that is enough to measure a function."""
    faults, end = [], -1
    for number, line in enumerate(lines):
        if number <= end or not line.rstrip().endswith("{"):
            continue
        statement = _statement(lines, number)
        if HOLDER.match(statement) or "(" not in statement:
            continue
        close = statement[:len(statement) - len(statement.lstrip())] + "}"
        end = next((n for n in range(number + 1, len(lines)) if lines[n].rstrip().rstrip(";,)") == close), number)
        if end - number - 1 > MAX_FUNCTION:
            what = f"a function of {end - number - 1} lines, at most {MAX_FUNCTION}"
            faults.append(fault(file, number + 1, what, "branches in the caller, plain work in the callee"))
    return faults


def _statement(lines, number):
    """The lines of the statement that ends with `lines[number]`, joined."""
    first = number
    while first > 0 and number - first < 12 and not re.search(r"[;{}:]\s*$|^\s*$|^\s*#", lines[first - 1]):
        first -= 1
    return "\n".join(lines[first:number + 1])
