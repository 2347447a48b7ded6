"""
How much the pace decides
=========================

The same city, the same houses, the same fifteen minutes: only the pace changes. No other
assumption moves the figure as far.
"""

import matplotlib.pyplot as plt
import numpy as np

import quartieri15 as q15

milano = q15.load("milano")
vintages = milano.provenance["vintages"]
signed = (
    "walk_75 at other paces, 15 minutes. "
    f"Streets {vintages['streets']}; residents {vintages['residents']}.\n"
    f"{milano.provenance['licence_line']}"
)
speeds_kmh = np.arange(2.0, 5.01, 0.25)
shares = [
    q15.coverage(
        milano,
        to="houses",
        profile=q15.profiles.WALK_75.with_(speed_kmh=float(speed_kmh)),
        by="city",
        groups="over65",
    )["share"].iloc[0]
    for speed_kmh in speeds_kmh
]

figure, axes = plt.subplots(figsize=(8, 4.5))
axes.plot(speeds_kmh, np.multiply(shares, 100), color="#00665e", linewidth=2)
for name in ("walk_80plus", "walk_75", "walk_65", "walk_adult"):
    speed_kmh = q15.profiles.get(name).speed_kmh
    axes.axvline(speed_kmh, color="grey", linewidth=0.8, linestyle=":")
    axes.text(speed_kmh, 2, f" {name}", rotation=90, fontsize=8, va="bottom")
axes.set(
    xlabel="pace, km/h",
    ylabel="% of people of 65 and older",
    ylim=(0, 100),
    title="Within 15 minutes on foot of a Casa di Quartiere",
)
figure.text(0.01, 0.005, signed, fontsize=6)
figure.tight_layout(rect=(0, 0.06, 1, 1))
plt.show()
