"""The sections of the pages, one module each: what data a section needs.

A module has one or both of two functions. ``data(material, page)`` is what stands at
``app.data.<section>`` of that page, as plain values of JSON and packed arrays. ``texts(material,
page)`` is what its template says, under ``texts.<section>``: texts by language and lists of them.
``material`` is what all pages are made from, ``page`` the one that is written; a section that only
some kinds of pages have is asked by those alone (``LAYOUT`` in ``publish/site/page.py``).
"""
