"""The words of everything that is published: Italian first, English beside it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model.places import NETWORKS
from quartieri15.planning.speaking import (
    GROUPS,
    LANGUAGES,
    as_given,
    number,
    percent,
    require_language,
)

if TYPE_CHECKING:
    import datetime as dt

    from quartieri15.model.profiles import TravelProfile

__all__ = [
    "CHOSEN_SPEED",
    "LANGUAGES",
    "PLACE_NOUNS",
    "VALUES",
    "WORDS",
    "as_given",
    "certainty_text",
    "date_text",
    "edits_text",
    "in_all_languages",
    "isolated",
    "known",
    "number",
    "percent",
    "place_words",
    "profile_text",
    "require_language",
    "say",
    "traveller_text",
    "visible",
    "zone_text",
]

WORDS: Final[dict[str, dict[str, str]]] = {
    # groups of people, as the Comune defines them
    **GROUPS,
    # places
    "ex_csrc": {"it": "Casa di Quartiere (ex CSRC)", "en": "Casa di Quartiere (former CSRC)"},
    "ex_cam": {"it": "Casa di Quartiere (ex CAM)", "en": "Casa di Quartiere (former CAM)"},
    "wemi_hosted": {
        "it": "Sportello WeMi in una Casa di Quartiere",
        "en": "WeMi desk in a Casa di Quartiere",
    },
    "wemi_external": {"it": "Sportello WeMi in un altro luogo", "en": "WeMi desk elsewhere"},
    "wemi_central": {"it": "Sportello WeMi centrale", "en": "Central WeMi desk"},
    "houses": {"it": "Case di Quartiere", "en": "Case di Quartiere (neighbourhood houses)"},
    "wemi": {"it": "Sportelli WeMi", "en": "WeMi desks"},
    "places": {"it": "luoghi", "en": "places"},
    # what is known of a place
    "address": {"it": "Indirizzo", "en": "Address"},
    "municipio": {"it": "Municipio", "en": "Municipio"},
    "opening_hours": {"it": "Orari", "en": "Opening hours"},
    "position": {"it": "Posizione", "en": "Position"},
    "confidence": {"it": "Verifica", "en": "Verification"},
    "wemi_inside": {"it": "Sportello WeMi", "en": "WeMi desk"},
    "inside_named": {"it": "sì: {name}", "en": "yes: {name}"},
    "inside_yes": {"it": "sì", "en": "yes"},
    "inside_no": {"it": "no", "en": "no"},
    "not_known": {"it": "non noto", "en": "not known"},
    "hours_not_known": {"it": "orari attuali non noti", "en": "current hours not known"},
    "summer_2026_hours": {
        "it": "Orari estivi di spazio fresco, giugno-settembre 2026",
        "en": "Summer hours as a cool space, June to September 2026",
    },
    "summer_2026_closures": {
        "it": "Chiusure in quei mesi",
        "en": "Closed in those months",
    },
    "position_not_known": {"it": "non nota", "en": "not known"},
    "civic_unknown": {"it": "numero civico non noto", "en": "house number not known"},
    "External WeMi (not named in the deck)": {
        "it": "Sportello WeMi esterno (nome non indicato)",
        "en": "External WeMi desk (name not stated)",
    },
    "precision_civic": {"it": "al numero civico", "en": "at the house number"},
    "precision_point": {"it": "al punto indicato", "en": "at the point given"},
    "precision_street": {"it": "solo alla via", "en": "at the street only"},
    "precision_neighbourhood": {
        "it": "solo al quartiere",
        "en": "at the neighbourhood only",
    },
    "precision_none": {"it": "non nota", "en": "not known"},
    "within_metres": {"it": "entro circa {metres} m", "en": "within about {metres} m"},
    "within_assumed_metres": {
        "it": "entro {metres} m, che sono un'ipotesi",
        "en": "within {metres} m, which is an assumption",
    },
    "verified by two sources": {"it": "due fonti concordi", "en": "verified by two sources"},
    "one source": {"it": "una sola fonte", "en": "one source only"},
    "unverified": {"it": "non verificata", "en": "unverified"},
    "planned": {"it": "di progetto", "en": "planned"},
    "sources_apart": {
        "it": "un'altra fonte dice un punto a {metres} m da qui",
        "en": "another source states a point {metres} m from here",
    },
    "uncertain_position": {
        "it": "Contorno tratteggiato: posizione approssimata o contesa tra due fonti",
        "en": "Dashed outline: approximate position, or one on which two sources differ",
    },
    "with_count": {"it": "{kind}: {count}", "en": "{kind}: {count}"},
    "with_count_located": {
        "it": "{kind}: {count}, di cui {located} sulla mappa",
        "en": "{kind}: {count}, {located} of them on the map",
    },
    "note_positions": {
        "it": "Posizioni incerte ({places}): {in_doubt} su {count}, cioè {details}. Chi ci arriva "
        "è contato come se il luogo fosse dove lo mette il registro.",
        "en": "Uncertain positions ({places}): {in_doubt} of {count}, that is {details}. Who gets "
        "there is counted as if the place stood where the registry puts it.",
    },
    "positions_rough": {"it": "{count} {precision}", "en": "{count} {precision}"},
    "positions_unverified": {
        "it": "{count} con indirizzo non verificato",
        "en": "{count} with an unverified address",
    },
    "positions_contradicted": {
        "it": "{count} su cui due fonti si contraddicono, di {metres} m",
        "en": "{count} on which two sources contradict each other, by {metres} m",
    },
    "positions_several_reasons": {
        "it": "alcune per più di un motivo",
        "en": "some for more than one reason",
    },
    "no_position": {
        "it": "Non sono sulla mappa e non entrano nei calcoli, perché la posizione non è nota: "
        "{names}.",
        "en": "Not on the map and not in the figures, because the position is not known: {names}.",
    },
    # figures
    "all_people": {"it": "In tutto", "en": "All"},
    "covered": {"it": "Entro {minutes} minuti", "en": "Within {minutes} minutes"},
    "uncovered": {"it": "Oltre {minutes} minuti", "en": "Beyond {minutes} minutes"},
    "share": {"it": "Quota entro {minutes} minuti", "en": "Share within {minutes} minutes"},
    "no_residents": {"it": "nessun residente", "en": "no residents"},
    "not_published": {
        "it": "non pubblicato (troppo poche persone)",
        "en": "not published (too few people)",
    },
    "nobody_beyond": {"it": "nessuno", "en": "nobody"},
    "at_least": {"it": "almeno {count}", "en": "at least {count}"},
    "fewer_than": {"it": "meno di {count}", "en": "fewer than {count}"},
    "from_to": {"it": "da {low} a {high}", "en": "{low} to {high}"},
    "more_than": {"it": "più di {low}", "en": "more than {low}"},
    "priority": {"it": "Priorità per {group}", "en": "Priority for {group}"},
    "priority_rank": {"it": "{rank}ª su {count}", "en": "{rank} of {count}"},
    "reasons": {"it": "Perché", "en": "Why"},
    "reach_column": {"it": "A {minutes} minuti", "en": "{minutes} minutes away"},
    "reach_of_house_foot": {
        "it": "Persone che arrivano qui in quel tempo, anche se {another_nearer}.",
        "en": "People who get here in that time, even if {another_nearer}.",
    },
    "reason_no_population": {
        "it": "nessuno di questo gruppo vive qui",
        "en": "nobody of this group lives here",
    },
    "reason_all_covered": {"it": "tutti sono raggiunti", "en": "everybody is covered"},
    "reason_nobody_covered": {"it": "nessuno è raggiunto", "en": "nobody is covered"},
    # A zone whose figures are hidden has a rank only by the lower limit of its uncovered.
    "reason_suppressed": {
        "it": "quasi nessuno è raggiunto",
        "en": "hardly anybody is covered",
    },
    "reason_partly_covered": {
        "it": "una parte non è raggiunta",
        "en": "part of the group is not covered",
    },
    "reason_below_city": {
        "it": "quota raggiunta più bassa che in tutta la città",
        "en": "a smaller share is covered than in the whole city",
    },
    "reason_no_place_inside": {
        "it": "{no_place} nel NIL",
        "en": "{no_place} in the NIL",
    },
    "reason_far": {
        "it": "metà del gruppo vive oltre la soglia",
        "en": "half of the group lives beyond the threshold",
    },
    "reason_cut_off": {
        "it": "metà del gruppo o più non ha una strada per arrivare",
        "en": "half of the group or more has no way to get there",
    },
    "reason_dense": {
        "it": "gruppo più denso che in tutta la città",
        "en": "denser than in the whole city",
    },
    "reason_concentrated": {
        "it": "gruppo più numeroso tra i residenti che in tutta la città",
        "en": "a larger part of the residents than in the whole city",
    },
    # the page
    "map_title": {
        "it": "{city}: chi arriva a {a_place} in {minutes} minuti",
        "en": "{city}: who reaches {a_place} in {minutes} minutes",
    },
    "explore_title": {"it": "{city}: mappa", "en": "{city}: map"},
    "lead": {
        "it": "{uncovered} {group} su {population} ({share}) vivono a più di {minutes} minuti "
        "{from_nearest}.",
        "en": "{uncovered} of {population} {group} ({share}) live more than {minutes} minutes "
        "{from_nearest}.",
    },
    "traveller": {"it": "{profile}, {speed} km/h", "en": "{profile}, {speed} km/h"},
    "traveller_own_speed": {
        "it": "{profile}, velocità scelta: {speed} km/h",
        "en": "{profile}, chosen speed: {speed} km/h",
    },
    "refuses_steps": {"it": "senza gradini", "en": "no stairs"},
    "refuses_raised_kerbs": {"it": "senza cordoli alti", "en": "no raised kerbs"},
    "refuses_rough_surfaces": {"it": "senza fondi sconnessi", "en": "no rough surfaces"},
    "refuses_wheelchair": {
        "it": "solo dove passa una carrozzina",
        "en": "only where a wheelchair can pass",
    },
    "refuses_stress_above_1": {
        "it": "solo strade con stress da traffico 1 su 4",
        "en": "only streets of traffic stress 1 of 4",
    },
    "refuses_stress_above_2": {
        "it": "solo strade con stress da traffico fino a 2 su 4",
        "en": "only streets of traffic stress up to 2 of 4",
    },
    "refuses_stress_above_3": {
        "it": "solo strade con stress da traffico fino a 3 su 4",
        "en": "only streets of traffic stress up to 3 of 4",
    },
    "slope_tobler": {"it": "contando le pendenze", "en": "slopes counted"},
    "slower_stairs": {
        "it": "scale percorse {times} volte più piano",
        "en": "stairs {times} times as slow",
    },
    "waits_at_wide_roads": {
        "it": "{seconds} secondi a ogni attraversamento di una strada larga",
        "en": "{seconds} seconds at each crossing of a wide road",
    },
    "pushes": {
        "it": "a mano dove si può solo camminare, {speed} km/h",
        "en": "pushing where only walking is allowed, {speed} km/h",
    },
    "never_pushes": {"it": "mai a mano", "en": "never pushing"},
    "up_to_grade": {"it": "pendenze fino al {grade}%", "en": "slopes up to {grade}%"},
    "on_foot": {"it": "A piedi", "en": "On foot"},
    "by_bicycle": {"it": "In bicicletta", "en": "By bicycle"},
    "assumptions": {
        "it": "{traveller}; soglia {minutes} minuti; {vintages}.",
        "en": "{traveller}; threshold {minutes} minutes; {vintages}.",
    },
    "made_on": {"it": "Mappa del {date}", "en": "Map made on {date}"},
    "vintage_streets": {"it": "strade {value}", "en": "streets {value}"},
    "vintage_residents": {"it": "residenti {value}", "en": "residents {value}"},
    "2022-06; beyond that extract 2021-08": {
        "it": "giugno 2022 (oltre quell'estratto: agosto 2021)",
        "en": "June 2022 (beyond that extract: August 2021)",
    },
    "level 2021 (NIL), pattern 2011 (census sections), addresses 2020": {
        "it": "livello 2021 (NIL), distribuzione 2011 (sezioni di censimento), indirizzi 2020",
        "en": "level 2021 (NIL), pattern 2011 (census sections), addresses 2020",
    },
    "vintages_unknown": {
        "it": "anno dei dati non indicato",
        "en": "vintage of the data not stated",
    },
    "note_hidden": {
        "it": "Per non dire di singole persone, i numeri sono arrotondati a multipli di {smallest} "
        "e quelli sotto {smallest} non si pubblicano: un trattino sta per un numero che non si "
        "pubblica o non c'è. Le somme delle zone possono quindi scostarsi dai totali.",
        "en": "So as not to tell of single people, counts are rounded to multiples of {smallest} "
        "and those below {smallest} are not published: a dash stands for a figure that is not "
        "published or does not exist. So the zones may not add up to the totals.",
    },
    "needs_script": {
        "it": "La mappa ha bisogno di JavaScript; i numeri sono nella tabella.",
        "en": "The map needs JavaScript; the figures are in the table.",
    },
    "licences": {"it": "Dati: {line}", "en": "Data: {line}"},
    "skip_to_table": {
        "it": "Salta la mappa e vai alla tabella",
        "en": "Skip the map and go to the table",
    },
    "language": {"it": "Lingua", "en": "Language"},
    "map_name": {"it": "Mappa interattiva di {city}", "en": "Interactive map of {city}"},
    "map_help": {
        "it": "Frecce per spostare la mappa, più e meno per ingrandire e ridurre, Tab per "
        "passare da un luogo all'altro, Invio per aprirlo, Esc per chiuderlo. Gli stessi "
        "numeri sono nella tabella sotto la mappa.",
        "en": "Arrow keys move the map, plus and minus zoom, Tab goes from place to place, "
        "Enter opens one, Escape closes it. The same figures are in the table below the map.",
    },
    "map_help_short": {
        "it": "Frecce per spostare la mappa, più e meno per ingrandire e ridurre, Tab per "
        "passare da un luogo all'altro, Invio per aprirlo, Esc per chiuderlo.",
        "en": "Arrow keys move the map, plus and minus zoom, Tab goes from place to place, "
        "Enter opens one, Escape closes it.",
    },
    "zoom_in": {"it": "Ingrandisci", "en": "Zoom in"},
    "zoom_out": {"it": "Riduci", "en": "Zoom out"},
    "whole_city": {"it": "Tutta la città", "en": "Whole city"},
    "close": {"it": "Chiudi", "en": "Close"},
    "legend": {"it": "Legenda e livelli", "en": "Legend and layers"},
    "colours_show": {"it": "I colori mostrano", "en": "The colours show"},
    "on_the_map": {"it": "Sulla mappa", "en": "On the map"},
    "theme_nil": {
        "it": "{group} oltre {minutes} minuti, per NIL",
        "en": "{group} beyond {minutes} minutes, per NIL",
    },
    "theme_bands": {
        "it": "Minuti fino {to_nearest}",
        "en": "Minutes {to_nearest}",
    },
    "theme_none": {"it": "Nessun colore", "en": "No colours"},
    "band": {"it": "da {low} a {high} minuti", "en": "{low} to {high} minutes"},
    "first_band": {"it": "fino a {high} minuti", "en": "up to {high} minutes"},
    "layer_limit": {"it": "Limite dei {minutes} minuti", "en": "{minutes}-minute limit"},
    "layer_municipi": {"it": "Municipi, con il numero", "en": "Municipi, with their number"},
    "layer_streets": {"it": "Strade principali", "en": "Main streets"},
    "layer_reached_streets": {"it": "Strade raggiunte", "en": "Reached streets"},
    "layer_other": {"it": "Altri dati", "en": "Other data"},
    "table_title": {
        "it": "Gli stessi numeri, quartiere per quartiere",
        "en": "The same figures, neighbourhood by neighbourhood",
    },
    "table_help": {
        "it": "Un clic sul nome di un NIL lo apre sulla mappa; un clic su un titolo ordina "
        "la tabella.",
        "en": "Click the name of a NIL to open it on the map; click a heading to sort the table.",
    },
    "nil": {"it": "NIL (quartiere)", "en": "NIL (neighbourhood)"},
    "city_total": {"it": "Tutta la città", "en": "Whole city"},
    "notes_title": {"it": "Come leggere questa mappa", "en": "How to read this map"},
    "note_counts": {
        "it": "Il tempo è calcolato da ogni indirizzo {to_nearest} lungo le strade "
        " percorribili, compreso il tratto fino alla strada. Le persone sono valori "
        "attesi per indirizzo: le sezioni di censimento danno la distribuzione, i dati "
        "per NIL danno il totale.",
        "en": "Time is computed from every address {to_nearest} along the "
        "streets one may use, including the way to the street. People are expected values per "
        "address: census sections give the pattern, the figures per NIL give the total.",
    },
    "note_areas": {
        "it": "Le aree colorate servono a vedere; i numeri vengono dagli indirizzi, non dal "
        "disegno delle aree.",
        "en": "The coloured areas are for looking at; the figures come from the addresses, not "
        "from the drawn areas.",
    },
    "note_foreign": {
        "it": "«Cittadinanza straniera» indica la cittadinanza, non il luogo di nascita.",
        "en": "“Foreign citizenship” means citizenship, not place of birth.",
    },
    "note_speed": {
        "it": "Velocità. Fonte (in inglese): {source}.",
        "en": "Speed. Source: {source}.",
    },
    "note_edited": {
        "it": "Modificato a mano dopo la costruzione dell'edizione: {details}.",
        "en": "Edited by hand since the edition was built: {details}.",
    },
    "edited_houses": {
        "it": "{has} case, l'edizione ne aveva {had}",
        "en": "{has} houses, the edition had {had}",
    },
    "edited_others": {
        "it": "{has} altri luoghi, l'edizione ne aveva {had}",
        "en": "{has} other places, the edition had {had}",
    },
    "edited_rows": {
        "it": "{has} righe, l'edizione ne aveva {had}",
        "en": "{has} rows, the edition had {had}",
    },
    "edited_same_rows": {"it": "tante righe quante prima", "en": "as many rows as before"},
    "edited_other_rows": {
        "it": "{gone} righe tolte e {new} aggiunte",
        "en": "{gone} rows taken out and {new} added",
    },
    "note_own_speed": {
        "it": "Velocità scelta da chi ha fatto la mappa.",
        "en": "The speed was chosen by whoever made the map.",
    },
    # runs
    "input_streets": {"it": "le strade", "en": "the streets"},
    "input_barriers": {"it": "le barriere", "en": "the barriers"},
    "input_places": {"it": "i luoghi", "en": "the places"},
    "input_residents": {"it": "i residenti", "en": "the residents"},
    "input_profile": {"it": "chi viaggia", "en": "who travels"},
    "input_zones": {"it": "le zone «{name}»", "en": "the zones “{name}”"},
    "run_before": {"it": "Prima: {date}, {name}.", "en": "Before: {date}, {name}."},
    "run_after": {"it": "Dopo: {date}, {name}.", "en": "After: {date}, {name}."},
    "run_dates_turned": {
        "it": "Attenzione, la prima ha una data successiva alla seconda: le differenze vanno "
        "all'indietro nel tempo.",
        "en": "Note that the first is dated later than the second: the differences go back in "
        "time.",
    },
    "run_input_changed": {"it": "Non sono gli stessi dati: {name}.", "en": "Not the same: {name}."},
    "run_input_vintage": {
        "it": "Non sono gli stessi dati: {name} (prima: {before}; dopo: {after}).",
        "en": "Not the same: {name} (before: {before}; after: {after}).",
    },
    "run_inputs_same": {
        "it": "Tutti i dati sono gli stessi: quello che cambia viene dal calcolo.",
        "en": "All inputs are the same: whatever differs comes from how it is computed.",
    },
    "run_inputs_kept": {
        "it": "Gli stessi di prima: {names}.",
        "en": "The same as before: {names}.",
    },
    "run_question_changed": {
        "it": "Attenzione, la domanda è un'altra: {asked} era {before} ed è {after}.",
        "en": "Note that the question is another: {asked} was {before} and is {after}.",
    },
    # sheets: comparisons, sites, links
    "not_known_title": {"it": "Che cosa non si sa", "en": "What is not known"},
    "unknown_residents": {
        "it": "Quante persone abitano a ogni indirizzo è una stima: le sezioni di censimento danno "
        "la distribuzione, i dati per zona il totale.",
        "en": "How many people live at each address is an estimate: census sections give the "
        "pattern, the figures by zone the total.",
    },
    "unknown_hours": {
        "it": "Orari non noti: {unknown} luoghi su {count}. {how}",
        "en": "Unknown opening hours: {unknown} of {count} places. {how}",
    },
    "hours_ignored": {
        "it": "I minuti qui valgono a luogo aperto.",
        "en": "The minutes here hold when a place is open.",
    },
    "in_short": {"it": "In breve", "en": "In short"},
    "how_to_read": {"it": "Come leggere", "en": "How to read this"},
    "files_title": {"it": "I file di questa cartella", "en": "The files of this folder"},
    "sheet_made_on": {"it": "Scheda del {date}", "en": "Sheet made on {date}"},
    "still_map": {"it": "Mappa della risposta", "en": "Map of the answer"},
    "kicker_compare": {"it": "Prima e dopo", "en": "Before and after"},
    "compare_title": {"it": "{city}: {scenario}", "en": "{city}: {scenario}"},
    "compare_title_several": {
        "it": "{city}: {count} scenari a confronto",
        "en": "{city}: {count} scenarios compared",
    },
    "not_told": {"it": "poche", "en": "few"},
    "yes": {"it": "sì", "en": "yes"},
    "euro": {"it": "{value} €", "en": "€{value}"},
    "interval": {"it": "da {low} a {high}", "en": "{low} to {high}"},
    "from_to_share": {"it": "{before} → {after}", "en": "{before} → {after}"},
    "figure_gained": {
        "it": "{group} in più entro {minutes} minuti",
        "en": "more {group} within {minutes} minutes",
    },
    "figure_lost": {
        "it": "{group} che non ci arrivano più in tempo",
        "en": "{group} no longer there in time",
    },
    "figure_share": {
        "it": "quota entro {minutes} minuti, prima e dopo",
        "en": "share within {minutes} minutes, before and after",
    },
    "figure_cost": {
        "it": "per ogni persona in più, se costa {cost}",
        "en": "per person gained, at a cost of {cost}",
    },
    "figure_population": {
        "it": "{group} in più o in meno in città, contati a parte",
        "en": "more or fewer {group} in the city, counted apart",
    },
    "figure_slower": {
        "it": "{group} che arrivano più tardi, anche senza passare la soglia",
        "en": "{group} who get there later, past the threshold or not",
    },
    "figure_quicker": {
        "it": "{group} che arrivano prima, anche senza passare la soglia",
        "en": "{group} who get there sooner, past the threshold or not",
    },
    "theme_change": {
        "it": "Chi entra e chi esce dai {minutes} minuti ({group})",
        "en": "Who comes within {minutes} minutes, and who no longer is ({group})",
    },
    "theme_minutes": {
        "it": "Minuti risparmiati, in media ({group})",
        "en": "Minutes saved, on average ({group})",
    },
    "theme_zones": {
        "it": "Differenza per zona ({group})",
        "en": "Difference by zone ({group})",
    },
    "cells_newly_covered": {
        "it": "in più: da {low} a meno di {high} persone",
        "en": "gained: {low} to fewer than {high} people",
    },
    "cells_newly_covered_above": {
        "it": "in più: {low} persone o più",
        "en": "gained: {low} people or more",
    },
    "cells_no_longer_covered": {
        "it": "in meno: da {low} a meno di {high} persone",
        "en": "lost: {low} to fewer than {high} people",
    },
    "cells_no_longer_covered_above": {
        "it": "in meno: {low} persone o più",
        "en": "lost: {low} people or more",
    },
    "cells_none": {
        "it": "nessun gruppo di persone abbastanza grande cambia ({group})",
        "en": "no group of people large enough to be shown changes ({group})",
    },
    "minutes_less": {
        "it": "da {low} a meno di {high} minuti in meno",
        "en": "{low} to under {high} minutes less",
    },
    "minutes_less_above": {
        "it": "{low} minuti in meno, o oltre",
        "en": "{low} minutes less, or more than that",
    },
    "minutes_more": {
        "it": "da {low} a meno di {high} minuti in più",
        "en": "{low} to under {high} minutes longer",
    },
    "minutes_more_above": {
        "it": "{low} minuti in più, o oltre",
        "en": "{low} minutes longer, or more",
    },
    "zone_more": {"it": "da {low} a {high} persone in più", "en": "{low} to {high} people more"},
    "zone_more_up_to": {"it": "fino a {high} persone in più", "en": "up to {high} people more"},
    "zone_more_above": {"it": "{low} persone in più, o oltre", "en": "{low} people more, or above"},
    "zone_fewer": {"it": "da {low} a {high} persone in meno", "en": "{low} to {high} people fewer"},
    "zone_fewer_up_to": {"it": "fino a {high} persone in meno", "en": "up to {high} people fewer"},
    "zone_fewer_above": {
        "it": "{low} persone in meno, o oltre",
        "en": "{low} people fewer, or beyond",
    },
    "zone_same": {"it": "nessuna differenza", "en": "no difference"},
    "edited_streets": {"it": "Strade che cambiano", "en": "Streets that change"},
    "place_opened": {"it": "Luogo che apre", "en": "Place that opens"},
    "place_closed": {"it": "Luogo che chiude", "en": "Place that closes"},
    "place_changed": {"it": "Luogo che cambia", "en": "Place that changes"},
    "column_scenario": {"it": "Scenario", "en": "Scenario"},
    "column_group": {"it": "Gruppo", "en": "Group"},
    "column_zone": {"it": "Zona", "en": "Zone"},
    "column_covered_before": {"it": "Prima", "en": "Before"},
    "column_covered_after": {"it": "Dopo", "en": "After"},
    "column_gained": {"it": "In più", "en": "Gained"},
    "column_lost": {"it": "In meno", "en": "Lost"},
    "column_difference": {"it": "Differenza", "en": "Difference"},
    "column_interval": {"it": "Intervallo al 90%", "en": "90% interval"},
    "column_share_before": {"it": "Quota prima", "en": "Share before"},
    "column_share_after": {"it": "Quota dopo", "en": "Share after"},
    "column_cost": {"it": "Costo", "en": "Cost"},
    "column_cost_per_person": {"it": "Per persona in più", "en": "Per person gained"},
    "column_front": {"it": "Sulla frontiera", "en": "On the front"},
    "column_edit": {"it": "Modifica", "en": "Edit"},
    "column_matched": {"it": "Dove", "en": "Where"},
    "column_metres": {"it": "Metri di strada", "en": "Metres of street"},
    "chart_cost": {"it": "Costo, in migliaia di euro", "en": "Cost, in thousands of euro"},
    "chart_people": {"it": "Differenza ({group})", "en": "Difference ({group})"},
    "chart_front": {
        "it": "Costo e persone di ogni scenario; gli stessi numeri sono nella tabella",
        "en": "Cost and people of each scenario; the same figures are in the table",
    },
    "table_scenarios": {
        "it": "Scenari a confronto ({group})",
        "en": "Scenarios compared ({group})",
    },
    "table_groups": {"it": "Chi guadagna e chi perde", "en": "Who gains and who loses"},
    "table_zones": {"it": "Dove: {group}", "en": "Where: {group}"},
    "table_edits": {"it": "Che cosa cambia negli scenari", "en": "What the scenarios change"},
    "help_front": {
        "it": "Uno scenario è sulla frontiera se nessun altro raggiunge più persone con la stessa "
        "spesa, o altrettante con una spesa minore.",
        "en": "A scenario is on the front if no other reaches more people for the same money, or "
        "as many for less.",
    },
    "help_interval": {
        "it": "L'intervallo è quello della differenza: le stesse incertezze prima e dopo.",
        "en": "The interval is that of the difference: the same uncertainties before and after.",
    },
    "help_zones": {
        "it": "Le {count} zone in cui cambia di più; tutte sono nel file CSV.",
        "en": "The {count} zones where most changes; all of them are in the CSV file.",
    },
    "note_compare": {
        "it": "Le persone si confrontano al loro indirizzo: chi guadagna arriva in tempo dopo e "
        "non prima, chi perde il contrario. Sono valori attesi.",
        "en": "People are compared at their address: who gains is there in time after and was not "
        "before, who loses the other way round. They are expected values.",
    },
    "note_cells": {
        "it": "La mappa mostra esagoni di circa 170 metri per classi di persone, mai singoli "
        "indirizzi; gli esagoni con meno di {smallest} persone non sono disegnati.",
        "en": "The map shows hexagons about 170 metres wide by classes of people, never single "
        "addresses; hexagons of fewer than {smallest} people are not drawn.",
    },
    "note_interval": {
        "it": "L'intervallo al 90% tiene conto di ciò che sappiamo di non sapere (posizioni "
        "incerte, passo, modello dei residenti), non degli errori della mappa delle strade.",
        "en": "The 90% interval counts what is known to be unknown (uncertain positions, pace, the "
        "model of residents), not the errors of the street map.",
    },
    "note_no_interval": {
        "it": "Senza estrazioni non c'è un intervallo: la differenza è quella di un solo calcolo.",
        "en": "Without draws there is no interval: the difference is that of one computation.",
    },
    "note_hours": {
        "it": "Contano i luoghi aperti: {at}. {how}",
        "en": "Open places count: {at}. {how}",
    },
    "unknown_hours_closed": {
        "it": "Quelli di orario non noto contano come chiusi.",
        "en": "Those of unknown hours count as closed.",
    },
    "unknown_hours_open": {
        "it": "Quelli di orario non noto contano come aperti.",
        "en": "Those of unknown hours count as open.",
    },
    "file_index": {"it": "questa scheda", "en": "this sheet"},
    "file_comparison_summary": {
        "it": "totali per scenario, area, gruppo, viaggiatore e soglia",
        "en": "totals by scenario, area, group, traveller and threshold",
    },
    "file_comparison_zones": {
        "it": "prima, dopo, in più, in meno per zona e gruppo",
        "en": "before, after, gained and lost by zone and group",
    },
    "file_minutes_saved": {
        "it": "quante persone risparmiano quanti minuti, per classi: meno di 0 vuol dire più "
        "lenti; un limite vuoto non c'è; le classi di nessuno alle estremità sono omesse",
        "en": "how many people save how many minutes, by classes: below 0 means slower; an empty "
        "limit is none; classes of nobody at the ends are left out",
    },
    "file_edits": {
        "it": "che cosa ha trovato e cambiato ogni modifica",
        "en": "what each edit matched and changed",
    },
    "file_places": {"it": "che cosa succede ai luoghi", "en": "what becomes of the places"},
    "file_changes": {
        "it": "esagoni e modifiche, per QGIS",
        "en": "hexagons and edits, for QGIS",
    },
    "readme_rounded": {
        "it": "Ogni numero di persone è arrotondato a un multiplo di {smallest}; quelli tra 0 e "
        "{smallest} sono celle vuote (suppressed = True). Zero vuol dire nessuno. Differenze, "
        "quote, costi per persona e posizioni vengono dai numeri arrotondati.",
        "en": "Every count of people is rounded to a multiple of {smallest}; those between 0 and "
        "{smallest} are empty cells (suppressed = True). Zero means nobody. Differences, shares, "
        "costs per person and ranks are made of the rounded counts.",
    },
    "readme_exact": {
        "it": "I numeri sono esatti, anche i più piccoli: solo per uso interno.",
        "en": "The counts are exact, the smallest too: for internal use only.",
    },
    "kicker_sites": {"it": "Dove conviene", "en": "Where next"},
    "sites_title": {
        "it": "{city}: i {count} luoghi migliori dove aprire ({places}; {group})",
        "en": "{city}: the {count} best sites to open ({places}; {group})",
    },
    "sites_title_one": {
        "it": "{city}: il luogo migliore dove aprire ({places}; {group})",
        "en": "{city}: the best site to open ({places}; {group})",
    },
    "sites_proven": {"it": "ottimo", "en": "optimal"},
    "proven_short": {"it": "dimostrato", "en": "proven"},
    "figure_proven": {
        "it": "dimostrato: tra {candidates} candidati nessun'altra scelta fa meglio",
        "en": "proven: of {candidates} candidates no other choice does better",
    },
    "figure_gap": {
        "it": "al massimo sotto l'ottimo, tra {candidates} candidati",
        "en": "below the optimum at most, of {candidates} candidates",
    },
    "sites_sought_coverage": {
        "it": "Tra {candidates} candidati si cercano i {count} che portano entro {minutes} minuti "
        "più {group}, oltre a chi ci arriva già.",
        "en": "Of {candidates} candidates those {count} are sought that bring most {group} within "
        "{minutes} minutes, beside those who are there already.",
    },
    "sites_sought_median": {
        "it": "Tra {candidates} candidati si cercano i {count} che risparmiano più minuti in tutto "
        "({group}).",
        "en": "Of {candidates} candidates those {count} are sought that save most minutes on the "
        "whole ({group}).",
    },
    "sites_sought_center": {
        "it": "Tra {candidates} candidati si cercano i {count} che accorciano di più il tempo di "
        "chi è più lontano ({group}).",
        "en": "Of {candidates} candidates those {count} are sought that most shorten the time of "
        "whoever is farthest ({group}).",
    },
    "sites_sought_worst_zone": {
        "it": "Tra {candidates} candidati si cercano i {count} che alzano di più la quota della "
        "zona messa peggio ({group}, {minutes} minuti).",
        "en": "Of {candidates} candidates those {count} are sought that most raise the share of "
        "the worst-off zone ({group}, {minutes} minutes).",
    },
    "sites_sought_neediest": {
        "it": "Tra {candidates} candidati si cercano i {count} che portano entro {minutes} minuti "
        "più {group} delle zone con più bisogno.",
        "en": "Of {candidates} candidates those {count} are sought that bring most {group} of the "
        "neediest zones within {minutes} minutes.",
    },
    "sites_sought_other": {
        "it": "{count} luoghi scelti tra {candidates} candidati ({group}, {minutes} minuti).",
        "en": "{count} sites chosen of {candidates} candidates ({group}, {minutes} minutes).",
    },
    "sites_are_proven": {
        "it": "È dimostrato che nessun'altra scelta di altrettanti candidati fa meglio, con questi "
        "dati.",
        "en": "It is proven that no other choice of as many candidates does better, on these data.",
    },
    "sites_are_certified": {
        "it": "È dimostrato che nessun'altra scelta di altrettanti candidati fa meglio, con questi "
        "dati. Il limite che lo dimostra si può ricalcolare con un programma che non condivide "
        "nulla con il risolutore (check_certificate).",
        "en": "It is proven that no other choice of as many candidates does better, on these data; "
        "the proof was recomputed by a program that shares nothing with the solver.",
    },
    "sites_not_proven": {
        "it": "Non è dimostrato che sia la scelta migliore: nessuna può superare {bound}, quindi "
        "questa è al massimo {gap} sotto l'ottimo.",
        "en": "It is not proven to be the best choice: none can exceed {bound}, so this one is at "
        "most {gap} below the optimum.",
    },
    "sites_alternatives": {
        "it": "Altri indirizzi fanno quasi lo stesso: sono nel file alternatives.csv.",
        "en": "Other addresses do nearly as well: they are in the file alternatives.csv.",
    },
    "sites_ground": {
        "it": "Un luogo qui è un indirizzo residenziale: se lì ci sia un locale libero, i dati non "
        "lo dicono.",
        "en": "A site here is a residential address: whether there are free premises, the data do "
        "not tell.",
    },
    "layer_sites": {"it": "Luoghi scelti, in ordine", "en": "Chosen sites, in order"},
    "table_sites": {"it": "I luoghi, in ordine", "en": "The sites, in order"},
    "table_curve": {"it": "Quanti ne servono?", "en": "How many are needed?"},
    "help_sites": {
        "it": "In ordine: ognuno è quello che aggiunge di più a quelli prima.",
        "en": "In order: each is the one that adds most to those before it.",
    },
    "column_site": {"it": "Luogo", "en": "Site"},
    "column_street": {"it": "Via", "en": "Street"},
    "column_nil_short": {"it": "NIL", "en": "NIL"},
    "column_municipio": {"it": "Municipio", "en": "Municipio"},
    "column_site_gain": {"it": "Persone in più", "en": "People gained"},
    "column_site_total": {"it": "In tutto entro la soglia", "en": "All within the threshold"},
    "column_number": {"it": "Luoghi nuovi", "en": "New sites"},
    "column_more": {"it": "Rispetto alla riga prima", "en": "Beyond the row before"},
    "column_gap": {"it": "Distanza dall'ottimo", "en": "Gap to the optimum"},
    "chart_number": {"it": "Luoghi nuovi", "en": "New sites"},
    "chart_gained": {
        "it": "In più entro la soglia ({group})",
        "en": "Newly within reach ({group})",
    },
    "note_sites": {
        "it": "Chi guadagna è contato al suo indirizzo. Ogni luogo sta al punto e sulla via "
        "indicati; i luoghi che ci sono già restano dove sono.",
        "en": "Who gains is counted at the own address. Each site stands at the point and on the "
        "street stated; the places that are there already stay where they are.",
    },
    "file_sites": {"it": "i luoghi scelti", "en": "the chosen sites"},
    "file_curve": {
        "it": "quante persone in più con 1, 2, 3, … luoghi",
        "en": "how many people more with 1, 2, 3, … sites",
    },
    "file_alternatives": {
        "it": "scambi che fanno perdere al massimo mezzo punto per cento",
        "en": "exchanges that lose half a per cent at most",
    },
    "kicker_links": {"it": "Collegamenti mancanti", "en": "Missing links"},
    "links_title": {
        "it": "{city}: i {count} collegamenti mancanti che aiutano di più ({places}; {group})",
        "en": "{city}: the {count} missing links that would help most ({places}; {group})",
    },
    "links_title_first": {
        "it": "{city}: i primi {count} di {listed} collegamenti mancanti che aiutano di più "
        "({places}; {group})",
        "en": "{city}: the first {count} of {listed} missing links that would help most "
        "({places}; {group})",
    },
    "links_title_one": {
        "it": "{city}: il collegamento mancante che aiuta di più ({places}; {group})",
        "en": "{city}: the missing link that would help most ({places}; {group})",
    },
    "links_title_none": {
        "it": "{city}: nessun collegamento mancante aiuterebbe ({places}; {group})",
        "en": "{city}: no missing link would help ({places}; {group})",
    },
    "figure_link_gained": {
        "it": "{group} in più entro {minutes} minuti con il primo collegamento",
        "en": "more {group} within {minutes} minutes by the first link",
    },
    "figure_link_quicker": {
        "it": "{group} che arriverebbero prima",
        "en": "{group} who would get there sooner",
    },
    "figure_link_set": {
        "it": "in più con i primi {count} collegamenti insieme",
        "en": "more by the first {count} links together",
    },
    "figure_link_candidates": {
        "it": "collegamenti possibili provati uno per uno",
        "en": "possible links tried one by one",
    },
    "links_sought": {
        "it": "{candidates} collegamenti possibili, trovati con una regola ({rules}), provati uno "
        "per uno: quante persone ({group}) arriverebbero entro {minutes} minuti.",
        "en": "{candidates} possible links, found by rule ({rules}), tried one by one: how many "
        "people ({group}) would come within {minutes} minutes.",
    },
    "links_rule_barrier": {"it": "oltre una barriera", "en": "across a barrier"},
    "links_rule_dead_end": {"it": "a un vicolo cieco", "en": "at a dead end"},
    "links_rule_cycle_gap": {
        "it": "nei vuoti della rete ciclabile tranquilla",
        "en": "in the gaps of the calm cycle network",
    },
    "links_exact": {
        "it": "Il guadagno di ogni collegamento è esatto; che nessun altro insieme aiuti di più "
        "non è dimostrato.",
        "en": "The gain of each link is exact; that no other set helps more is not proven.",
    },
    "links_not_known": {
        "it": "Se un collegamento passi per un edificio o per un terreno privato non è noto, se "
        "chi chiede non dà gli edifici e i terreni. Vanno guardati sul posto anche muri e recinti, "
        "dislivelli, e passaggi che ci sono e non sono sulla mappa.",
        "en": "Whether a link runs through a building or across private ground is not known "
        "unless whoever asks gives buildings and grounds. Somebody has to look at walls and "
        "fences, differences in height, and ways that are there and not on the map, too.",
    },
    "links_not_known_beside_buildings": {
        "it": "Nessun collegamento passa per ciò che è stato dato per edificio o ostacolo. Se il "
        "terreno sia privato non è noto. Vanno guardati sul posto anche muri e recinti, "
        "dislivelli, e passaggi che ci sono e non sono sulla mappa.",
        "en": "No link runs through what was taken for a building or an obstacle. Whether the "
        "ground is private is not known. Somebody has to look at walls and fences, differences "
        "in height, and ways that are there and not on the map, too.",
    },
    "layer_links": {"it": "Collegamenti mancanti, in ordine", "en": "Missing links, in order"},
    "table_links": {"it": "I collegamenti, in ordine", "en": "The links, in order"},
    "table_sets": {"it": "Uno dopo l'altro", "en": "One after the other"},
    "help_sets": {
        "it": "Ogni passo aggiunge il collegamento che aiuta di più con quelli prima già fatti.",
        "en": "Each step adds the link that helps most with those before it in place.",
    },
    "link_name": {"it": "{one} – {other}", "en": "{one} – {other}"},
    "column_link": {"it": "Tra", "en": "Between"},
    "column_work": {"it": "Che cosa", "en": "What"},
    "column_crosses": {"it": "Attraversa", "en": "Crosses"},
    "column_length": {"it": "Metri", "en": "Metres"},
    "column_detour": {"it": "Giro di oggi, m", "en": "Way today, m"},
    "column_quicker": {"it": "Arrivano prima", "en": "Get there sooner"},
    "column_step": {"it": "Passo", "en": "Step"},
    "column_in_all": {"it": "In tutto", "en": "In all"},
    "column_link_short": {"it": "Collegamento", "en": "Link"},
    "kind_barrier": {"it": "ponte o sottopasso", "en": "bridge or underpass"},
    "kind_dead_end": {"it": "passaggio", "en": "path"},
    "kind_cycle_gap": {"it": "pista ciclabile", "en": "cycle track"},
    "crosses_railway": {"it": "ferrovia", "en": "railway"},
    "crosses_motorway": {"it": "autostrada", "en": "motorway"},
    "crosses_canal": {"it": "canale", "en": "canal"},
    "crosses_river": {"it": "fiume", "en": "river"},
    "crosses_water": {"it": "acqua", "en": "water"},
    "crosses_waterway": {"it": "corso d'acqua", "en": "watercourse"},
    "crosses_closed_street": {"it": "strada chiusa a chi viaggia", "en": "closed street"},
    "crosses_nothing": {"it": "niente di noto", "en": "nothing known"},
    "file_links": {
        "it": "i collegamenti, in ordine; in fondo, oltre l'ordine, quelli che nominano solo gli "
        "insiemi e le coppie",
        "en": "the links, in order; at the end, beyond that order, those that only sets and pairs "
        "name",
    },
    "file_sets": {"it": "collegamenti scelti uno dopo l'altro", "en": "links chosen in sequence"},
    "file_pairs": {
        "it": "coppie che insieme aiutano più della somma",
        "en": "pairs that help more together than apart",
    },
    "note_links": {
        "it": "Chi guadagna è contato al suo indirizzo; nessuno abita sul collegamento. Un giro "
        "che manca vuol dire che oggi non c'è strada.",
        "en": "Who gains is counted at the own address; nobody lives on the link. A way that is "
        "missing means that there is none today.",
    },
    "help_edits": {
        "it": "Come è stata capita ogni modifica, e che cosa cambia nei dati, lo dice edits.csv.",
        "en": "How each edit was understood, and what it changes in the data, is in edits.csv.",
    },
    "edit_open_place": {"it": "apre un luogo", "en": "opens a place"},
    "edit_close_place": {"it": "chiude un luogo", "en": "closes a place"},
    "edit_move_place": {"it": "sposta un luogo", "en": "moves a place"},
    "edit_merge_places": {"it": "unisce luoghi", "en": "merges places"},
    "edit_change_place": {"it": "cambia un luogo", "en": "changes a place"},
    "edit_cycle_track": {"it": "pista ciclabile", "en": "cycle track"},
    "edit_calm_traffic": {"it": "moderazione del traffico", "en": "calm traffic"},
    "edit_change_streets": {"it": "cambia le strade", "en": "changes streets"},
    "edit_close_street": {"it": "chiude una strada", "en": "closes a street"},
    "edit_add_street": {"it": "strada o passaggio nuovo", "en": "new street or path"},
    "edit_remove_barrier": {"it": "toglie una barriera", "en": "removes a barrier"},
    "edit_add_residents": {"it": "nuovi residenti", "en": "new residents"},
    "edit_project_residents": {"it": "previsione dei residenti", "en": "projection of residents"},
    "table_assumptions": {"it": "Che cosa si dà per scontato", "en": "What is taken for granted"},
    "column_assumed": {"it": "Ipotesi", "en": "Assumption"},
    "column_source": {"it": "Fonte", "en": "Source"},
    "assumed_cost": {"it": "Costo: {cost}", "en": "Cost: {cost}"},
    "in_all_scenarios": {"it": "In tutti gli scenari", "en": "In every scenario"},
    "question_minutes": {"it": "{minutes} minuti", "en": "{minutes} minutes"},
    "at_any_time": {"it": "a qualunque ora", "en": "at any time"},
    "unknown_counted_as": {
        "it": "(orari ignoti: {unknown})",
        "en": "(unknown hours: {unknown})",
    },
    "drawn_for": {
        "it": "La mappa e la tabella delle zone sono di: {question}.",
        "en": "The map and the table of zones are of: {question}.",
    },
    "column_slower": {"it": "Più tardi", "en": "Later"},
    "population_changes": {
        "it": "Le persone contate cambiano: {changes}.",
        "en": "The number of people changes: {changes}.",
    },
    "population_changes_in": {
        "it": "Con {scenario} le persone contate cambiano: {changes}.",
        "en": "With {scenario} the number of people changes: {changes}.",
    },
    "edit_people": {"it": "{people} persone", "en": "{people} people"},
    "column_from_to": {"it": "Da che cosa a che cosa", "en": "From what to what"},
    "changes_on": {
        "it": "{what} {before} → {after} su {metres} m",
        "en": "{what} {before} → {after} on {metres} m",
    },
    "changes_from": {"it": "{what}: {before} → {after}", "en": "{what}: {before} → {after}"},
    "column_of_entrance_steps": {"it": "gradini all'ingresso", "en": "steps at the entrance"},
    "column_of_opening_hours": {"it": "orari", "en": "opening hours"},
    "column_of_capacity": {"it": "capienza (persone)", "en": "capacity (people)"},
    "column_of_hosts_wemi": {"it": "sportello WeMi ospitato", "en": "hosted WeMi desk"},
    "column_of_stress": {"it": "stress in bici", "en": "cycling stress"},
    "column_of_maxspeed_kmh": {"it": "limite, km/h", "en": "speed limit, km/h"},
    "column_of_oneway": {"it": "senso unico", "en": "one-way"},
    "column_of_cycle_facility": {"it": "ciclabile", "en": "cycle facility"},
    "value_unknown": {"it": "non noto", "en": "unknown"},
    "value_yes": {"it": "sì", "en": "yes"},
    "value_no": {"it": "no", "en": "no"},
    "value_track": {"it": "pista", "en": "track"},
    "value_none": {"it": "nessuna", "en": "none"},
    "value_shared_path": {"it": "percorso promiscuo", "en": "shared path"},
    "value_shared_road": {"it": "strada condivisa", "en": "shared road"},
    "value_crossing": {"it": "attraversamento", "en": "crossing"},
    "value_lane": {"it": "corsia", "en": "lane"},
    "source_ours": {"it": "ipotesi nostra", "en": "our own assumption"},
    "file_assumptions": {
        "it": "che cosa danno per scontato gli scenari, con la fonte",
        "en": "what the scenarios take for granted, with its source",
    },
}
"""Every phrase by its key and language; names in braces are filled in by :func:`say`."""

VALUES: Final[dict[str, dict[str, str]]] = {
    "name": {name: name for name in ("External WeMi (not named in the deck)",)},
    "kind": {
        kind: kind
        for kind in ("ex_csrc", "ex_cam", "wemi", "wemi_hosted", "wemi_external", "wemi_central")
    },
    "location_precision": {
        precision: f"precision_{precision}"
        for precision in ("civic", "point", "street", "neighbourhood", "none")
    },
    "confidence": {
        confidence: confidence
        for confidence in ("verified by two sources", "one source", "unverified", "planned")
    },
    "vintages": {
        since: since
        for since in (
            "2022-06; beyond that extract 2021-08",
            "level 2021 (NIL), pattern 2011 (census sections), addresses 2020",
        )
    },
}
"""Values of a column that have a phrase, with its key. Any other text is shown as it is."""

CHOSEN_SPEED: Final = "speed chosen by the user"
"""What a profile gives as its source after ``with_(speed_kmh=...)``."""

PLACE_NOUNS: Final = {
    "houses": ("la", "Casa di Quartiere", "Casa di Quartiere"),
    "ex_csrc": ("la", "Casa di Quartiere (ex CSRC)", "Casa di Quartiere (former CSRC)"),
    "ex_cam": ("la", "Casa di Quartiere (ex CAM)", "Casa di Quartiere (former CAM)"),
    "wemi": ("lo", "sportello WeMi", "WeMi desk"),
    "wemi_external": ("lo", "sportello WeMi esterno", "WeMi desk outside the houses"),
    "wemi_central": ("lo", "sportello WeMi centrale", "central WeMi desk"),
    "places": ("il", "luogo", "place"),
}
"""Sets of places: the Italian article, and one of them in Italian and in English."""

_ARTICLES: Final = {
    "la": "una|dalla|alla|nessuna|un'altra |vicina",
    "lo": "uno|dallo|allo|nessuno|un altro |vicino",
    "il": "un|dal|al|nessun|un altro |vicino",
}

_MONTHS: Final = {
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre "
    "novembre dicembre",
    "en": "January February March April May June July August September October November December",
}


def say(key: str, language: str = "it", **values: object) -> str:
    """Return a phrase in a language.

    Parameters
    ----------
    key
        A key of :data:`WORDS`.
    language
        ``"it"`` or ``"en"``.
    **values
        What stands in the braces of the phrase, already written in that language.

    Returns
    -------
    str
        Plain text: escape it where it goes into a page.

    Raises
    ------
    UnknownNameError
        If there is no such phrase or language.
    InputError
        If a value is missing.

    Examples
    --------
    >>> say("covered", minutes=15), say("covered", "en", minutes=15)
    ('Entro 15 minuti', 'Within 15 minutes')
    """
    require_language(language)
    if key not in WORDS:
        raise UnknownNameError.among(key, WORDS, kind="phrase")
    try:
        return WORDS[key][language].format(**values)
    except KeyError as missing:
        raise InputError(
            f"the phrase {key!r} needs {missing}",
            where="words",
            mend=f"call say({key!r}, {missing.args[0]}=...)",
        ) from None


def known(value: object, language: str = "it", *, column: str) -> str:
    """Return the phrase for a value of a column, or the value itself where there is none.

    Parameters
    ----------
    value
        A cell of a table.
    language
        ``"it"`` or ``"en"``.
    column
        A key of :data:`VALUES`.

    Examples
    --------
    >>> known("one source", column="confidence"), known("one source", column="name")
    ('una sola fonte', 'one source')
    """
    text = str(value)
    key = VALUES[column].get(text)
    return text if key is None else say(key, language)


def visible(text: str) -> str:
    r"""Write what no page and no file can hold (control characters) as signs one can see.

    Tabs and ends of lines stay. A character that Unicode has no picture for, and half a
    surrogate pair, is U+FFFD.

    Examples
    --------
    >>> visible("a\x00b\x1b[2J"), visible("plain")
    ('a␀b␛[2J', 'plain')
    """
    return _UNSEEN.sub(_picture, text)


def isolated(text: str) -> str:
    r"""Write a text so that its direction turns nothing round it (UAX #9, isolates).

    For plain text: a page has the element ``bdi``. A text that is all from left to right stays
    as it is.

    Examples
    --------
    >>> isolated("Milano"), ascii(isolated("a\u202eb"))
    ('Milano', "'\\u2068a\\u202eb\\u2069'")
    """
    if not any(unicodedata.bidirectional(character) in _TURNING for character in text):
        return text
    # A text must neither end its isolate early nor leave others open behind it.
    opened = early = 0
    for character in text:
        if character in "\u2066\u2067\u2068":
            opened += 1
        elif character == "\u2069" and opened:
            opened -= 1
        elif character == "\u2069":
            early += 1
    return "\u2068" * (early + 1) + text + "\u2069" * (opened + 1)


_TURNING: Final = frozenset(
    ("R", "AL", "AN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
)
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"
)


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < ord(" "):
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"  # noqa: PLR2004  (DEL)


def profile_text(profile: TravelProfile, language: str = "it") -> str:
    """Say who travels: the label of a profile, starting with a capital.

    Examples
    --------
    >>> from quartieri15.model import profiles
    >>> profile_text(profiles.WALK_75, "en")
    'On foot, pace of a person of 75'
    """
    label = {"it": profile.label_it, "en": profile.label_en}[require_language(language)]
    return isolated(label[:1].upper() + label[1:])


def traveller_text(profile: TravelProfile, language: str = "it") -> str:
    """Say who travels and how fast; with a speed of one's own, no age is claimed.

    What the traveller refuses or loses time at is said too, unless the label of a profile of the
    library says it.

    Examples
    --------
    >>> from quartieri15.model import profiles
    >>> traveller_text(profiles.WALK_75)
    'A piedi, passo di una persona di 75 anni, 3,2 km/h'
    >>> traveller_text(profiles.WALK_75.with_(speed_kmh=2.5))
    'A piedi, velocità scelta: 2,5 km/h'
    >>> traveller_text(profiles.WALK_75.with_(refusals=["steps"], speed_kmh=2.5), "en")
    'On foot, chosen speed: 2.5 km/h, no stairs'
    """
    from quartieri15.model.profiles import PROFILES

    speed = as_given(profile.speed_kmh, language)
    conditions = _conditions(profile, language)
    if profile.source != CHOSEN_SPEED:
        who = say("traveller", language, profile=profile_text(profile, language), speed=speed)
        for known in PROFILES.values():
            if known.label_it == profile.label_it and _conditions(known, language) == conditions:
                return who
    else:
        mode = say("on_foot" if profile.mode == "walk" else "by_bicycle", language)
        who = say("traveller_own_speed", language, profile=mode, speed=speed)
    return ", ".join([who, *conditions])


def _conditions(profile: TravelProfile, language: str) -> list[str]:
    """Say what beside the speed makes a way longer for a traveller, or closes it."""
    said = []
    if profile.push_speed_kmh is not None:
        said.append(say("pushes", language, speed=as_given(profile.push_speed_kmh, language)))
    elif profile.mode == "bike":
        said.append(say("never_pushes", language))
    said += [say(f"refuses_{rule}", language) for rule in profile.refusals]
    if profile.slope != "flat":
        said.append(say(f"slope_{profile.slope}", language))
    if profile.steps_factor != 1:
        said.append(say("slower_stairs", language, times=as_given(profile.steps_factor, language)))
    if profile.crossing_wide_road_s:
        seconds = as_given(profile.crossing_wide_road_s, language)
        said.append(say("waits_at_wide_roads", language, seconds=seconds))
    if profile.max_grade is not None:
        grade = as_given(100 * profile.max_grade, language)
        said.append(say("up_to_grade", language, grade=grade))
    return said


def place_words(places: str, language: str = "it") -> dict[str, str]:
    """Say what is reached, with its articles: the blanks of the phrases that speak of places.

    Parameters
    ----------
    places
        The name of a set of places, for example ``"houses"`` or ``"wemi"``.
    language
        ``"it"`` or ``"en"``.

    Returns
    -------
    dict
        ``a_place``, ``from_nearest``, ``to_nearest``, ``no_place``, ``another_nearer``.

    Examples
    --------
    >>> place_words("houses")["from_nearest"], place_words("wemi")["from_nearest"]
    ('dalla Casa di Quartiere più vicina', 'dallo sportello WeMi più vicino')
    >>> place_words("wemi", "en")["to_nearest"], place_words("parks")["a_place"]
    ('to the nearest WeMi desk', 'un luogo «parks»')
    """
    own = isolated(places)
    article, *nouns = PLACE_NOUNS.get(places, ("il", f"luogo «{own}»", f"“{own}” place"))
    noun = nouns[LANGUAGES.index(require_language(language))]
    if language == "en":
        return {
            "a_place": f"a {noun}",
            "from_nearest": f"from the nearest {noun}",
            "to_nearest": f"to the nearest {noun}",
            "no_place": f"no {noun}",
            "another_nearer": f"another {noun} is nearer",
        }
    one, of, to, none, another, near = _ARTICLES[article].split("|")
    return {
        "a_place": f"{one} {noun}",
        "from_nearest": f"{of} {noun} più {near}",
        "to_nearest": f"{to} {noun} più {near}",
        "no_place": f"{none} {noun}",
        "another_nearer": f"{another}{noun} è più {near}",
    }


def certainty_text(certainty: Mapping[str, Any], places: str, language: str = "it") -> str:
    """Say how many positions of a set of places are uncertain, and why.

    Parameters
    ----------
    certainty
        The counts of :func:`quartieri15.model.places.position_certainty`.
    places
        The name of the set.
    language
        ``"it"`` or ``"en"``.

    Returns
    -------
    str
        One or two sentences; nothing where no position is uncertain.

    Examples
    --------
    >>> counts = {"places": 9, "in_doubt": 2, "less_than_civic": {"street": 1}, "unverified": 2}
    >>> certainty_text(counts, "wemi", "en").partition(". ")[0]  # doctest: +NORMALIZE_WHITESPACE
    'Uncertain positions (WeMi desks): 2 of 9, that is 1 at the street only; 2 with an unverified
    address; some for more than one reason'
    """
    in_doubt = certainty.get("in_doubt", 0)
    if not in_doubt:
        return ""
    rough = certainty.get("less_than_civic", {})
    apart = [number(metres, language) for metres in certainty.get("contradicted_m", ())]
    reasons = {name: certainty.get(name, 0) for name in ("unverified", "contradicted")}
    details = [
        say(
            "positions_rough",
            language,
            count=count,
            precision=isolated(known(name, language, column="location_precision")),
        )
        for name, count in rough.items()
    ]
    metres = "–".join(dict.fromkeys([*apart[:1], *apart[-1:]]))
    details += [
        say(f"positions_{reason}", language, count=count, metres=metres)
        for reason, count in reasons.items()
        if count
    ]
    if sum(rough.values()) + sum(reasons.values()) > in_doubt:
        details.append(say("positions_several_reasons", language))
    return say(
        "note_positions",
        language,
        places=say(places, language) if places in PLACE_NOUNS else isolated(places),
        in_doubt=in_doubt,
        count=certainty["places"],
        details="; ".join(details),
    )


def zone_text(name: object) -> str:
    """Write the name of a zone as people write it, where its publisher writes it in capitals.

    Examples
    --------
    >>> zone_text("BAGGIO - Q.RE DEGLI OLMI - Q.RE VALSESIA"), zone_text("Forlanini-Salomone")
    ('Baggio - Q.re degli Olmi - Q.re Valsesia', 'Forlanini-Salomone')
    >>> zone_text("QT 8"), zone_text("XXII MARZO"), zone_text("CITTA' STUDI")
    ('QT 8', 'XXII Marzo', 'Città Studi')
    """
    text = str(name)
    if text != text.upper() or text == text.lower():
        return text
    return _WORD.sub(_mixed, _ACCENT.sub(lambda found: _ACCENTED[found[0][0]], text))


_ACCENT: Final = re.compile(r"(?<!C)[AEIOU]'(?=\W|$)")
_ACCENTED: Final = dict(zip("AEIOU", "ÀÈÌÒÙ", strict=True))
_WORD: Final = re.compile(r"[^\W\d_]+(?:\.[^\W\d_]+)*")
_SMALL: Final = frozenset(
    (
        *("a", "ad", "al", "alla", "alle", "ai", "da", "dal", "dalla", "dei", "degli", "del"),
        *("della", "delle", "dello", "di", "e", "ed", "il", "in", "la", "le", "lo", "sul", "sulla"),
    )
)
_KEPT: Final = frozenset(("QT", "XXII", "ERP", "NIL"))


def _mixed(found: re.Match[str]) -> str:
    word = found[0]
    if word in _KEPT:
        return word
    first = found.start() == 0
    return word.lower() if word.lower() in _SMALL and not first else word.capitalize()


def date_text(date: dt.date, language: str = "it") -> str:
    """Write a date in words.

    Examples
    --------
    >>> import datetime
    >>> date_text(datetime.date(2026, 11, 21)), date_text(datetime.date(2026, 11, 1), "en")
    ('21 novembre 2026', '1 November 2026')
    """
    month = _MONTHS[require_language(language)].split()[date.month - 1]
    day = "1º" if language == "it" and date.day == 1 else str(date.day)
    return f"{day} {month} {date.year}"


def edits_text(edited: Mapping[str, Any], language: str = "it") -> str:
    """Say what somebody has edited in an edition, and how many rows it had before.

    Parameters
    ----------
    edited
        ``provenance["edited"]`` of a city, as :func:`quartieri15.load` gives it.
    language
        ``"it"`` or ``"en"``.

    Returns
    -------
    str
        A sentence; nothing where nothing was edited.

    Examples
    --------
    >>> half = {"had": {"ex_csrc": 29, "ex_cam": 33}, "has": {"ex_csrc": 29, "ex_cam": 5}}
    >>> edits_text({"registry.csv": half}, "en")
    'Edited by hand since the edition was built: registry.csv (34 houses, the edition had 62).'
    """
    details = [f"{name} ({_edit_text(told, language)})" for name, told in edited.items()]
    return say("note_edited", language, details=", ".join(details)) if details else ""


def _edit_text(told: Mapping[str, Any], language: str) -> str:
    had, has = Counter[str](), Counter[str]()
    for counts, kinds in ((had, told["had"]), (has, told["has"])):
        for kind, count in kinds.items():
            counts[_counted_as(kind)] += count
    differ = [key for key in dict.fromkeys([*had, *has]) if had[key] != has[key]]
    if differ:
        return "; ".join(
            say(
                key,
                language,
                has=number(has[key], language),
                had=number(had[key], language),
            )
            for key in differ
        )
    gone, new = len(told.get("gone", ())), len(told.get("new", ()))
    if gone or new:
        return say("edited_other_rows", language, gone=gone, new=new)
    return say("edited_same_rows", language)


def _counted_as(kind: str) -> str:
    """Return the phrase for how many rows of a kind there are."""
    if kind not in NETWORKS:
        return "edited_rows"
    return "edited_houses" if NETWORKS[kind] == "houses" else "edited_others"


def in_all_languages(key: str, **values: Any) -> dict[str, str]:
    """Return a phrase in every language, by language.

    Parameters
    ----------
    key
        A key of :data:`WORDS`.
    **values
        What stands in the braces: a text, or texts by language.

    Examples
    --------
    >>> in_all_languages("band", low="5", high={"it": "7,5", "en": "7.5"})
    {'it': 'da 5 a 7,5 minuti', 'en': '5 to 7.5 minutes'}
    """
    return {
        language: say(
            key,
            language,
            **{k: v[language] if isinstance(v, Mapping) else v for k, v in values.items()},
        )
        for language in LANGUAGES
    }
