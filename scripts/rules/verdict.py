"""What becomes of a rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List


@dataclass
class Verdict:
    """What became of one rule."""

    rule: str
    figure: str
    offences: List[str] = field(default_factory=list)
