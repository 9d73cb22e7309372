"""Run a command that ends with whoever started it: killed as soon as standard input is closed.

Started with its own name as a script, in a process group of its own, with nothing but the standard library:

    python -I -S leash.py COMMAND ...     exit status of the command, or 128 and the number of the signal that ended it
"""

import os
import signal
import subprocess
import sys
import threading


def end_with_parent() -> None:
    """Wait until the other end of standard input is gone, and take the whole group along."""
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    status = subprocess.call(sys.argv[1:], stdin=subprocess.DEVNULL)
    sys.stdout.flush()
    os._exit(status if status >= 0 else 128 - status)
