"""Root directories for the lab's machines: what is on them, and how they are made and cached."""

from lab.image.build import Image, ImageError, ensure, mirrors
from lab.image.recipe import RECIPES, Recipe, key

__all__ = ["RECIPES", "Image", "ImageError", "Recipe", "ensure", "key", "mirrors"]
