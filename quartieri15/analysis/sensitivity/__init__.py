"""How far a coverage, and the ranking of its gaps, depend on what is assumed."""

from quartieri15.analysis.sensitivity.measuring import Sensitivity, sensitivity

__all__ = ["Sensitivity", "sensitivity"]
