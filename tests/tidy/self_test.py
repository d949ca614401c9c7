#!/usr/bin/env python3
"""Proves that each check can fail, and that it stays quiet about what is right: small trees made on the fly."""

import json
import tempfile
import unittest
from pathlib import Path

import tidy
import words
from house import House

DATA = House(tidy.HERE.parent.parent)


class Tree:
    """A small source tree in its own temporary folder."""

    def __init__(self, files):
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name)
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()


class CheckTest(unittest.TestCase):
    def findings(self, check, files, build=None, exceptions=()):
        with Tree(files) as tree:
            return tidy.run(check, House(tree.root), DATA, build and tree.root / build, exceptions)

    def finds(self, check, files, *parts, build=None):
        found = self.findings(check, files, build)
        self.assertEqual(len(found), 1, found)
        for part in (*parts, "; instead: "):
            self.assertIn(part, found[0])

    def quiet(self, check, files, build=None):
        self.assertEqual(self.findings(check, files, build), [])


class Layers(CheckTest):
    def test_a_lower_layer_that_includes_a_higher_one_is_found_with_its_line(self):
        self.finds("layers", {"daemon/base/a.h": '#pragma once\n#include "daemon/app/app.h"\n'}, "daemon/base/a.h:2:", "daemon/app/app.h")

    def test_what_the_table_allows_is_quiet(self):
        self.quiet("layers", {"daemon/model/a.h": '#include "daemon/base/ids.h"\n#include <string>\n'})

    def test_a_package_of_somebody_else_is_found(self):
        self.finds("layers", {"daemon/fusion/a.cc": "#include <rocksdb/db.h>\n"}, "rocksdb/db.h", "state")

    def test_a_pure_layer_with_a_thread_is_found(self):
        self.finds("layers", {"daemon/route/a.cc": "#include <thread>\n"}, "is pure", "<thread>")

    def test_a_commented_include_is_quiet(self):
        self.quiet("layers", {"daemon/base/a.h": '// #include "daemon/app/app.h"\n'})

    def test_a_plugin_that_reaches_into_the_daemon_is_found(self):
        self.finds("layers", {"plugins/camera/a.cc": '#include "daemon/base/ids.h"\n'}, "plugins/camera/a.cc:1:")

    def test_a_plugin_that_uses_another_plugin_is_found(self):
        self.finds("layers", {"plugins/camera/a.cc": '#include "plugins/social/parse.h"\n'}, "plugins/camera/a.cc:1:")

    def test_daemon_code_that_includes_test_code_is_found(self):
        self.finds("layers", {"daemon/app/a.cc": '#include "tests/support/fake.h"\n'}, "test code")

    def test_a_library_linked_against_the_table_is_found(self):
        lists = "fusiond_library(model\n  SOURCES a.cc\n  DEPS fusiond_base fusiond_state)\n"
        self.finds("layers", {"daemon/model/CMakeLists.txt": lists}, "daemon/model/CMakeLists.txt:1:", "fusiond_state")

    def test_a_folder_that_the_table_does_not_know_is_found(self):
        self.finds("layers", {"daemon/gossip/a.cc": '#include "daemon/base/ids.h"\n'}, "not in tests/tidy/layers.txt")


class Words(CheckTest):
    def test_each_banned_call_is_found(self):
        calls = ["auto t = std::chrono::system_clock::now();", "std::random_device seed;", "std::this_thread::sleep_for(x);",
                 "std::thread t{f};", "std::mutex m;", "std::regex r{p};", 'auto* p = getenv("X");', "std::exit(1);",
                 "auto* p = new Thing;", "delete p;", "std::cout << 1;", 'printf("x");', "assert(x);", "using namespace std;", "throw x;"]
        for call in calls:
            with self.subTest(call):
                self.finds("words", {"daemon/state/a.cc": f"void f() {{\n  {call}\n}}\n"}, "daemon/state/a.cc:2:", "house word")

    def test_the_same_words_in_comments_and_strings_are_quiet(self):
        self.quiet("words", {"daemon/state/a.cc": '// a new thing; delete it\nauto x = "std::cout << new";\n'})

    def test_what_only_looks_like_a_banned_call_is_quiet(self):
        self.quiet("words", {"daemon/state/a.cc": "A(const A&) = delete;\nstatic_assert(true);\nusing namespace std::literals;\nint renew = 1;\non_exit_code(renew);\n"})

    def test_a_file_that_may_is_quiet(self):
        self.quiet("words", {"daemon/base/clock.cc": "auto t = std::chrono::system_clock::now();\n"})

    def test_a_sleeping_unit_test_is_found(self):
        self.finds("words", {"tests/unit/base/a_test.cc": "std::this_thread::sleep_for(1s);\n"}, "sleep_for")

    def test_a_path_of_one_machine_is_found_in_prose_too(self):
        self.finds("words", {"README.md": "Look at\n`/home/me/fusiond`.\n"}, "README.md:2:")

    def test_a_note_to_do_it_later_is_found(self):
        self.finds("words", {"daemon/base/a.h": "// " + "TO" + "DO: the rest\n"}, "house word")

    def test_an_outside_address_is_found_and_an_example_is_not(self):
        self.finds("words", {"deploy/x.sh": "get https" + "://registry.somewhere.dev/pkg\n"}, "outside host")
        self.quiet("words", {"deploy/x.sh": "get http://127.0.0.1:8080/x https://feeds.example.org/a http://localhost/ http://$host/x\n"})

    def test_a_lock_file_may_name_home_pages_but_not_where_it_was_fetched(self):
        lines = '{\n"url": "https' + '://somewhere.dev/fund",\n"resolved": "https' + '://somewhere.dev/a.tgz"\n}\n'
        self.finds("words", {"daemon/console/web/package-lock.json": lines}, "package-lock.json:3:")

    def test_a_word_about_a_workplace_is_found(self):
        word = "".join(map(chr, (99, 108, 97, 117, 100, 101)))
        self.finds("words", {"README.md": f"Written by {word}.\n"}, "workplace")

    def test_a_rule_without_advice_is_refused(self):
        with self.assertRaises(ValueError):
            words.read_rules("[daemon]\nfoo\n")


class Sizes(CheckTest):
    def test_a_long_source_file_is_found(self):
        self.finds("sizes", {"daemon/base/a.cc": "int x;\n" * 601}, "601 lines, at most 600")

    def test_a_long_header_is_found(self):
        self.finds("sizes", {"daemon/base/a.h": "int x;\n" * 251}, "251 lines, at most 250")

    def test_a_long_function_is_found_where_it_starts(self):
        text = "namespace a {\nvoid f(int x,\n       int y) {\n" + "  g();\n" * 71 + "}\n}\n"
        self.finds("sizes", {"daemon/base/a.cc": text}, "daemon/base/a.cc:3:", "71 lines")

    def test_a_long_class_or_namespace_is_quiet(self):
        body = "  void f() { g(); }\n" * 80
        self.quiet("sizes", {"daemon/base/a.h": f"namespace a {{\nclass B : public C<int()> {{\n{body}}};\n}}\n"})

    def test_a_name_that_says_nothing_is_found(self):
        self.finds("sizes", {"daemon/base/utils.h": "\n"}, "says nothing")

    def test_a_file_name_in_capitals_is_found(self):
        self.finds("sizes", {"daemon/base/MyFile.h": "\n"}, "snake_case")


class Paths(CheckTest):
    def test_a_journey_to_nowhere_is_found(self):
        files = {"daemon/route/a.h": "#pragma once\n// Journey: route/b.cc -> here -> fusion/gone.cc\n", "daemon/route/b.cc": ""}
        self.finds("paths", files, "daemon/route/a.h:2:", "fusion/gone.cc")

    def test_a_journey_that_goes_on_in_the_next_line_is_followed(self):
        files = {"daemon/route/a.h": "// Journey: route/b.cc -> here\n//   -> fusion/gone.cc\n", "daemon/route/b.cc": ""}
        self.finds("paths", files, "fusion/gone.cc")

    def test_a_placeholder_in_a_journey_is_quiet(self):
        self.quiet("paths", {"daemon/a/x.h": "// Journey: plugins/<kind>/parse.cc -> here\n", "plugins/camera/parse.cc": ""})

    def test_a_path_in_prose_that_does_not_exist_is_found(self):
        self.finds("paths", {"README.md": "See `daemon/gone/x.cc` and `deploy/`.\n", "deploy/x": ""}, "README.md:1:", "daemon/gone/x.cc")


class Built(CheckTest):
    def test_a_source_file_that_no_list_names_is_found(self):
        files = {"daemon/base/a.cc": "", "daemon/base/b.cc": "", "daemon/base/CMakeLists.txt": "fusiond_library(base SOURCES a.cc)\n"}
        self.finds("built", files, "daemon/base/b.cc:1:")

    def test_a_source_file_that_is_named_but_not_compiled_is_found(self):
        files = {"daemon/base/a.cc": "", "daemon/base/CMakeLists.txt": "if(NEVER)\nfusiond_library(base SOURCES a.cc)\nendif()\n",
                 "build/compile_commands.json": json.dumps([])}
        self.finds("built", files, "no target compiles it", build="build")

    def test_a_compiled_source_file_is_quiet(self):
        with Tree({"daemon/base/a.cc": "", "daemon/base/CMakeLists.txt": "x(a.cc)\n"}) as tree:
            command = [{"directory": str(tree.root), "file": "daemon/base/a.cc"}]
            (tree.root / "build").mkdir()
            (tree.root / "build/compile_commands.json").write_text(json.dumps(command))
            self.assertEqual(tidy.run("built", House(tree.root), DATA, tree.root / "build"), [])

    def test_a_script_test_that_nobody_runs_is_found(self):
        self.finds("built", {"tests/system/boot_test.py": "", "tests/system/CMakeLists.txt": ""}, "nobody runs")

    def test_a_test_program_that_no_test_starts_is_found(self):
        lists = "add_executable(lonely a.cc)\n"
        self.finds("built", {"tests/unit/x/a.cc": "", "tests/unit/x/CMakeLists.txt": lists}, "lonely")

    def test_a_test_program_that_a_test_starts_is_quiet(self):
        lists = "add_executable(busy a.cc)\nadd_test(NAME busy COMMAND busy)\n"
        self.quiet("built", {"tests/unit/x/a.cc": "", "tests/unit/x/CMakeLists.txt": lists})


class Readmes(CheckTest):
    def test_a_folder_without_a_readme_is_found(self):
        self.finds("readmes", {"README.md": "", "daemon/README.md": "", "daemon/base/a.h": ""}, "daemon/base/README.md", "missing")

    def test_a_readme_of_two_pages_is_found(self):
        files = {"README.md": "", "daemon/README.md": "", "daemon/base/README.md": "line\n" * 81}
        self.finds("readmes", files, "daemon/base/README.md:81:")

    def test_folders_with_short_readmes_are_quiet(self):
        self.quiet("readmes", {"README.md": "", "daemon/README.md": "", "daemon/base/README.md": "a\n", "daemon/base/a.h": ""})


class Exceptions(CheckTest):
    bad = {"daemon/base/a.cc": "int x;\n" * 601}

    def test_an_exception_silences_its_finding_and_no_other(self):
        self.assertEqual(self.findings("sizes", self.bad, exceptions=[("sizes", "daemon/base/a.cc", "601 lines")]), [])
        self.assertEqual(len(self.findings("sizes", self.bad, exceptions=[("sizes", "daemon/base/b.cc", "601 lines")])), 2)

    def test_an_exception_that_nothing_needs_is_found(self):
        found = self.findings("sizes", {}, exceptions=[("sizes", "daemon/base/a.cc", "601 lines")])
        self.assertIn("not needed any more", found[0])

    def test_an_exception_without_a_reason_is_refused(self):
        with self.assertRaises(ValueError):
            tidy.read_exceptions("sizes a.cc 601 lines\n")


if __name__ == "__main__":
    unittest.main()
