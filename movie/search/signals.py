"""Keeping the index where a movie or a person is saved by itself: in the admin, or by a script.

A load writes in bulk, which sends no signal, and rebuilds the index itself. A row that is deleted takes its entries
along; their numbers in the trigrams' lists then lead nowhere, which a search passes over, until the next rebuild.
"""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from movie.models import Movie, Person
from movie.search.index import keep_movie, keep_person


@receiver(post_save, sender=Movie, dispatch_uid="search keeps movies")
def movie_saved(instance: Movie, *, raw: bool = False, **rest: Any) -> None:
    if not raw:
        keep_movie(instance)


@receiver(post_save, sender=Person, dispatch_uid="search keeps people")
def person_saved(instance: Person, *, raw: bool = False, **rest: Any) -> None:
    if not raw:
        keep_person(instance)
