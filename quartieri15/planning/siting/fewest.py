"""How few new places would bring a share of the people within the minutes, as a search."""

from __future__ import annotations

import dataclasses
import math
import time
from typing import TYPE_CHECKING

import numpy as np

from quartieri15.errors import InputError
from quartieri15.planning.siting.questions import Found, gains_of, instance_of, maximal, ordered
from quartieri15.planning.siting.set_covering import Cover, cover_everyone, fewest
from quartieri15.planning.siting.subset import EQUAL

if TYPE_CHECKING:
    from quartieri15.planning.siting.candidates import Candidates
    from quartieri15.planning.siting.cover import CoverInstance
    from quartieri15.planning.siting.questions import Asked
    from quartieri15.progress import Say


def for_share(asked: Asked, where: Candidates, share: float, say: Say) -> Found:
    """Find as few sites as do, and how many are needed at least.

    Raises
    ------
    InputError
        If all candidates together do not bring so many.
    """
    instance = instance_of(asked, where, say)
    gains = gains_of(instance)
    must = where.mandatory
    done = gains.best(must)
    wanted = share * instance.population - instance.covered_by_kept
    possible = instance.covered_by_kept + float(instance.weight.sum())
    if possible < share * instance.population * (1 - 1e-9):
        raise InputError(
            f"all {len(where):,} candidates together bring {possible / instance.population:.2%}"
            f" of {asked.group} within {asked.minutes:g} minutes, and {share:.2%} are asked for",
            where="share",
            mend="ask for a smaller share, give more candidates or more minutes",
        )
    more = gains.beyond(done)
    missing = wanted - math.fsum(done)
    if share >= 1:
        cover = cover_everyone(more.of_points(done <= 0), time_limit_s=asked.time_limit_s, say=say)
    else:
        begun = time.monotonic()
        cover = fewest(more, missing, time_limit_s=asked.time_limit_s / 2, say=say)
        rest_s = asked.time_limit_s - (time.monotonic() - begun)
        cover = _settled(asked, where, instance, cover, wanted, rest_s, say)
    chosen = np.concatenate([must, cover.chosen]).astype(np.int64)
    least = cover.least + len(must)
    return Found(
        chosen=ordered(gains, chosen),
        value=float(len(chosen)),
        bound=float(least),
        proven=len(chosen) <= least,
        figures={"least": least, "share": share},
        gains=gains,
    )


def _settled(  # noqa: PLR0917
    asked: Asked,
    where: Candidates,
    instance: CoverInstance,
    cover: Cover,
    wanted: float,
    time_limit_s: float,
    say: Say,
) -> Cover:
    """Ask whether one place fewer would do until that is known, or the time is over."""
    must = where.mandatory
    until = time.monotonic() + time_limit_s
    while not cover.proven and time.monotonic() < until:
        number = len(cover.chosen) + len(must) - 1
        one = dataclasses.replace(asked, gap=0.0, time_limit_s=until - time.monotonic())
        found = maximal(one, where, instance, number, say)
        if found.value >= wanted * (1 - EQUAL):
            chosen = np.setdiff1d(found.chosen, must)
            cover = dataclasses.replace(cover, chosen=chosen, least=min(cover.least, len(chosen)))
        elif found.bound < wanted * (1 - EQUAL):
            cover = dataclasses.replace(cover, least=len(cover.chosen))
        else:
            break
    return cover
