"""Every folder that holds a part has a README.md of at most one page; so has every page of daemon/design."""

from house import fault

PAGE_LINES = 80
PAGE_LETTERS = 8000
FRONT_PAGE_LINES = 250
PARTS_IN = ("daemon", "plugins", "tests", "deploy")


def check(house, data):
    del data
    faults = []
    for folder in sorted(set(_parts(house.files))):
        if f"{folder}/README.md" not in house.files:
            faults.append(fault(f"{folder}/README.md", 1, "missing", "at most one page: what it is, what it promises, how to use it"))
    for file in house.named(r"(^|/)README\.md$|^daemon/design/.*\.md$"):
        limit = FRONT_PAGE_LINES if file == "README.md" else PAGE_LINES
        lines = house.lines(file)
        if len(lines) > limit:
            faults.append(fault(file, limit + 1, f"{len(lines)} lines, at most {limit}", "keep what a newcomer needs"))
        elif file != "README.md" and sum(map(len, lines)) > PAGE_LETTERS:
            faults.append(fault(file, 1, f"{sum(map(len, lines))} letters, at most {PAGE_LETTERS}", "keep what a newcomer needs"))
    if "README.md" not in house.files:
        faults.append(fault("README.md", 1, "missing", "what it is, how to build and run it, the journey of one event"))
    return faults


def _parts(files):
    for file in files:
        folders = file.split("/")[:-1]
        if not folders or folders[0].startswith("."):
            continue
        yield folders[0]
        if folders[0] in PARTS_IN and len(folders) > 1:
            yield "/".join(folders[:2])
