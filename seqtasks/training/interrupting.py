"""Stops a training between two steps when the user or the system asks for it."""

import signal
import threading
from contextlib import contextmanager


@contextmanager
def stop_requests():
    """Yields a function that returns whether Ctrl-C was pressed or the process was asked to end.

    A signal in the middle of a step would leave weights updated and the step uncounted, so the loop checks after each
    step. A second Ctrl-C does not wait. Outside the main thread signals are left alone.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return

    def ask(number, frame):
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
