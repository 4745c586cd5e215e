"""Say whether a machine waits for GDB: prints ready, busy (it serves another GDB) or absent.

usage: probe.py SOCKET|HOST:PORT
"""

from __future__ import annotations

import os
import socket
import sys

#: A question of GDB's remote protocol that every machine answers.
QUESTION = b"$qAttached#8f"
#: Seconds to wait for an answer; a machine that serves another GDB never gives one.
PATIENCE = 2.0


def connect(target: str) -> socket.socket:
    """Connect to a unix socket, however long its path, or to HOST:PORT."""
    host, colon, port = target.rpartition(":")
    if colon and port.isdigit():
        return socket.create_connection((host, int(port)), PATIENCE)
    folder = os.open(os.path.dirname(target) or ".", os.O_RDONLY)
    try:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        name = os.path.basename(target)
        connection.connect(f"/proc/self/fd/{folder}/{name}" if len(target) > 100 else target)
        return connection
    finally:
        os.close(folder)


def probe(target: str) -> str:
    """What is at the target."""
    try:
        with connect(target) as connection:
            connection.sendall(QUESTION)
            answer = connection.recv(100)
            connection.sendall(b"+")
            return "ready" if answer else "absent"
    except socket.timeout:
        return "busy"
    except OSError:
        return "absent"


if __name__ == "__main__":
    print(probe(sys.argv[1]))
