"""The catalogue, for staff: facts can be corrected, and movies and people added.

Nothing is deleted here: a movie's ratings are what models are trained on, and a load of the catalogue would bring it
back. What visitors did is not here at all: no page shows staff what one person clicked.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from movie.admin_fields import Choices, GenreChoices, TypedChoice, TypedChoices
from movie.models import CatalogueLoad, Country, Credit, Genre, Movie, Person
from movie.search.asked import Asked
from movie.search.query import genre_names, search

NAMES = {
    Movie: (_("movie"), _("movies")),
    Person: (_("person"), _("people")),
    Credit: (_("credit"), _("credits")),
    CatalogueLoad: (_("load of the catalogue"), _("loads of the catalogue")),
}
LABELS = {
    Movie: {
        "title": _("Title"), "title_ko": _("Korean title"), "original_title": _("Original title"), "year": _("Year"),
        "runtime": _("Minutes"), "imdb_id": _("IMDb number"), "poster_url": _("Address of the poster"),
        "page_url": _("Address of the source"), "synopsis": _("Synopsis"), "genres": _("Genres"),
        "countries": _("Countries"), "n_ratings": _("Ratings"),
    },
    Person: {"name": _("Name")},
    Credit: {"role": _("Role"), "person": _("person")},
    CatalogueLoad: {"source": _("Source"), "at": _("When"), "n_movies": _("Movies"), "n_ratings": _("Ratings")},
}  # fmt: skip


def _name_for_people() -> None:
    """In their language. Not in the tables' definition, where each change of a word would be a migration."""
    for model, (one, many) in NAMES.items():
        model._meta.verbose_name, model._meta.verbose_name_plural = one, many
    for of, labels in LABELS.items():
        for name, label in labels.items():
            of._meta.get_field(name).verbose_name = label  # type: ignore[union-attr]


_name_for_people()


class _Kept(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's takes none
    """Of a big table: one COUNT a page, none for figures that nobody needs, and nothing deleted."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class _OnlyNamed(_Kept):
    """Found by name where a movie's form asks for one; neither a page of the index nor to be changed."""

    search_fields = ["name"]
    ordering = ["name"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


admin.site.register(Country, _OnlyNamed)


class GenreFilter(admin.RelatedFieldListFilter):
    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        return sorted(
            ((str(genre.pk), gettext(genre.name)) for genre in Genre.objects.all()), key=lambda each: each[1]
        )


class Decade(admin.SimpleListFilter):
    title, parameter_name = _("decade"), "decade"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(first), gettext("%(decade)ds") % {"decade": first}) for first in range(2020, 1889, -10)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Movie]) -> QuerySet[Movie]:
        value = self.value() or ""
        if value not in dict(self.lookup_choices):
            return queryset
        return queryset.filter(year__gte=int(value), year__lt=int(value) + 10)


class Lacks(admin.SimpleListFilter):
    """Movies that somebody could complete."""

    title, parameter_name = _("what is missing"), "lacks"
    FIELDS = {"title_ko": "", "synopsis": "", "poster_url": "", "year": None, "runtime": None}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, LABELS[Movie][name]) for name in self.FIELDS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Movie]) -> QuerySet[Movie]:
        name = self.value()
        return queryset.filter(**{name: self.FIELDS[name]}) if name in self.FIELDS else queryset


class CreditInline(admin.TabularInline):  # type: ignore[type-arg]
    """Who made a movie is added or taken out; there is nothing in a credit to change."""

    model = Credit
    extra = 0
    autocomplete_fields = ["person"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest | None, **kwargs: Any) -> Any:
        kwargs["widget"] = TypedChoice(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[arg-type]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Credit]:
        return super().get_queryset(request).select_related("person", "movie").order_by("role", "id")


@admin.register(Movie)
class MovieAdmin(_Kept):
    list_display = ["__str__", "title_ko", "genre_labels", "n_ratings", "stars"]
    list_filter = [("genres", GenreFilter), Decade, Lacks]
    ordering = ["-popularity", "id"]
    search_fields = ["title"]  # asks for the search box; get_search_results says what it finds
    search_help_text = _("A title in any language, a person, a year or a genre; typing errors do not matter.")
    fieldsets = [
        (None, {"fields": ["id", "title", "title_ko", "original_title", "year", "runtime", "synopsis"]}),
        (_("Kinds"), {"fields": ["genres", "countries"]}),
        (_("Elsewhere"), {"fields": ["imdb_id", "poster_url", "page_url"]}),
        (_("Counted from ratings"), {"fields": ["n_ratings", "stars"]}),
    ]
    autocomplete_fields = ["countries"]
    inlines = [CreditInline]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest | None, **kwargs: Any) -> Any:
        """What a movie may lack may be left empty; labels say what fields are for."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[arg-type]
        if field is not None:
            field.help_text = ""
            field.required = db_field.name in ("id", "title")
        return field

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None, **kwargs: Any) -> Any:
        if db_field.name == "genres":
            return db_field.formfield(form_class=GenreChoices)
        kwargs |= {"form_class": Choices, "widget": TypedChoices(db_field, self.admin_site)}
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[arg-type]

    def get_readonly_fields(self, request: HttpRequest, obj: Movie | None = None) -> list[str]:
        """The number is what models know a movie by: it is given once."""
        return ["n_ratings", "stars", *(["id"] if obj else [])]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Movie]:
        return super().get_queryset(request).prefetch_related("genres")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Movie], search_term: str
    ) -> tuple[QuerySet[Movie], bool]:
        """By the site's own search, or a movie's number."""
        genres = genre_names()
        asked = Asked.of({"q": search_term}, genres=genres)
        if not asked.text:
            return queryset, False
        wanted = Q(id__in=[found.id for found in search(asked, genres=genres).movies])
        if asked.text.isascii() and asked.text.isdigit() and len(asked.text) < 19:
            wanted |= Q(id=int(asked.text))
        return queryset.filter(wanted), False

    def view_on_site(self, obj: Movie) -> str:
        return reverse("movie:detail", args=[obj.id])

    @admin.display(description=_("Genres"))
    def genre_labels(self, movie: Movie) -> str:
        return ", ".join(gettext(name) for name in movie.genre_names)

    @admin.display(description=_("Mean"), ordering="mean_star")
    def stars(self, movie: Movie) -> str:
        return "–" if movie.star_mean is None else f"★\N{NO-BREAK SPACE}{movie.star_mean:.1f}"


@admin.register(Person)
class PersonAdmin(_Kept):
    search_fields = ["name"]
    ordering = ["name"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Person], search_term: str
    ) -> tuple[QuerySet[Person], bool]:
        asked = Asked.of({"q": search_term}, genres=())
        if not asked.text:
            return queryset, False
        return queryset.filter(id__in=search(asked, genres=()).people), False

    def view_on_site(self, obj: Person) -> str:
        return reverse("movie:person", args=[obj.pk])


@admin.register(CatalogueLoad)
class CatalogueLoadAdmin(_Kept):
    """What was loaded, and when; written by loads alone."""

    list_display = ["source", "at", "n_movies", "n_ratings"]
    ordering = ["-id"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
