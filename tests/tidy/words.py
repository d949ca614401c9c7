"""House words: calls that are banned, machine paths, addresses of outside hosts, words about somebody's workplace."""

import hashlib
import re
from pathlib import Path

from house import CODE, TEXT, fault

ADDRESS = re.compile(r"\b(?:https?|wss?|git|ssh)://([^\s/\"'`<>)\\]+)")
GENERATED = re.compile(r"(^|/)package-lock\.json$")
# Names of tools that wrote or reviewed something. Kept as the start of a SHA-256, so that they stand nowhere.
TOOL_NAMES = {"c857d09db23e6822", "c70eca6b0f88f44d", "60965168ce762e94", "3ea125d0bff386e6"}


class Rule:
    def __init__(self, where, line):
        pattern, _, rest = line.partition(" => ")
        instead, _, allowed = rest.partition(" @ ")
        if not instead:
            raise ValueError(f"words.txt: no ' => what instead': {line}")
        self.where, self.instead, self.allowed = where, instead.strip(), allowed.split()
        self.pattern = re.compile(pattern.strip())

    def applies_to(self, file):
        if any(file == name or (name.endswith("/") and file.startswith(name)) for name in self.allowed):
            return False
        if self.where == ["all"]:
            return not GENERATED.search(file)
        return Path(file).suffix in CODE and any(file.startswith(folder + "/") for folder in self.where)


def read_rules(text):
    rules, where = [], None
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        section = re.fullmatch(r"\[(.*)\]", line.strip())
        if section:
            where = section.group(1).split()
        else:
            rules.append(Rule(where, line))
    return rules


def check(house, data):
    rules = read_rules(data.text("tests/tidy/words.txt"))
    hosts = {line.strip() for line in data.lines("tests/tidy/hosts.txt") if line.strip() and not line.startswith("#")}
    faults = []
    for file in house.files:
        if Path(file).suffix not in TEXT or file == "tests/tidy/words.txt":
            continue
        whole = house.text(file)
        code = house.bare_code(file) if Path(file).suffix in CODE else whole
        for rule in rules:
            if not rule.applies_to(file):
                continue
            for match in rule.pattern.finditer(whole if rule.where == ["all"] else code):
                text = whole if rule.where == ["all"] else code
                line = text.count("\n", 0, match.start()) + 1
                faults.append(fault(file, line, f"house word: {match.group(0).strip()}", rule.instead))
        faults += _outside(file, whole, hosts)
    return faults


def is_allowed_host(host, hosts):
    if re.search(r"[${}%*]", host):  # put together at run time
        return True
    host = host.split("@")[-1]
    host = host if host.startswith("[") else host.split(":")[0]
    host = re.sub(r"\]:\d+$", "]", host).rstrip(".,;")
    return "." not in host and not host.startswith("[") or any(host == known or host.endswith("." + known) for known in hosts)


def _outside(file, whole, hosts):
    faults = []
    for number, line in enumerate(whole.splitlines(), 1):
        if GENERATED.search(file) and '"resolved"' not in line:  # what others say about their own packages
            continue
        for match in ADDRESS.finditer(line):
            if not is_allowed_host(match.group(1), hosts):
                faults.append(fault(file, number, f"address of an outside host: {match.group(0)}",
                                    "a package by its name, or a host of tests/tidy/hosts.txt"))
        for word in re.findall(r"[A-Za-z]{4,}", line):
            if hashlib.sha256(word.lower().encode()).hexdigest()[:16] in TOOL_NAMES:
                faults.append(fault(file, number, f"a word about somebody's workplace: {word}",
                                    "say what the code does, not who or what wrote it"))
    return faults
