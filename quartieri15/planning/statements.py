"""The words of a comparison."""

from __future__ import annotations


def statement(found, language, *, rounded=None):
    return []


def figure(value, name):
    return str(value)
