"""The sections of the pages, one module each: what data a section needs.

A module has one function, ``data(material, page)``: what stands at ``app.data.<section>`` of that
page, as plain values of JSON and packed arrays.
"""
