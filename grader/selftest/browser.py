"""A real browser without a window, for tests of pages: Chromium, by its own debugging protocol.

The protocol's messages, JSON with a zero byte after each, go through a pair of pipes, so there is
no port to find and no network. A page gets the width, the colour scheme and the input of a test.

Source: Chrome DevTools Protocol, https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Dict, List, Optional, Type

#: Chromium's names, the first that is there is used.
NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-extensions"),
    *("--no-default-browser-check", "--hide-scrollbars", "--force-device-scale-factor=1"),
]
#: Seconds to wait for an answer, on a computer that does much else.
PATIENCE = 100.0

#: The least contrast of any text on the page with what is behind it, and that text.
LEAST_CONTRAST = """(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => numbers(colour).slice(0, 3).map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if ((numbers(colour)[3] ?? 1) === 1) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  let least = [99, ""];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility?.()) continue;
    if (element.closest("script, svg, option")) continue;
    const [low, high] = [light(getComputedStyle(element).color), light(ground(element))]
      .sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < least[0]) least = [ratio, texts.currentNode.data];
  }
  return least;
})()"""


def find_browser() -> Optional[str]:
    """The path of Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def dump_dom(page: Path, folder: Path, width: int) -> str:
    """The page as HTML after its script has run, in a browser of its own."""
    browser = find_browser()
    assert browser is not None
    done = subprocess.run(
        [
            *(browser, *OPTIONS, f"--user-data-dir={folder}", f"--window-size={width},900"),
            *("--virtual-time-budget=2000", "--dump-dom", page.resolve().as_uri()),
        ],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE, check=True,
    )  # fmt: skip
    return done.stdout.decode("utf-8")


class Browser:
    """A running Chromium with one page; leaving its `with` block ends it."""

    def __init__(self, folder: Path) -> None:
        path = find_browser()
        assert path is not None
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        self._process = subprocess.Popen(
            [path, *OPTIONS, f"--user-data-dir={folder}", "--remote-debugging-pipe", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=lambda: _as_three_and_four(to_read, to_write),
        )
        os.close(to_read)
        os.close(to_write)
        self._received = b""
        self._last = 0
        self._session = ""
        #: What the page's scripts did wrong.
        self.errors: List[str] = []
        #: Every address that was asked for.
        self.requests: List[str] = []
        self._attach()

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        try:
            if kind is None:
                self.call("Browser.close", session=False)
                self._process.wait(timeout=10)
        except (subprocess.TimeoutExpired, OSError, RuntimeError):
            pass
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._to)
        os.close(self._from)

    def _attach(self) -> None:
        targets = self.call("Target.getTargets", session=False)["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        attached = self.call(
            "Target.attachToTarget", session=False, targetId=page["targetId"], flatten=True
        )
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, session: bool = True, **parameters: Any) -> Dict[str, Any]:
        """Send one command and wait for its result."""
        self._last += 1
        message: Dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._last:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return dict(answer["result"])
            self._notice(answer)

    def _receive(self) -> Dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self._received:
            if not select.select([self._from], [], [], max(deadline - time.monotonic(), 0))[0]:
                raise RuntimeError("the browser does not answer")
            data = os.read(self._from, 1 << 20)
            if not data:
                raise RuntimeError("the browser has ended")
            self._received += data
        message, _, self._received = self._received.partition(b"\0")
        return dict(json.loads(message))

    def _notice(self, event: Dict[str, Any]) -> None:
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(parameters["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def open(self, page: Path, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Load a page and wait until its script has drawn it."""
        self.resize(width, height)
        scheme = "dark" if dark else "light"
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=features)
        self.call("Page.navigate", url=page.resolve().as_uri())
        deadline = time.monotonic() + PATIENCE
        while self.evaluate("document.documentElement?.dataset.ready") != "yes":
            if self.errors or time.monotonic() > deadline:
                raise RuntimeError(f"{page} was not drawn: {self.errors}")
            time.sleep(0.02)
        self.settle()

    def show(self, file: Path) -> None:
        """Load a file that has no script, such as a picture, and wait until it is drawn."""
        self.call("Page.navigate", url=file.resolve().as_uri())
        deadline = time.monotonic() + PATIENCE
        loaded = "location.protocol + document.readyState"
        while self.evaluate(loaded) != "file:complete":
            if self.errors or time.monotonic() > deadline:
                raise RuntimeError(f"{file} was not drawn: {self.errors}")
            time.sleep(0.02)
        self.settle()

    def look_at(self, file: Path, width: int, dark: bool = False) -> None:
        """Load a file at a width and in a colour scheme; what was asked for before is forgotten."""
        self.requests.clear()
        self.resize(width, 900)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.show(file)

    def resize(self, width: int, height: int) -> None:
        """Give the page another size."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        self.call("Emulation.setTouchEmulationEnabled", enabled=width < 600)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page."""
        result = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in result:
            raise RuntimeError(str(result["exceptionDetails"]))
        return result["result"].get("value")

    def settle(self) -> None:
        """Wait until what was asked for is on the screen: two frames."""
        frames = "new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))"
        self.evaluate(frames + ".then(() => 1)")

    def text(self, selector: str) -> str:
        """The text of an element."""
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)}).textContent"))

    def key(self, name: str, shift: bool = False) -> None:
        """Press a key and let it go."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name, modifiers=8 if shift else 0)
        self.settle()

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """One event of the mouse: mouseMoved, mousePressed, mouseReleased, mouseWheel."""
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)
        self.settle()

    def click(self, x: float, y: float) -> None:
        """Press and release the button."""
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y, button="left", buttons=1, clickCount=1)
        self.mouse("mouseReleased", x, y, button="left", clickCount=1)

    def touch(self, kind: str, *points: "tuple[float, float]") -> None:
        """One event of fingers: touchStart, touchMove, touchEnd."""
        fingers = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]
        self.call("Input.dispatchTouchEvent", type=kind, touchPoints=fingers)
        self.settle()

    def screenshot(self, path: Path, whole: bool = False) -> None:
        """What is on the screen as a PNG file; with `whole`, what is below it as well."""
        taken = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(taken["data"]))


def _as_three_and_four(to_read: int, to_write: int) -> None:
    """Where the browser expects its pipes. Runs in the new process."""
    high_read, high_write = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_read, to_write))
    os.dup2(high_read, 3)
    os.dup2(high_write, 4)
