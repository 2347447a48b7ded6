"""
What it would mean if a house closed
====================================

A scenario written in the words people use, and who gains and who loses by it, NIL by NIL.
"""

import matplotlib.pyplot as plt

import quartieri15 as q15

milano = q15.load("milano")
vintages = milano.provenance["vintages"]
signed = (
    f"walk_75, 15 minutes. Streets {vintages['streets']}; residents {vintages['residents']}.\n"
    f"{milano.provenance['licence_line']}"
)
plan = q15.Scenario("Acquabella closes", [{"close_place": "Acquabella"}])
effect = q15.compare(milano, plan, profile="walk_75", by="nil", groups="over65")
for sentence in effect.statement("en"):
    print(sentence)

# %%
# The interval is drawn: positions, pace and where people live are not known exactly.
zones = effect.table
zones = zones[zones["lost"] > 10].sort_values("lost")
figure, axes = plt.subplots(figsize=(8, 2 + 0.4 * len(zones)))
axes.barh(
    zones["zone"].str.title(),
    zones["difference"].round(-1),
    xerr=[zones["difference"] - zones["low"], zones["high"] - zones["difference"]],
    color="#b35806",
    ecolor="black",
)
axes.set_xlabel("people of 65 and older within 15 minutes, after minus before")
figure.text(0.01, 0.005, signed, fontsize=6)
figure.tight_layout(rect=(0, 0.04, 1, 1))
plt.show()
