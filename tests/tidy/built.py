"""Nothing lies about unbuilt: every source file is compiled, every script test is registered, every test program runs."""

import json
import re
from pathlib import Path

from house import fault


def check(house, data, build=None):
    del data
    lists = {file: house.text(file) for file in house.named(r"(^|/)(CMakeLists\.txt|[^/]+\.cmake)$")}
    compiled = _compiled(house, build) if build else None
    faults = []
    for file in house.code():
        if Path(file).suffix not in (".cc", ".c", ".cpp"):
            continue
        if compiled is not None and file not in compiled:
            faults.append(fault(file, 1, "no target compiles it", "name it in the CMakeLists.txt of its folder, or drop it"))
        elif compiled is None and not _named(file, lists):
            faults.append(fault(file, 1, "no CMakeLists.txt names it", "name it in that of its folder, or drop it"))
    for file in house.named(r"^tests/.*(_test|/test_[^/]*|self_test)\.py$"):
        if not _named(file, lists):
            faults.append(fault(file, 1, "a test that nobody runs", "add_test in the CMakeLists.txt of its folder"))
    for file, text in lists.items():
        if file.startswith("tests/") and not file.startswith("tests/bench/"):  # benchmarks are run by hand
            faults += _unregistered(file, text)
    return faults


def _compiled(house, build):
    commands = json.loads(Path(build, "compile_commands.json").read_text(encoding="utf-8"))
    root = house.root.resolve()
    files = (Path(command["directory"], command["file"]).resolve() for command in commands)
    return {file.relative_to(root).as_posix() for file in files if file.is_relative_to(root)}


def _named(file, lists):
    """Does the CMakeLists.txt of its folder, or of one above, name it? Elsewhere only its whole path counts."""
    if any(f"/{file}" in text for text in lists.values()):
        return True
    folder = Path(file).parent
    while True:
        text = lists.get((folder / "CMakeLists.txt").as_posix(), "")
        if Path(file).relative_to(folder).as_posix() in text or Path(file).name in text:
            return True
        if folder == Path("."):
            return False
        folder = folder.parent


def _unregistered(file, text):
    """Programs made by add_executable below tests/ that no add_test starts."""
    text = re.sub(r"#[^\n]*", "", text)
    faults = []
    for match in re.finditer(r"add_executable\(\s*([\w.-]+)", text):
        name = match.group(1)
        if not re.search(r"(add_test|fusiond_[a-z_]+|set\s*\([^)]*)\b[^)]*" + re.escape(name), text[match.end():]):
            line = text.count("\n", 0, match.start()) + 1
            faults.append(fault(file, line, f"a test program that no test starts: {name}", "fusiond_test, or add_test"))
    return faults
