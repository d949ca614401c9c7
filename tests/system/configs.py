"""Config files for system tests, made from the shipped ones in config/cities."""
import json

import harness


def recorded_config(folder, feeds, city="oakland", bus="embedded", bootstrap="127.0.0.1:9", follow=False, extra="", rules=False):
    """The city's config with every feed read from `folder`/feeds/<feed>.jsonl at full speed; only the feeds that are in `feeds`."""
    text = (harness.ROOT / "config/cities" / f"{city}.yaml").read_text()
    head, rest = text.split("sources:\n", 1)
    sources, tail = split_sources(rest)
    lines = []
    for name, block in sources.items():
        if name in feeds:
            lines.append(replace_transport(block, f"{{kind: file, path: {json.dumps(str(folder / 'feeds' / (name + '.jsonl')))}, format: recorded, follow: {str(follow).lower()}}}"))
    head = "\n".join(line for line in head.splitlines() if not line.startswith("clock:"))
    head = head.replace("ingest: {", "ingest: {tick_every_s: 1, ")
    return fill(head + "\nsources:\n" + "".join(lines) + tail + extra, folder, bus, bootstrap, rules)


def live_config(folder, city="alder", bus="embedded", bootstrap="127.0.0.1:9", only=("acoustic",), extra="", rules=False):
    """The city's config with the system clock, webhooks as they are, and only the named sources."""
    text = (harness.ROOT / "config/cities" / f"{city}.yaml").read_text()
    head, rest = text.split("sources:\n", 1)
    sources, tail = split_sources(rest)
    head = "\n".join(line for line in head.splitlines() if not line.startswith("clock:"))
    return fill(head + "\nsources:\n" + "".join(block for name, block in sources.items() if name in only) + tail + extra, folder, bus, bootstrap, rules)


def with_kafka(text, section):
    """The config with another `bus.kafka` section, in YAML's flow style."""
    return "".join(f"  kafka: {section}\n" if line.startswith("  kafka: {") else line for line in text.splitlines(keepends=True))


def split_sources(text):
    """({name: block}, what follows the list)"""
    blocks, current, lines = {}, None, text.splitlines(keepends=True)
    for i, line in enumerate(lines):
        if line.startswith("  - name: "):
            current = line.split(": ", 1)[1].strip()
            blocks[current] = ""
        elif line.strip() and not line.startswith(" "):
            return blocks, "".join(lines[i:])
        if current:
            blocks[current] += line
    return blocks, ""


def replace_transport(block, transport):
    return "".join(f"    transport: {transport}\n" if line.startswith("    transport:") else line for line in block.splitlines(keepends=True))


def fill(text, folder, bus, bootstrap, rules=False):
    """`rules`: with the folder of rules that the city names."""
    if not rules:
        text = text.replace(', rule_folder: "@CONFIG@/rules"', "")
    values = {"STATE": folder / "state", "BUS": bus, "BOOTSTRAP": bootstrap, "CONSOLE_PORT": 0, "WEB": harness.ROOT / "daemon/console/web/dist",
              "CONFIG": harness.ROOT / "config", "PLUGINS": harness.BUILD / "plugins", "POLL": "http://127.0.0.1:9/cad.json"}
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    return text
