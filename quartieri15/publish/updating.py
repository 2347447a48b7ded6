"""Fresh data in one call: fetch, build, show what changes, and only then replace."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from quartieri15.analysis.edition_changes import EditionChanges, edition_changes
from quartieri15.arguments import require_flag, require_path, require_text, several, shown
from quartieri15.editions import gathering, inputs, milano, updating
from quartieri15.editions.known_raw_files import known_files, known_folder
from quartieri15.errors import OutputError, ParameterError, Quartieri15Error
from quartieri15.interrupts import tidying_up
from quartieri15.plain_json import plain_json
from quartieri15.progress import saying
from quartieri15.sources import portal as portals
from quartieri15.sources.cache import Cache
from quartieri15.sources.downloading import Downloader
from quartieri15.sources.manners import Manners
from quartieri15.sources.osm import extracts
from quartieri15.sources.web_addresses import require_host
from quartieri15.writing import replacing_folder, take_along

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from quartieri15.progress import Say


@dataclass(frozen=True, kw_only=True)
class Update:
    """What an update has found and done.

    Parameters
    ----------
    folder
        Where the edition stands, or would stand.
    inputs
        ``name, file, state, vintage, origin, remark``: a row per file that can be fetched. The
        state is ``new``, ``unchanged`` or ``kept`` (not fetched).
    changes
        What a newer edition changes; None where no file is new.
    replaced
        Whether the newer edition is in place now.
    former
        Where the one before it is kept; None where nothing was replaced, or nothing was there.
    """

    folder: Path
    inputs: pd.DataFrame
    changes: EditionChanges | None
    replaced: bool = False
    former: Path | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, fit for JSON."""
        return {
            "folder": str(self.folder),
            "replaced": self.replaced,
            "former": None if self.former is None else str(self.former),
            "inputs": plain_json(self.inputs.to_dict("records")),
            "changes": None if self.changes is None else self.changes.to_dict(),
        }


def update(
    city: str = "milano",
    *,
    sources: str | Path | None = None,
    out: str | Path | None = None,
    streets: str | Path = inputs.OVERPASS,
    keep: str | Iterable[str] = (),
    datasets: Mapping[str, str] | None = None,
    confirm: Callable[[Update], bool] | None = None,
    offline: bool = False,
    hosts: str | Iterable[str] = (),
    cache: str | Path | None = None,
    portal: str = portals.MILANO,
    overpass: str = extracts.OVERPASS,
    manners: Manners | None = None,
    progress: Say | None = None,
) -> Update:
    """Make the edition of a city anew from what its publishers give out now.

    The zones, civic numbers, figures per zone, bike lanes and cool spaces come from the Comune's
    open-data portal, the streets from OpenStreetMap. All other raw files, such as the census of
    2011, are those of the last edition. The newer edition is built beside, compared with the one
    in use, and takes its place only if ``confirm`` says so; the former one is kept beside it
    (:func:`~quartieri15.editions.updating.go_back`). Whatever goes wrong before that, the edition
    in use is as it was.

    Parameters
    ----------
    city
        A city that the library has a recipe for.
    sources
        The folder of raw files the edition was built from; those that are fetched need not be
        there. It is needed once; after that they are in the cache.
    out
        The folder of the edition; that of the city if left out. Name one where the library is
        installed read-only, and load it with ``quartieri15.load(out)``.
    streets
        ``"overpass"``, an OpenStreetMap file, or the https address of one (``.osm.pbf``).
    keep
        What not to fetch: ``nil``, ``municipi``, ``civic_numbers``, ``ages``, ``foreign``,
        ``households``, ``bike_lanes``, ``cool_spaces``, ``streets``.
    datasets
        By one of these names, a dataset of the portal to take instead of the known one.
    confirm
        Asked with what changes; the edition is replaced if it answers True. Without it nothing is
        replaced.
    offline
        Take what is in the cache, and ask nobody.
    hosts
        Hosts that files may come from besides those that are asked, such as the store to which a
        portal redirects.
    cache
        The folder of fetched files; that of the operating system if left out, or what
        ``QUARTIERI15_CACHE`` names.
    portal, overpass
        Their addresses.
    manners
        How patient and polite to be.
    progress
        Called with a sentence at the start of every step.

    Returns
    -------
    Update

    Raises
    ------
    UnknownNameError
        If there is no recipe for the city, or a name in ``keep`` or ``datasets`` is none.
    MissingFileError
        If raw files are neither fetched nor known: all of them, each with what it is and by whom.
    DownloadError
        If a file does not come, or something else comes in its place.
    InputError
        If the columns of a file have changed, or what is in it cannot be true.
    OutputError
        If the edition or the cache cannot be written, or another run uses the cache.
    ParameterError
        If an argument makes no sense, or two contradict each other.

    Examples
    --------
    >>> update("milano", keep="trees")
    Traceback (most recent call last):
    ...
    quartieri15.errors.UnknownNameError: keep: unknown input 'trees'. Mend: did you mean streets?
    """
    request = _Request.checked(
        city,
        sources=sources,
        out=out,
        streets=streets,
        keep=keep,
        datasets=datasets,
        offline=offline,
        hosts=hosts,
        cache=cache,
        portal=portal,
        overpass=overpass,
        manners=manners,
    )
    if confirm is not None and not callable(confirm):
        raise ParameterError(
            f"confirm is {shown(confirm)}", where="confirm", mend="give a function of an Update"
        )
    store, in_use = request.cache, request.in_use
    with ExitStack() as stack:
        stack.enter_context(tidying_up())
        with saying(progress, city) as announce:
            stack.enter_context(store.locked(progress=announce))
            shop = stack.enter_context(_workshop(store))
            raw, new = shop / "raw", shop / "new"
            raw.mkdir()
            downloader = Downloader(
                store,
                manners=request.manners,
                offline=offline,
                hosts=request.hosts,
                progress=announce,
            )
            rows = gathering.gather(raw, in_use, request.wanted, downloader)
            table = pd.DataFrame([asdict(row) for row in rows])
            found = Update(folder=request.folder, inputs=table, changes=None)
            if not (table["state"] == "new").any():
                return found
            updating.build_newer(raw, new, in_use, progress=announce)
            announce("comparing with the edition in use")
            changes = edition_changes(milano.load(in_use), milano.load(new))
            found = replace(found, changes=changes)
        # Nothing moves on the terminal while somebody is asked.
        if confirm is None or confirm(found) is not True:
            return found
        # First, so that a run that ends between the two is gone on with by the next.
        with replacing_folder(known_folder(store)) as kept:
            take_along(raw.iterdir(), kept)
        former = updating.put_in_place(new, request.folder, along=in_use)
        return replace(found, replaced=True, former=former)


def require_possible(city: str, **given: Any) -> None:
    """Refuse what :func:`update` would refuse before it asks anybody for anything.

    Parameters
    ----------
    city
        As for :func:`update`.
    **given
        Its parameters, without ``confirm`` and ``progress``.

    Raises
    ------
    UnknownNameError, MissingFileError, InputError, OutputError, ParameterError
        As for :func:`update`.
    """
    _Request.checked(city, **given)


@dataclass(frozen=True, kw_only=True)
class _Request:
    """What an update is asked for, once it makes sense."""

    wanted: inputs.Wanted
    hosts: list[str]
    manners: Manners | None
    cache: Cache
    in_use: Path
    folder: Path

    @classmethod
    def checked(
        cls,
        city: str,
        *,
        sources: str | Path | None,
        out: str | Path | None,
        streets: str | Path,
        keep: str | Iterable[str],
        datasets: Mapping[str, str] | None,
        offline: bool,
        hosts: str | Iterable[str],
        cache: str | Path | None,
        portal: str = portals.MILANO,
        overpass: str = extracts.OVERPASS,
        manners: Manners | None = None,
    ) -> _Request:
        """Refuse what makes no sense, contradicts, or is not there."""
        require_text(city, where="city")
        updating.require_updatable(city)
        require_flag(offline, where="offline")
        if manners is not None and not isinstance(manners, Manners):
            raise ParameterError(
                f"manners is {shown(manners)}", where="manners", mend="give a Manners"
            )
        # An address is no path: two slashes would become one.
        require_path(streets, where="streets")
        store = Cache(cache)
        wanted = inputs.Wanted(
            sources=None if sources is None else require_path(sources, where="sources"),
            streets=os.fspath(streets),
            keep=frozenset(_texts(keep, where="keep")),
            datasets=_by_name(datasets),
            portal=portal,
            overpass=overpass,
        )
        wanted.check()
        allowed = [require_host(host, where="hosts") for host in _texts(hosts, where="hosts")]
        in_use, folder = updating.target_of(city, out)
        known_files(in_use, wanted, store)
        return cls(
            wanted=wanted, hosts=allowed, manners=manners, cache=store, in_use=in_use, folder=folder
        )


@contextmanager
def _workshop(cache: Cache) -> Iterator[Path]:
    """Give an empty folder, and take away what a run that was killed has left there.

    Raises
    ------
    OutputError
        If something cannot be written in the cache: the disk is full, or a file grows too large.
    """
    folder = cache.folder / "work"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
        yield folder
    except Quartieri15Error:
        raise
    except BrokenPipeError:
        # Whoever reads what is shown has read enough.
        raise
    except OSError as error:
        raise OutputError(
            f"cannot be written ({error.strerror or error})",
            where=str(error.filename or cache.folder),
            mend="free some space, or name another folder with --cache; the edition in use is as "
            "it was",
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _texts(given: object, *, where: str) -> list[str]:
    texts = several(given)
    for text in texts:
        require_text(text, where=where)
    return texts


def _by_name(datasets: Mapping[str, str] | None) -> dict[str, str]:
    try:
        told = dict(datasets or {})
    except (TypeError, ValueError):
        raise ParameterError(
            f"datasets is {shown(datasets)}",
            where="datasets",
            mend="give a mapping such as {'ages': 'ds1234'}",
        ) from None
    for text in (*told, *told.values()):
        require_text(text, where="datasets")
    return told
