"""A process that looks: calls come in as pickles from its parent, results go back. It ends when its parent does."""

from __future__ import annotations

import ctypes
import gc
import os
import pickle
import signal
import sys


def main() -> None:
    parent = int(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: also after kill -9
    if os.getppid() != parent:
        return  # it died before we could ask to be told
    calls, results = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever prints must not come between
    while True:
        try:
            work, about = pickle.load(calls)  # noqa: S301 - from our own parent
        except EOFError:
            return
        try:
            answer = True, work(*about)
        except Exception as error:
            answer = False, error
        pickle.dump(answer, results, protocol=5)
        results.flush()


if __name__ == "__main__":
    gc.set_threshold(200_000, 20, 100)
    main()
