"""Going back in time from a failure, in GDB.

QEMU records a bundle's run once more and then replays it, as often and up to whatever instruction
it is asked; a history is such a replay with states of the machine kept on the way, so that every
moment of the run is some milliseconds away. GDB talks to a server here that turns its requests,
the backward ones too, into moves within the history.

    opening.py    reads a bundle
    replayer.py   QEMU, recording or replaying
    moments.py    goes to any moment of a recorded run
    history.py    goes from one moment to the next or the last that matters
    scan.py       the first pass through a history: its end, and states on the way
    failure.py    finds the moment of the failure
    server.py     serves GDB
    session.py    all of it together, and GDB
    trial.py      tries all that out, for make doctor
    command.py    the command grader/rewind
"""
