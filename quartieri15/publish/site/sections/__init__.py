"""The sections of the pages, one module each: what data a section needs.

A module has one or both of two functions. ``data(material, page)`` is what stands at
``app.data.<section>`` of that page, as plain values of JSON and packed arrays. ``texts(material,
page)`` is what its template says, under ``texts.<section>``: texts by language and lists of them.
"""
