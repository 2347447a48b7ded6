"""
Five, ten and fifteen minutes around a house
============================================

The reached part of the streets is exact; the bands are drawn around it and never overlap. One
house, two travellers: an adult, and a person of 80 or more.
"""

import matplotlib.pyplot as plt

import quartieri15 as q15

milano = q15.load("milano")
vintages = milano.provenance["vintages"]
signed = (
    f"Streets {vintages['streets']}; residents {vintages['residents']}.\n"
    f"{milano.provenance['licence_line']}"
)
house = milano.houses[milano.houses["name"] == "Acquabella"]

figure, panels = plt.subplots(1, 2, figsize=(11, 5.5), sharex=True, sharey=True)
for panel, profile in zip(panels, ("walk_adult", "walk_80plus"), strict=True):
    areas = q15.catchments(milano, house, profile=profile, minutes=(5, 10, 15))
    q15.bands(areas).sort_values("minutes_to", ascending=False).plot(
        "minutes_to", ax=panel, cmap="Greens_r", vmin=0, vmax=22
    )
    house.plot(ax=panel, color="black", markersize=20)
    speed_kmh = q15.profiles.get(profile).speed_kmh
    panel.set_title(f"{profile}: {speed_kmh} km/h")
    panel.set_axis_off()
figure.suptitle("5, 10 and 15 minutes to Acquabella")
figure.text(0.01, 0.01, signed, fontsize=6)
plt.show()
