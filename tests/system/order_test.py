"""The same reports in fifty orders: the incidents equal F, the slow batch function, byte for byte. On a night of real calls."""
import os
import random
import subprocess
import unittest

import harness
import oakland
import stage
from configs import recorded_config

NIGHT = ("2023-06-18T18:00:00", "2023-06-19T06:00:00")
ORDERS = os.environ.get("FUSIOND_ORDERS", "50")
SEED = os.environ.get("FUSIOND_SEED", str(random.SystemRandom().randrange(1 << 30)))


class Order(unittest.TestCase):
    def test_fifty_orders_of_a_night_give_what_the_batch_function_gives(self):
        folder = harness.temp_folder("order")
        self.addCleanup(harness.drop_folder, folder)
        counts = stage.record(oakland.deliveries(*NIGHT), folder / "feeds")
        daemon = harness.Daemon(folder / "run", recorded_config(folder, counts)).start()
        self.addCleanup(lambda: daemon.process.poll() is None and daemon.kill())
        harness.wait_until_done(daemon, sum(counts.values()), 60)
        daemon.stop()
        done = subprocess.run([harness.BUILD / "bin" / "order_check", "--config", daemon.config, "--orders", ORDERS, "--seed", SEED], capture_output=True, text=True)
        print("\n" + done.stdout + done.stderr, flush=True)
        self.assertEqual(done.returncode, 0, f"replay with FUSIOND_SEED={SEED}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
