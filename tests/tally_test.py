#!/usr/bin/env python3
"""The tally counts cases as their runners do, and is not fooled by a program that says it went well."""

import contextlib
import io
import os
import sys
import tempfile
import unittest
from unittest import mock

import tally
from tally import Count, count_cases

CATCH2_GOOD = "x\n===\nAll tests passed (31 assertions in 12 test cases)\n"
CATCH2_BAD = "===\ntest cases: 12 | 10 passed | 2 failed\nassertions: 31 | 29 passed | 2 failed\n"


class Counting(unittest.TestCase):
    def test_catch2_is_counted_by_test_case(self):
        self.assertEqual(count_cases("run", CATCH2_GOOD)[0], Count(12, 0, 0))
        self.assertEqual(count_cases("fail", CATCH2_BAD)[0], Count(10, 2, 0))

    def test_unittest_is_counted_by_test(self):
        good = "....\n-----\nRan 4 tests in 0.012s\n\nOK\n"
        bad = "..\nRan 9 tests in 0.012s\n\nFAILED (failures=2, errors=1, skipped=1)\n"
        self.assertEqual(count_cases("run", good)[0], Count(4, 0, 0))
        self.assertEqual(count_cases("fail", bad)[0], Count(5, 3, 1))

    def test_playwright_and_the_plain_line_are_counted(self):
        self.assertEqual(count_cases("fail", "  1 failed\n    [a] b\n  3 passed (4.1s)\n")[0], Count(3, 1, 0))
        self.assertEqual(count_cases("run", "ok 1\n7 passed, 0 failed\n")[0], Count(7, 0, 0))
        self.assertEqual(count_cases("run", "page: 7 passed, 0 failed, 2 skipped\n")[0], Count(7, 0, 2))

    def test_the_runners_of_the_page_are_counted(self):
        for sign in ("#", "\u2139"):
            text = f"{sign} tests 9\n{sign} pass 7\n{sign} fail 1\n{sign} cancelled 0\n{sign} skipped 1\n{sign} todo 0\n"
            self.assertEqual(count_cases("fail", text)[0], Count(7, 1, 1))
        text = " Test Files  1 failed | 3 passed (4)\n      Tests  2 failed | 40 passed | 1 skipped (43)\n"
        self.assertEqual(count_cases("fail", text)[0], Count(40, 2, 1))
        self.assertEqual(count_cases("run", " Test Files  4 passed (4)\n      Tests  41 passed (41)\n")[0], Count(41, 0, 0))

    def test_a_program_without_a_closing_line_is_one_case(self):
        self.assertEqual(count_cases("run", "fine\n")[0], Count(1, 0, 0))
        self.assertEqual(count_cases("fail", "")[0], Count(0, 1, 0))

    def test_a_program_that_ran_nothing_has_failed(self):
        self.assertEqual(count_cases("run", "===\nNo tests ran\n"), (Count(0, 1, 0), "ran no test"))
        self.assertEqual(count_cases("run", "Ran 0 tests in 0.000s\n\nOK\n"), (Count(0, 1, 0), "ran no test"))

    def test_a_crash_after_a_good_closing_line_has_failed(self):
        self.assertEqual(count_cases("fail", CATCH2_GOOD), (Count(12, 1, 0), "ended badly"))

    def test_a_failed_case_counts_even_if_the_program_ended_well(self):
        self.assertEqual(count_cases("run", CATCH2_BAD)[0], Count(10, 2, 0))

    def test_a_program_that_is_missing_has_failed_and_a_skipped_one_has_not(self):
        self.assertEqual(count_cases("notrun", "", "Unable to find executable")[0], Count(0, 1, 0))
        self.assertEqual(count_cases("notrun", "", "SKIP_RETURN_CODE=77")[0], Count(0, 0, 1))


class Closing(unittest.TestCase):
    def close(self, *results):
        files = []
        for text in results:
            with tempfile.NamedTemporaryFile("w", suffix=".xml", delete=False) as file:
                file.write(text)
            self.addCleanup(os.unlink, file.name)
            files.append(file.name)
        out = io.StringIO()
        with mock.patch.object(sys, "argv", ["tally.py", *files]), contextlib.redirect_stdout(out):
            code = tally.main()
        return code, out.getvalue().splitlines()[-1]

    def test_the_closing_line_is_the_sum_over_all_results(self):
        one = f'<testsuite><testcase name="a" status="run"><system-out>{CATCH2_GOOD}</system-out></testcase></testsuite>'
        two = f'<testsuite><testcase name="b" status="fail"><system-out>{CATCH2_BAD}</system-out></testcase></testsuite>'
        self.assertEqual(self.close(one), (0, "12 passed, 0 failed"))
        self.assertEqual(self.close(one, two), (1, "22 passed, 2 failed"))

    def test_no_results_and_broken_results_end_badly(self):
        self.assertEqual(self.close(), (1, "0 passed, 0 failed"))
        self.assertEqual(self.close("<testsuite>"), (1, "0 passed, 1 failed"))


if __name__ == "__main__":
    unittest.main()
