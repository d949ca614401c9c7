"""The tree as the checks see it: which files there are, and C++ text without its comments and strings."""

import os
import re
from pathlib import Path

LEFT_OUT = {"node_modules", "dist", "__pycache__", "corpus", "samples"}
CODE = {".cc", ".h", ".hpp", ".cpp", ".c"}
TEXT = CODE | {".py", ".sh", ".md", ".txt", ".cmake", ".yaml", ".yml", ".json", ".ts", ".tsx", ".js", ".mjs", ".css",
               ".html", ".proto", ".service", ""}
_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^()\\ ]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)


class House:
    """A source tree. Files are given by their path from its root, with slashes, sorted."""

    def __init__(self, root):
        self.root = Path(root)
        self.files = sorted(self._walk())

    def _walk(self):
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if not _is_left_out(name)]
            for name in names:
                if name != ".git":  # a file in a second work tree
                    yield Path(folder, name).relative_to(self.root).as_posix()

    def code(self, *folders):
        """The C and C++ files below the folders given, or all of them."""
        return [f for f in self.files if Path(f).suffix in CODE and _below(f, folders)]

    def named(self, pattern):
        return [f for f in self.files if re.search(pattern, f)]

    def text(self, file):
        return (self.root / file).read_text(encoding="utf-8", errors="replace")

    def lines(self, file):
        return self.text(file).splitlines()

    def bare_code(self, file, keep_strings=False):
        """The text without comments and strings; every line keeps its number."""
        def blank(match):
            token = match.group(0)
            is_string = token[0] in "\"'R"
            if is_string and keep_strings:
                return token
            return '""' * is_string + "\n" * token.count("\n")
        return _TOKEN.sub(blank, self.text(file))

    def exists(self, path):
        """Is there such a file or folder? `*` and `<name>` stand for anything."""
        if "*" in path or "<" in path:
            return any(self.root.glob(re.sub(r"<[^>]*>", "*", path)))
        return (self.root / path).exists()


def _is_left_out(folder):
    return folder in LEFT_OUT or folder.startswith("build") or (folder.startswith(".") and folder != ".ci")


def _below(file, folders):
    return not folders or any(file.startswith(folder.rstrip("/") + "/") or file == folder for folder in folders)


def fault(file, line, what, instead):
    """One finding, in the form that editors can follow."""
    return f"{file}:{line}: {what}; instead: {instead}"
