"""Who may include whom, by #include and by library."""

import re

from house import fault

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


class Table:
    """layers.txt, read."""

    def __init__(self, text):
        self.folders, self.packages, self.pure, self.takes_configs = {}, {}, {}, set()
        for line in text.splitlines():
            line = line.split("#")[0].strip()
            if not line:
                continue
            left, _, right = line.partition(":")
            words, allowed = left.split(), right.split()
            if words[0] == "folder":
                self.folders[words[1]] = set(allowed)
            elif words[0] == "only":
                self.packages[words[1]] = allowed
            elif words[0] == "pure":
                self.pure = {name: set(allowed) for name in words[1:]}
            elif words[0] == "any_config":
                self.takes_configs = set(allowed)
            else:
                raise ValueError(f"layers.txt: unknown line: {line}")


def folder_of(path):
    """The layer a path belongs to: daemon/NAME/… is NAME, daemon/main.cc is main, plugins/sdk is itself."""
    parts = path.split("/")
    if parts[0] == "daemon":
        return parts[1] if len(parts) > 2 else "main"
    if parts[0] == "plugins":
        return "plugins/sdk" if parts[1:2] == ["sdk"] else "plugins"
    return "/".join(parts[:2])


def check(house, data):
    table = Table(data.text("tests/tidy/layers.txt"))
    faults = []
    for file in house.code("daemon", "plugins", "deploy"):
        code = house.bare_code(file, keep_strings=True)
        for match in INCLUDE.finditer(code):
            line = code.count("\n", 0, match.start(2)) + 1
            faults += _one_include(table, file, line, match.group(2))
    for file in house.named(r"^daemon/.*CMakeLists\.txt$"):
        faults += _libraries(table, house, file)
    return faults


def _one_include(table, file, line, target):
    own = folder_of(file)
    if target.startswith(("daemon/", "plugins/", "tests/")):
        return _house_include(table, file, line, own, target)
    for package, allowed in table.packages.items():
        if target.startswith(package) and not _is_allowed(file, own, allowed):
            return [fault(file, line, f"{own} may not include <{target}>", f"go through {', '.join(allowed)}")]
    if target in table.pure.get(own, ()):
        return [fault(file, line, f"{own} is pure and may not include <{target}>", "let the caller pass the value in")]
    return []


def _is_allowed(file, own, allowed):
    return any(own == name or file.startswith(name + "/") for name in allowed)


def _house_include(table, file, line, own, target):
    wanted = folder_of(target)
    if wanted == own and own != "plugins":
        return []
    if target.startswith("tests/"):
        return [fault(file, line, f'{own} includes test code: "{target}"', "move what both need into the daemon")]
    if own in ("plugins", "plugins/sdk") or file.startswith("deploy/"):
        if own == "plugins" and (wanted == "plugins/sdk" or target.split("/")[1] == file.split("/")[1]):
            return []
        return [fault(file, line, f'{own} may not include "{target}"', "only plugins/sdk and the generated protobuf code")]
    if own not in table.folders:
        return [fault(file, line, f"daemon/{own} is not in tests/tidy/layers.txt", "add it, as low as it can be")]
    if wanted in table.folders[own] or (own in table.takes_configs and target.endswith("_config.h")):
        return []
    may = ", ".join(sorted(table.folders[own])) or "nothing of the house"
    return [fault(file, line, f'{own} may not include "{target}"', f"it may include {may}; pass the rest in through a port")]


def _libraries(table, house, file):
    text = re.sub(r"#[^\n]*", "", house.text(file))
    faults = []
    for match in re.finditer(r"fusiond_library\(\s*(\w+)([^)]*)\)", text):
        own = match.group(1)
        line = text.count("\n", 0, match.start()) + 1
        if own not in table.folders:
            faults.append(fault(file, line, f"library {own} is not in tests/tidy/layers.txt", "add it, as low as it can be"))
            continue
        for name in re.findall(r"\bfusiond_(\w+)", match.group(2)):
            known = name in table.folders and name != own
            if known and name not in table.folders[own] and own not in table.takes_configs:
                faults.append(fault(file, line, f"library {own} may not link fusiond_{name}", "drop it from DEPS, or use a port"))
    return faults
