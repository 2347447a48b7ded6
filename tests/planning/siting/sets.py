"""Random covering problems, and the plainest way to solve them: try every set of sites."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from quartieri15.planning.siting.cover import CoverInstance


@dataclass(frozen=True)
class Question:
    """A small instance and what is asked of it."""

    weight: list[float]
    covers: list[list[int]]
    n: int | None
    asked: dict[str, Any] = field(default_factory=dict)

    @property
    def instance(self) -> CoverInstance:
        return CoverInstance.of(self.weight, self.covers)

    def covered(self, chosen: tuple[int, ...]) -> float:
        rows = sorted({row for i in chosen for row in self.covers[i]})
        return math.fsum(self.weight[row] for row in rows)

    def admissible(self) -> list[tuple[int, ...]]:
        """All sets of sites that satisfy the conditions."""
        must, barred = set(self.asked.get("mandatory", ())), set(self.asked.get("forbidden", ()))
        costs, budget = self.asked.get("costs"), self.asked.get("budget")
        most = len(self.covers) if self.n is None else self.n
        return [
            chosen
            for size in range(most + 1)
            for chosen in itertools.combinations(range(len(self.covers)), size)
            if must <= set(chosen)
            and not barred & set(chosen)
            and (costs is None or math.fsum(costs[i] for i in chosen) <= budget * (1 + 1e-9))
        ]

    def best(self) -> float:
        return max(map(self.covered, self.admissible()))


WEIGHTS = st.sampled_from([0.0, 0.1, 1.0, 1.0, 2.0, 5.0]) | st.floats(0, 10)
COSTS = st.sampled_from([0.0, 1.0, 1.0, 2.0, 3.5]) | st.floats(0, 5)


@st.composite
def questions(draw: Any) -> Question:
    """Up to nine candidates; conditions of all kinds, which always leave a choice."""
    rows, candidates = draw(st.integers(1, 14)), draw(st.integers(1, 9))
    weight = draw(st.lists(WEIGHTS, min_size=rows, max_size=rows))
    one = st.lists(st.integers(0, rows - 1), max_size=5, unique=True)
    covers = draw(st.lists(one, min_size=candidates, max_size=candidates))
    order = draw(st.permutations(range(candidates)))
    n = draw(st.integers(1, candidates))
    must = order[: draw(st.integers(0, min(2, n)))]
    barred = order[n : n + draw(st.integers(0, 2))]
    asked: dict[str, Any] = {"mandatory": must, "forbidden": barred}
    if draw(st.booleans()):
        costs = draw(st.lists(COSTS, min_size=candidates, max_size=candidates))
        allowed = [costs[i] for i in range(candidates) if i not in barred]
        least = max(min(allowed), math.fsum(costs[i] for i in must))
        asked |= {"costs": costs, "budget": least + draw(st.sampled_from([0.0, 1.0, 2.5, 6.0]))}
        n = draw(st.sampled_from([n, None]))
    return Question(weight, covers, n, asked)
