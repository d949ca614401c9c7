"""Paths that the code and the prose name must exist."""

import re

from house import fault

JOURNEY = re.compile(r"Journey:(.*)")
FILE = re.compile(r"[\w<>*./-]+\.(?:cc|h|hpp|proto|py|ts|tsx)\b")
IN_PROSE = re.compile(r"`((?:daemon|tests|deploy|config|plugins|proto|cmake)/[\w<>*./-]*)")


def check(house, data):
    del data
    faults = []
    for file in house.code() + house.named(r"\.(ts|tsx|proto|py)$"):
        lines = house.lines(file)
        for number, line in enumerate(lines, 1):
            match = JOURNEY.search(line)
            if match is None or not line.lstrip().startswith(("//", "#", "*")):
                continue
            following = number  # a journey may go on in the next comment lines, as long as they have an arrow
            text = match.group(1)
            while following < len(lines) and re.match(r"\s*(//|#|\*).*->", lines[following]):
                text += lines[following]
                following += 1
            for path in FILE.findall(text):
                if not any(house.exists(base + path) for base in ("", "daemon/", file[:file.rfind("/") + 1])):
                    faults.append(fault(file, number, f"Journey: no such file: {path}", "the path from the root, from daemon/ or from here"))
    for file in house.named(r"\.md$"):
        for number, line in enumerate(house.lines(file), 1):
            for path in IN_PROSE.findall(line):
                if not house.exists(path.rstrip("./")):
                    faults.append(fault(file, number, f"no such file or folder: {path}", "a path that exists, from the root"))
    return faults
