import pytest

from movie.catalogue.facts import names
from movie.catalogue.titles import Title, key, keys, take_apart


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Toy Story (1995)", Title("Toy Story", "", 1995)),
        ("Postman, The (Postino, Il) (1994)", Title("The Postman", "Il Postino", 1994)),
        ("Seven (a.k.a. Se7en) (1995)", Title("Seven", "Se7en", 1995)),
        ("Hangover, The", Title("The Hangover", "", None)),
        ("Avventura, L' (Adventure, The) (1960)", Title("L'Avventura", "The Adventure", 1960)),
        (
            "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
            Title("The City of Lost Children", "La Cité des enfants perdus", 1995),
        ),
        ("2001: A Space Odyssey (1968)", Title("2001: A Space Odyssey", "", 1968)),
        ("Good, the Bad and the Ugly, The", Title("The Good, the Bad and the Ugly", "", None)),
    ],
)
def test_a_title_is_taken_apart(text: str, expected: Title) -> None:
    assert take_apart(text) == expected


def test_spelling_does_not_count_in_a_key() -> None:
    assert key("Amélie!") == key("amelie")
    assert key("Matrix, The") == key("The Matrix")
    assert key("Fast & Furious") == key("Fast and Furious")
    assert key("올드 보이") == key("올드보이")


def test_titles_in_brackets_are_keys_too() -> None:
    assert keys("Twelve Monkeys (a.k.a. 12 Monkeys) (1995)") == ["twelvemonkeys", "12monkeys"]


def test_names_keep_their_suffixes_and_stand_once() -> None:
    assert names("Robert Downey, Jr., Sammy Davis, III, Al Pacino, Al Pacino") == (
        "Robert Downey, Jr.",
        "Sammy Davis, III",
        "Al Pacino",
    )
    assert names("") == names(None) == ()
