"""The words of runs, comparisons, sites and links: Italian first, English beside it."""

from __future__ import annotations

from typing import Final

PLAN_WORDS: Final[dict[str, dict[str, str]]] = {
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
