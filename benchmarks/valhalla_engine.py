"""Valhalla, asked in a Python of its own: its wheel needs another than the library may have.

    python -I benchmarks/valhalla_engine.py FOLDER QUESTION

:class:`Engine` is the half that asks. The other half runs where Valhalla is installed and
needs nothing else: it reads ``FOLDER/QUESTION.json``, asks, and writes
``FOLDER/QUESTION.answer.json``. ``-I`` keeps this folder off the path of Python, where
``valhalla`` would be the script of that name.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ON_THE_LINE_M = 1.0
# Nothing but metres counts: no dislike of steps, alleys, drives or gates, no liking of paths.
SHORTEST = {
    "shortest": True,
    "max_hiking_difficulty": 6,
    **dict.fromkeys(("walkway_factor", "sidewalk_factor", "alley_factor", "driveway_factor"), 1),
    **dict.fromkeys(("step_penalty", "elevator_penalty", "gate_penalty", "maneuver_penalty"), 0),
    **dict.fromkeys(("service_penalty", "destination_only_penalty"), 0),
    "service_factor": 1,
}

MISSING = """\
Valhalla is not installed for {python}. It comes as a wheel for Python 3.12 and newer:

    python3.12 -m venv valhalla
    valhalla/bin/pip install pyvalhalla

Then say --python valhalla/bin/python."""


@dataclass(frozen=True)
class Engine:
    """Valhalla in its own Python, with a folder where questions and answers lie."""

    python: str
    folder: Path

    def ask(self, question: str, asked: Any) -> Any:
        """Return the answer of one of the functions below."""
        (self.folder / f"{question}.json").write_text(json.dumps(asked), encoding="utf-8")
        subprocess.run(  # noqa: S603 - this very script
            [self.python, "-I", __file__, str(self.folder), question],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        answer = self.folder / f"{question}.answer.json"
        return json.loads(answer.read_text(encoding="utf-8"))

    def require(self) -> None:
        """Stop, and say how to install it, where this Python has no Valhalla."""
        tried = subprocess.run(  # noqa: S603 - the Python the user named
            [self.python, "-I", "-c", "import valhalla; valhalla.Actor"],
            check=False,
            capture_output=True,
        )
        if tried.returncode:
            sys.exit(MISSING.format(python=self.python))


def build(folder: Path, asked: Any) -> Any:
    """Build Valhalla's tiles of an extract; tell seconds and version."""
    import valhalla

    tiles = folder / "tiles"
    tiles.mkdir()
    config = valhalla.get_config(tile_extract="", tile_dir=tiles)
    # Without these Valhalla looks for databases of borders and of time zones.
    config["mjolnir"] |= {"admin": "", "timezone": ""}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    program = valhalla.PYVALHALLA_DIR / "bin" / "valhalla_build_tiles"
    before = time.perf_counter()
    subprocess.run(  # noqa: S603 - Valhalla's own program
        [str(program), "-c", str(folder / "config.json"), asked["pbf"]],
        check=True,
        capture_output=True,
    )
    return {"seconds": time.perf_counter() - before, "version": valhalla.__version__}


def routes(folder: Path, asked: Any) -> Any:
    """Route each pair on foot by the shortest way; tell its metres and its line."""
    import valhalla

    actor = valhalla.Actor(str(folder / "config.json"))
    found = []
    for x0, y0, x1, y1 in asked:
        request = {
            # Not to the junction that is near: from the very point.
            "locations": [
                {"lon": x, "lat": y, "node_snap_tolerance": 0} for x, y in ((x0, y0), (x1, y1))
            ],
            "costing": "pedestrian",
            "costing_options": {"pedestrian": SHORTEST},
            "directions_type": "none",
        }
        try:
            trip = actor.route(request)["trip"]
        except valhalla.ValhallaError as error:
            found.append({"metres": None, "shape": "", "error": str(error)})
            continue
        metres = 1000 * trip["summary"]["length"]
        found.append({"metres": metres, "shape": trip["legs"][0]["shape"], "error": ""})
    return found


def walkable(folder: Path, asked: Any) -> Any:
    """Tell for points on ways, each with the number of its way, who may pass on foot.

    The answer is a pair: along the drawn direction of the way, and against it.
    """
    import valhalla

    actor = valhalla.Actor(str(folder / "config.json"))
    answer = []
    for x, y, way in asked:
        where = {"lon": x, "lat": y, "radius": 2, "minimum_reachability": 0}
        request = {
            "locations": [where | {"node_snap_tolerance": 0}],
            "costing": "pedestrian",
            "costing_options": {"pedestrian": SHORTEST},
            "verbose": True,
        }
        there = [
            edge["edge"]
            for edge in actor.locate(request)[0]["edges"] or []
            if edge["edge_info"]["way_id"] == way and edge["distance"] <= ON_THE_LINE_M
        ]
        directions = {edge["forward"] for edge in there if edge["access"]["pedestrian"]}
        answer.append((True in directions, False in directions))
    return answer


def isochrones(folder: Path, asked: Any) -> Any:
    """Draw the area within some minutes of each point; tell seconds and polygons."""
    import valhalla

    actor = valhalla.Actor(str(folder / "config.json"))
    request = {
        "costing": "pedestrian",
        "costing_options": {"pedestrian": SHORTEST | {"walking_speed": asked["speed_kmh"]}},
        "contours": [{"time": asked["minutes"]}],
        "polygons": True,
        # Whoever travels to the place: on foot both ways take equally long.
        "reverse": True,
        "denoise": asked["denoise"],
        "generalize": asked["generalize_m"],
    }
    request["costing_options"]["pedestrian"]["shortest"] = False
    areas, seconds = [], []
    for x, y in asked["points"]:
        before = time.perf_counter()
        answer = actor.isochrone(request | {"locations": [{"lon": x, "lat": y}]})
        seconds.append(time.perf_counter() - before)
        areas.append(answer["features"][0]["geometry"])
    return {"seconds": seconds, "areas": areas}


def main() -> None:
    """Answer one question."""
    folder, question = Path(sys.argv[1]), sys.argv[2]
    asked = json.loads((folder / f"{question}.json").read_text(encoding="utf-8"))
    questions = {f.__name__: f for f in (build, routes, walkable, isochrones)}
    answer = questions[question](folder, asked)
    (folder / f"{question}.answer.json").write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
