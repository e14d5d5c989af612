"""Root directories for the lab's machines: what is on them, and how they are made and cached."""

from lab.image.build import Image, ImageError, current, ensure, mirrors
from lab.image.cache import cached, size_of
from lab.image.recipe import RECIPES, Recipe, key

__all__ = [
    "RECIPES",
    "Image",
    "ImageError",
    "Recipe",
    "cached",
    "current",
    "ensure",
    "key",
    "mirrors",
    "size_of",
]
