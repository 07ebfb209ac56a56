"""Every option, declared once, and the values that the rest of the program sees."""

from openlbaas.settings.reading import load
from openlbaas.settings.values import Log, Settings

__all__ = ["Log", "Settings", "load"]
