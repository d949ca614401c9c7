#!/usr/bin/env python3
"""The steps of deploy/steps.sh: they say how it went, stop at the first error, and leave nothing behind on Ctrl-C."""

import os
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class Steps(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def start(self, body):
        script = f"set -euo pipefail\nprogram=trial\nlogs={self.folder}\n. deploy/steps.sh\nend_steps_on_signals\n{body}\n"
        return subprocess.Popen(["bash", "-c", script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                start_new_session=True)

    def run_to_end(self, body):
        process = self.start(body)
        out, err = process.communicate(timeout=30)
        return process.returncode, out, err

    def test_a_step_says_its_name_and_its_seconds(self):
        code, out, _ = self.run_to_end('step "first thing" true')
        self.assertEqual(code, 0)
        self.assertRegex(out, r"^trial: first thing: done \(\d+ s\)\n$")

    def test_a_failed_step_names_itself_its_log_and_how_the_log_ends(self):
        code, _, err = self.run_to_end('bad() { echo the reason; return 3; }\nstep "second thing" bad\necho never')
        self.assertEqual(code, 1)
        self.assertIn("FAILED", err)
        self.assertIn("second thing (exit code 3)", err)
        self.assertIn(f"log: {self.folder}/second-thing.log", err)
        self.assertIn("  | the reason", err)

    def test_nothing_runs_after_an_error_inside_a_step(self):
        code, _, _ = self.run_to_end(f'bad() {{ false; touch {self.folder}/went-on; }}\nstep "x" bad')
        self.assertEqual(code, 1)
        self.assertFalse((self.folder / "went-on").exists())

    def test_a_step_that_is_tried_may_fail_and_the_script_goes_on(self):
        code, out, _ = self.run_to_end('try_step "x" false\necho "code $step_code"')
        self.assertEqual((code, out), (0, "code 1\n"))

    def test_an_interrupt_ends_the_step_with_its_children(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(number):
                pid_file = self.folder / f"pid-{code}"
                process = self.start(f'long() {{ sleep 300 & echo $! >{pid_file}; wait; }}\nstep "long" long')
                self.addCleanup(process.kill)
                deadline = time.monotonic() + 20
                while not (pid_file.exists() and pid_file.read_text().strip()) and time.monotonic() < deadline:
                    time.sleep(0.05)
                process.send_signal(number)
                _, err = process.communicate(timeout=30)
                self.assertEqual(process.returncode, code)
                self.assertIn("run it again", err)
                with self.assertRaises(ProcessLookupError):
                    os.kill(int(pid_file.read_text()), 0)


if __name__ == "__main__":
    unittest.main()
