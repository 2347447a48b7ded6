"""The words of maps, their tables and what is known of places: Italian first, English beside it."""

from __future__ import annotations

from typing import Final

MAP_WORDS: Final[dict[str, dict[str, str]]] = {
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
    "lead_between": {
        "it": "{uncovered} {group} su {population} ({share}; tra {least} e {most} contando ciò che "
        "è incerto) vivono a più di {minutes} minuti {from_nearest}.",
        "en": "{uncovered} of {population} {group} ({share}; {least} to {most} with what is "
        "uncertain) live more than {minutes} minutes {from_nearest}.",
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
}
