"""
Where the next houses help most
===============================

The best places for one, two, three... more houses among all addresses, each number proven. Each
next house brings fewer people than the one before.
"""

import matplotlib.pyplot as plt

import quartieri15 as q15

milano = q15.load("milano")
vintages = milano.provenance["vintages"]
signed = (
    f"walk_75, 15 minutes. Streets {vintages['streets']}; residents {vintages['residents']}.\n"
    f"{milano.provenance['licence_line']}"
)
curve = q15.site_curve(milano, range(1, 9), profile="walk_75", group="over65")
assert curve["proven"].all()

figure, axes = plt.subplots(figsize=(8, 4.5))
axes.plot(curve["n"], curve["share"] * 100, color="#00665e", marker="o")
axes.set(
    xlabel="more houses",
    ylabel="% of people of 65 and older",
    title="Within 15 minutes, at the pace of a person of 75",
    xticks=curve["n"],
)
figure.text(0.01, 0.005, signed, fontsize=6)
figure.tight_layout(rect=(0, 0.06, 1, 1))
plt.show()

# %%
# How many more people each number of houses brings, in tens.
curve[["n", "more", "share"]].round({"more": -1, "share": 3})
