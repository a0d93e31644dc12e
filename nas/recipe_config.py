"""The recipe sections of the configuration: every field of `workers.job.Recipe`, each of them optional.

The fields, their ranges and their explanations are read off `Recipe`, so that they are written down once. What is left
out is decided by the pictures (search) or by the search's recipe (final training).
"""

import ast
import dataclasses
import inspect
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from search_spaces.graph import Shape
from workers.job import Recipe

FINAL_EPOCHS_FACTOR = 5
"""The final training is so many times longer than the search's, unless told otherwise."""


def attribute_docstrings(owner: type) -> dict[str, str]:
    """Returns field name -> the string literal written below the field."""
    (definition,) = ast.parse(inspect.getsource(owner)).body
    assert isinstance(definition, ast.ClassDef)
    found: dict[str, str] = {}
    for field, after in zip(definition.body, definition.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            found[field.target.id] = str(after.value.value)
    return found


def _optional_fields() -> dict[str, Any]:
    hints = get_type_hints(Recipe, include_extras=True)
    docs = attribute_docstrings(Recipe)
    return {
        field.name: (hints[field.name] | None, Field(None, description=docs[field.name]))
        for field in dataclasses.fields(Recipe)
    }


class _RecipeSection(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def given(self) -> dict[str, Any]:
        """Returns the fields that were set."""
        return {name: value for name, value in self.model_dump().items() if value is not None}


class RecipeConfig(create_model("_SearchRecipe", __base__=_RecipeSection, **_optional_fields())):  # type: ignore[misc]
    """How each child is trained during the search."""

    def resolve(self, image: Shape) -> Recipe:
        """Returns the recipe for pictures of shape (C, H, W).

        By default the crop moves by an eighth of the shorter side, and colour pictures are mirrored while grey ones,
        which may be writing, are not.
        """
        channels, height, width = image
        usual = Recipe(crop_padding=min(height, width) // 8, flip=channels == 3)
        return dataclasses.replace(usual, **self.given())


class FinalRecipeConfig(create_model("_FinalRecipe", __base__=_RecipeSection, **_optional_fields())):  # type: ignore[misc]
    """How the network that is handed over is trained. What is not set is as in the search, with 5 times the epochs."""

    def resolve(self, search: Recipe) -> Recipe:
        """Returns the full recipe, given the search's."""
        longer = dataclasses.replace(search, epochs=search.epochs * FINAL_EPOCHS_FACTOR)
        return dataclasses.replace(longer, **self.given())
