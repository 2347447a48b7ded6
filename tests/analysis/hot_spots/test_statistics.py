"""Law: the statistics are PySAL's, to the last digits, on the data that PySAL brings along."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pytest

from quartieri15.analysis.hot_spots import permutations
from quartieri15.analysis.hot_spots.getis_ord import gi_star
from quartieri15.analysis.hot_spots.moran import local_moran, moran, permuted_moran
from quartieri15.analysis.hot_spots.neighbours import Neighbours, contiguous
from quartieri15.analysis.hot_spots.rates import empirical_bayes
from quartieri15.errors import InputError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import esda
    import libpysal
    from esda import crand
    from esda.smoothing import assuncao_rate

PERMUTATIONS = 9999

# Homicides of St. Louis, crimes of Columbus, sudden deaths of infants in North Carolina.
DATA = {
    "columbus.shp": ("CRIME", "INC"),
    "stl_hom.shp": ("HR8893", "PE87"),
    "sids2.shp": ("SIDR74", "NWR74"),
}


@pytest.fixture(params=DATA)
def example(request):
    table = gpd.read_file(libpysal.examples.get_path(request.param))
    # These files state no CRS, or degrees; the outlines touch, and nothing is measured.
    graph = libpysal.graph.Graph.build_contiguity(
        gpd.GeoSeries(table.geometry.to_numpy()), rook=False
    )
    one, other = (table[column].to_numpy(dtype=float) for column in DATA[request.param])
    return graph, one, other


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_gi_star_is_that_of_esda(example):
    graph, values, _ = example
    theirs = esda.G_Local(values, graph, transform="B", star=True, permutations=0)
    ours = gi_star(values[:, None], Neighbours.of_graph(graph))[:, 0]
    np.testing.assert_allclose(ours, theirs.Zs, rtol=1e-9)


def test_local_moran_is_that_of_esda(example):
    graph, one, other = example
    relation = Neighbours.of_graph(graph)
    theirs = esda.Moran_Local(one, graph, permutations=0)
    ours = local_moran(one[:, None], relation)[:, 0]
    np.testing.assert_allclose(ours, theirs.Is, rtol=1e-9, atol=1e-12)
    # Their moments are those of the product of the value and what surrounds it.
    z = (theirs.z * (graph.transform("r").sparse @ theirs.z) - theirs.EIc) / np.sqrt(theirs.VIc)
    same = np.sign(theirs.z) * permutations.surroundings(one[:, None], relation)[:, 0]
    np.testing.assert_allclose(same[graph.cardinalities > 0], z[graph.cardinalities > 0], rtol=1e-9)
    both = esda.Moran_Local_BV(one, other, graph, permutations=0)
    ours = local_moran(one[:, None], relation, other[:, None])[:, 0]
    np.testing.assert_allclose(ours, both.Is, rtol=1e-9, atol=1e-12)


def test_global_moran_is_that_of_esda(example):
    graph, one, other = example
    relation = Neighbours.of_graph(graph)
    theirs = esda.Moran(one, graph, permutations=0)
    assert moran(one[:, None], relation)[0] == pytest.approx(theirs.I)
    shuffled = permuted_moran(one[:, None], relation, permutations=PERMUTATIONS, seed=1)
    # The randomisation moments of Cliff and Ord that esda computes.
    assert abs(shuffled.mean() - theirs.EI) < 5 * theirs.seI_rand / np.sqrt(PERMUTATIONS)
    assert shuffled.std() == pytest.approx(theirs.seI_rand, rel=0.05)
    both = esda.Moran_BV(one, other, graph, permutations=0)
    assert moran(one[:, None], relation, other[:, None])[0] == pytest.approx(both.I)
    shuffled = permuted_moran(
        one[:, None], relation, other[:, None], permutations=PERMUTATIONS, seed=1
    )
    assert abs(shuffled.mean()) < 5 * shuffled.std() / np.sqrt(PERMUTATIONS)


def test_p_values_are_those_of_esda_within_the_error_of_drawing(example, monkeypatch):
    """Two draws of the same p-value differ by at most five of their standard deviations.

    Where shuffles tie with what is observed, esda's folded count leaves them out.
    """
    # To compile them takes longer than to interpret them once.
    for name in ("vec_permutations", "compute_chunk", "_permutation_significance"):
        monkeypatch.setattr(crand, name, getattr(crand, name).py_func)
    graph, one, other = example
    relation = Neighbours.of_graph(graph)
    for around, theirs in (
        (one, esda.G_Local(one, graph, "B", PERMUTATIONS, star=True, n_jobs=1, seed=1)),
        (one, esda.Moran_Local(one, graph, permutations=PERMUTATIONS, seed=1)),
        (other, esda.Moran_Local_BV(one, other, graph, permutations=PERMUTATIONS, seed=1)),
    ):
        counts = permutations.count_permutations(
            around[:, None], relation, permutations=PERMUTATIONS, seed=1
        )
        ties = (counts.at_least + counts.at_most - PERMUTATIONS)[:, 0]
        ours, p = counts.p_values()[:, 0] / 2, np.float64(theirs.p_sim)
        # A fold at one half is narrower than the error of drawing beside it.
        clear = (graph.cardinalities.to_numpy() > 0) & (ties == 0) & (ours < 0.45)
        error = np.sqrt(2 * p * (1 - p) / PERMUTATIONS)
        assert clear.sum() > len(p) / 2
        assert (np.abs(ours - p)[clear] <= 5 * error[clear] + 2 / PERMUTATIONS).all()


def test_rates_are_those_of_esda():
    table = gpd.read_file(libpysal.examples.get_path("sids2.shp"))
    deaths, births = table["SID74"].to_numpy(float), table["BIR74"].to_numpy(float)
    ours = empirical_bayes(deaths[:, None], births[:, None])[:, 0]
    np.testing.assert_allclose(ours, assuncao_rate(deaths, births), rtol=1e-12)


def test_rates_that_are_all_alike_stand_out_nowhere():
    population = np.array([[3.0], [10.0], [200.0]])
    for share in (0.0, 0.25, 1.0):
        assert (empirical_bayes(share * population, population) == 0).all()


def test_a_field_of_one_value_has_no_statistic():
    relation = Neighbours.of_pairs(np.array([0, 1, 1, 2]), np.array([1, 0, 2, 1]), 3)
    same = np.full((3, 1), 0.1)
    assert np.isnan(gi_star(same, relation)).all()
    assert np.isnan(local_moran(same, relation)).all()
    assert np.isnan(moran(same, relation)).all()


def test_contiguity_is_that_of_pysal(milano):
    nil = milano.zones["nil"]
    graph = libpysal.graph.Graph.build_contiguity(nil.set_index("id"), rook=False, strict=True)
    theirs, ours = Neighbours.of_graph(graph), contiguous(nil)
    assert (theirs.indptr == ours.indptr).all()
    assert (theirs.indices == ours.indices).all()


def test_a_graph_with_weights_is_refused():
    graph = libpysal.graph.Graph.from_arrays([0, 0, 1, 2], [1, 2, 0, 0], [0.5, 0.5, 1, 1])
    with pytest.raises(InputError, match="not binary"):
        Neighbours.of_graph(graph)
    loop = libpysal.graph.Graph.from_arrays([0, 1, 1], [1, 0, 1], [1, 1, 1])
    with pytest.raises(InputError, match="its own neighbour"):
        Neighbours.of_graph(loop)
