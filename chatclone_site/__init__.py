"""The site: settings, doors in, commands. What every process needs before torch is loaded stands here."""

import os

# Threads that wait for each other sleep instead of spinning: web, workers and trainers share the cores, and a trainer whose
# threads spin is many times slower as soon as anything else runs.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
