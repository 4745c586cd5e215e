"""The members of a decoded JSON object, each checked and cleaned when it is asked for."""

from __future__ import annotations

import math
from typing import Any, Callable, List, Mapping, NoReturn, Tuple, TypeVar

from cairn_grader.errors import GraderError
from cairn_grader.text import VALUE_LIMIT, clean

#: Most entries of a list of texts that are taken.
LIST_LIMIT = 100

Value = TypeVar("Value")


def _one_line(text: str, limit: int) -> str:
    """A clean line; of a text that is too long, no more is looked at than is shown."""
    return clean(text[: limit + 1], limit)


class Members:
    """The members of a JSON object, each checked when it is asked for."""

    def __init__(self, members: Any, place: str) -> None:
        if not isinstance(members, dict):
            raise GraderError(f"this is not a result of grader/grade: '{place}' is no object")
        self._members: Mapping[str, Any] = members
        self._place = place

    def _wrong(self, name: str, wanted: str) -> NoReturn:
        place = f"{self._place}.{name}" if self._place else name
        raise GraderError(f"this is not a result of grader/grade: '{place}' is not {wanted}")

    def text(self, name: str, limit: int = VALUE_LIMIT, optional: bool = False) -> str:
        """One clean line; an optional one may be missing or null."""
        value = self._members.get(name)
        if value is None and optional:
            return ""
        if not isinstance(value, str):
            self._wrong(name, "a text")
        return _one_line(value, limit)

    def number(self, name: str) -> float:
        """A finite number that is not negative; an int where it is whole."""
        value = self._members.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._wrong(name, "a number")
        if not 0 <= value < 1 << 53 or not math.isfinite(value):
            self._wrong(name, "a number from 0 on")
        return int(value) if value == int(value) else round(value, 3)

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._members.get(name)
        if not isinstance(value, bool):
            self._wrong(name, "true or false")
        return value

    def items(self, name: str, optional: bool = False) -> List[Any]:
        """A list; an optional one may be missing or null."""
        value = self._members.get(name)
        if value is None and optional:
            return []
        if not isinstance(value, list):
            self._wrong(name, "a list")
        return value

    def texts(
        self, name: str, limit: int = LIST_LIMIT, optional: bool = False
    ) -> Tuple[str, ...]:
        """A list of texts, each one clean line; no more than the first `limit` of them."""
        values = self.items(name, optional)
        if not all(isinstance(value, str) for value in values):
            self._wrong(name, "a list of texts")
        return tuple(_one_line(value, VALUE_LIMIT) for value in values[:limit])

    def inner(self, name: str, optional: bool = False) -> "Members":
        """An object within this one; an optional one may be missing or null."""
        value = self._members.get(name)
        place = f"{self._place}.{name}" if self._place else name
        return Members({} if value is None and optional else value, place)

    def each(
        self, name: str, read_one: "Callable[[Members], Value]", optional: bool = False
    ) -> Tuple[Value, ...]:
        """The objects of a list, read by a function."""
        place = f"{self._place}.{name}" if self._place else name
        values = self.items(name, optional)
        return tuple(read_one(Members(v, f"{place}[{i}]")) for i, v in enumerate(values))

    def names(self) -> List[str]:
        """The names of all members."""
        return sorted(self._members)
