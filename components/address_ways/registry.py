"""The table of ways: adding one adds a module and a row here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from . import block, prefix, private
from .way import AddressWay

DEFAULT_ADDRESSES: Final = "block"
ADDRESS_WAYS: Final[Mapping[str, AddressWay]] = MappingProxyType(
    {"block": block, "prefix": prefix, "private": private}
)
