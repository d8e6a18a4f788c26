"""The list of pages that browser tests go through is whole."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from tests.acceptance.pages.places import NO_PAGES, PLACES


def views(resolver: URLResolver, space: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from views(entry, f"{space}{entry.namespace}:" if entry.namespace else space)
        elif isinstance(entry, URLPattern) and entry.name:
            yield f"{space}{entry.name}"


def test_every_address_of_the_site_is_a_page_that_is_looked_at_or_none_for_a_reason() -> None:
    looked_at = {place.view for place in PLACES}
    missing = [
        view
        for view in dict.fromkeys(views(get_resolver()))
        if view not in looked_at | NO_PAGES.keys() and f"{view.partition(':')[0]}:*" not in NO_PAGES
    ]
    assert not missing, (
        f"No browser test looks at {', '.join(missing)}. In tests/acceptance/pages/places.py, add "
        "Place('app:view', '/its/path/') to PLACES, or, where it shows no page, 'app:view': 'why' to NO_PAGES."
    )


def test_the_list_names_nothing_that_is_gone() -> None:
    there = set(views(get_resolver()))
    named = {place.view for place in PLACES if place.view} | {view for view in NO_PAGES if not view.endswith(":*")}
    assert named <= there
