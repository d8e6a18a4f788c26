"""About the site and who asks."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class Me(BaseModel):
    signed_in: bool = Field(examples=[False])
    name: str | None = Field(description="The account's; null for who is not signed in.", examples=[None])
    language: Literal["ko", "en"] = Field(description="In which the API speaks to you.", examples=["ko"])
    csrf_token: str = Field(
        description="For the header X-CSRFToken of whatever changes something.",
        examples=["fqdXw0kV3rB6nTgZ1sYcUo8PjLmA2eHi5DfRb7NvKxGtQyWzJaC4uSpE9lMhOd0I"],
    )


class Model(BaseModel):
    """A model that recommends."""

    name: str = Field(examples=["ngcf"])
    label: str = Field(examples=["NGCF"])
    title: str = Field(description="In the language of who asks.", examples=["나를 위한 영화 열 편"])
    personal: bool = Field(description="false: it has a list for who has no history too.", examples=[True])
    serves: bool = Field(description="false: it has no weights, and popularity stands in for it.", examples=[True])
    compares_movies: bool = Field(description="Whether it says which movies are alike.", examples=[True])


class Models(BaseModel):
    models: list[Model]


class Genres(BaseModel):
    genres: list[str] = Field(examples=[["Action", "Comedy", "Drama"]])


class ProblemKind(BaseModel):
    type: str = Field(examples=["/api/v1/problems#not-found"])
    status: int = Field(examples=[404])
    title: str = Field(examples=["Not found"])
    meaning: str = Field(examples=["There is nothing at this address, or not for you."])


class ProblemKinds(BaseModel):
    problems: list[ProblemKind]
