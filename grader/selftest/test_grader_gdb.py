"""The client of GDB's remote protocol, against a stub that is made up here."""

from __future__ import annotations

import socket
import threading
import unittest
from typing import Dict, List, Optional

from cairn_grader.errors import EmulatorError
from cairn_grader.gdbstub import ConnectionClosed, GdbClient, encode_packet

ORDER = 1


class Stub(threading.Thread):
    """Answers packets from a table, and notes what it was asked."""

    def __init__(self, answers: Dict[str, List[bytes]]) -> None:
        super().__init__(daemon=True)
        self.answers = answers
        self.asked: List[str] = []
        self.confirmations = 0
        ours, self.theirs = socket.socketpair()
        self.connection = ours

    def run(self) -> None:
        """Serve until the client leaves or a packet has no answer."""
        while True:
            packet = self.read_packet()
            if packet is None:
                return
            self.asked.append(packet)
            answers = self.answers.get(packet)
            if answers is None:
                self.connection.close()
                return
            self.connection.sendall(b"+")
            for answer in answers:
                self.connection.sendall(answer)

    def read_packet(self) -> Optional[str]:
        """One packet of the client's; its confirmations are counted."""
        data = b""
        while not (b"#" in data and len(data) >= data.index(b"#") + 3):
            byte = self.connection.recv(1)
            if not byte:
                return None
            if byte == b"+" and not data:
                self.confirmations += 1
            else:
                data += byte
        return data[1 : data.index(b"#")].decode()


class Client(unittest.TestCase):
    """Each test has a stub of its own."""

    def client(self, answers: Dict[str, List[bytes]]) -> GdbClient:
        """A client connected to a stub with these answers."""
        self.stub = Stub(answers)
        self.stub.start()
        self.addCleanup(self.stub.connection.close)
        self.addCleanup(self.stub.theirs.close)
        return GdbClient(self.stub.theirs)

    def test_frame(self) -> None:
        """Frame and checksum of a packet."""
        self.assertEqual(encode_packet("OK"), b"$OK#9a")
        self.assertEqual(encode_packet(""), b"$#00")

    def test_memory_in_chunks(self) -> None:
        """A long read takes several packets; the answers are joined."""
        client = self.client(
            {
                "m1000,7f0": [encode_packet("ab" * 2032)],
                "m17f0,10": [encode_packet("cd" * 16)],
            }
        )
        self.assertEqual(client.read_physical(0x1000, 2048), b"\xab" * 2032 + b"\xcd" * 16)

    def test_memory_that_is_not_there(self) -> None:
        """An error answer is an exception that names the address."""
        client = self.client({"mff000000,4": [encode_packet("E14")]})
        with self.assertRaisesRegex(EmulatorError, "0xff000000"):
            client.read_physical(0xFF000000, 4)

    def test_split_answer(self) -> None:
        """An answer may come in any pieces."""
        pieces = [bytes([byte]) for byte in encode_packet("0a0b0c0d")]
        client = self.client({"m0,4": pieces})
        self.assertEqual(client.read_physical(0, 4), b"\x0a\x0b\x0c\x0d")

    def test_registers(self) -> None:
        """They are read from what the monitor prints, in as many packets as it likes."""
        text = (
            "EAX=00000001 EBX=00000002\r\nEIP=00101234 EFL=00000046 [---Z-P-] CPL=0\r\n"
            "CR0=80010011 CR2=00000000 CR3=00142000 CR4=00000010\r\n"
        )
        output = [encode_packet("O" + half.encode().hex()) for half in (text[:30], text[30:])]
        command = "qRcmd," + b"info registers".hex()
        client = self.client({command: output + [encode_packet("OK")]})
        registers = client.registers()
        self.assertEqual(registers["eip"], 0x101234)
        self.assertEqual(registers["eflags"], 0x46)
        self.assertEqual(registers["cr0"], 0x80010011)
        self.assertEqual(registers["cr4"], 0x10)

    def test_stops_and_end(self) -> None:
        """resume() returns the stop reply, and None when the emulator ends."""
        client = self.client({"c": [encode_packet("T05thread:01;")]})
        self.assertEqual(client.resume(), "T05thread:01;")
        self.stub.answers["c"] = [encode_packet("W01")]
        self.assertIsNone(client.resume())
        del self.stub.answers["c"]
        self.assertIsNone(client.resume())

    def test_breakpoints(self) -> None:
        """Breakpoints are set and cleared; a refusal is an exception."""
        client = self.client({"Z1,1000,1": [encode_packet("OK")], "z1,1000,1": [b"$#00"]})
        client.set_breakpoint(0x1000)
        with self.assertRaisesRegex(EmulatorError, "unsupported"):
            client.clear_breakpoint(0x1000)

    def test_damaged_packet(self) -> None:
        """A wrong checksum is an exception."""
        client = self.client({"g": [b"$00#ff"]})
        with self.assertRaisesRegex(EmulatorError, "damaged"):
            client.request("g")

    def test_closed(self) -> None:
        """An emulator that is gone is an exception of its own."""
        client = self.client({})
        with self.assertRaises((ConnectionClosed, OSError)):
            client.request("g")

    def test_handshake(self) -> None:
        """Memory is read by physical address, or not at all."""
        supported = {"qSupported": [encode_packet("PacketSize=1000")]}
        client = self.client({**supported, "Qqemu.PhyMemMode:1": [encode_packet("OK")]})
        client.handshake()
        client = self.client({**supported, "Qqemu.PhyMemMode:1": [encode_packet("")]})
        with self.assertRaisesRegex(EmulatorError, "QEMU 4.1"):
            client.handshake()


if __name__ == "__main__":
    unittest.main()
