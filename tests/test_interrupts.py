"""Who is asked to end ends: also where what is raised is lost on its way."""

import signal
import subprocess
import sys

import pytest

ASKED_WITHIN_A_FINALIZER = """
import os, sys
from quartieri15.interrupts import end_at_once, tidying_up

class Held:
    def __del__(self):
        os.kill(os.getpid(), int(sys.argv[1]))
        "".join(map(str, range(100)))

end_at_once()
try:
    with tidying_up():
        held = Held()
        del held
        print("went on")
    print("was never asked")
except KeyboardInterrupt as asked:
    print(type(asked).__name__)
"""


@pytest.mark.parametrize(
    ("number", "raised"), [(signal.SIGINT, "KeyboardInterrupt"), (signal.SIGTERM, "Terminated")]
)
def test_a_request_that_a_finalizer_swallows_is_heard_at_the_end(
    number: signal.Signals, raised: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", ASKED_WITHIN_A_FINALIZER, str(int(number))],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.split("\n") == ["went on", raised, ""]
    assert "Exception ignored in" in ended.stderr
