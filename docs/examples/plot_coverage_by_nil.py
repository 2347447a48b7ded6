"""
Who is left out, NIL by NIL
===========================

How many people of 65 and older live farther than 15 minutes from the nearest house, at the pace of
a person of 75. Counts are drawn by classes of equal size; a NIL where too few live to be told is
grey.
"""

# sphinx_gallery_thumbnail_number = 1
import matplotlib.pyplot as plt

import quartieri15 as q15
from quartieri15.publish.disclosure import publishable

milano = q15.load("milano")
vintages = milano.provenance["vintages"]
signed = (
    f"walk_75, 15 minutes. Streets {vintages['streets']}; residents {vintages['residents']}.\n"
    f"{milano.provenance['licence_line']}"
)
cover = q15.coverage(milano, to="houses", profile="walk_75", by="nil", groups="over65")
told = publishable(cover)

zones = milano.zones["nil"][["id", "geometry"]].merge(told, left_on="id", right_on="zone_id")
axes = zones.plot(
    "uncovered",
    scheme="quantiles",
    k=5,
    cmap="YlOrBr",
    edgecolor="white",
    linewidth=0.4,
    legend=True,
    legend_kwds={"title": "people of 65 and older", "loc": "lower left", "fmt": "{:,.0f}"},
    missing_kwds={"color": "lightgrey", "label": "too few to be told"},
    figsize=(9, 8),
)
milano.houses.plot(ax=axes, color="black", markersize=9)
axes.set_title("Farther than 15 minutes on foot from a Casa di Quartiere")
axes.set_axis_off()
axes.annotate(
    signed,
    (0, -0.06),
    xycoords="axes fraction",
    fontsize=6,
)
plt.show()

# %%
# The ten NIL where most are left out.
q15.find_gaps(milano, cover, groups=("over65",))[["rank", "zone", "share"]].head(10).round(2)
