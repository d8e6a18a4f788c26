"""How names are compared: small letters without accents, Korean syllables taken apart, no punctuation.

"Amélie" is `amelie`, "WALL·E" is `walle`, "매트릭스" is `ㅁㅐㅌㅡㄹㅣㄱㅅㅡ`. In jamo a wrong vowel costs one letter
of nine and not one syllable of four, and a syllable that is still being typed is the beginning of the whole one.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 100
"""Characters of a name or a query that count; what follows is not looked at."""

_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏ,ㅐ,ㅑ,ㅒ,ㅓ,ㅔ,ㅕ,ㅖ,ㅗ,ㅗㅏ,ㅗㅐ,ㅗㅣ,ㅛ,ㅜ,ㅜㅓ,ㅜㅔ,ㅜㅣ,ㅠ,ㅡ,ㅡㅣ,ㅣ"  # ㅘ is typed as ㅗ, then ㅏ
_FINALS = "ㄱ,ㄲ,ㄱㅅ,ㄴ,ㄴㅈ,ㄴㅎ,ㄷ,ㄹ,ㄹㄱ,ㄹㅁ,ㄹㅂ,ㄹㅅ,ㄹㅌ,ㄹㅍ,ㄹㅎ,ㅁ,ㅂ,ㅂㅅ,ㅅ,ㅆ,ㅇ,ㅈ,ㅊ,ㅋ,ㅌ,ㅍ,ㅎ"
_FIRST_INITIAL, _FIRST_VOWEL, _FIRST_FINAL = 0x1100, 0x1161, 0x11A8
_FIRST_SYLLABLE, _LAST_SYLLABLE, _SYLLABLES_AN_INITIAL = 0xAC00, 0xD7A3, 588
_LETTERS = {
    # What Unicode does not take apart.
    **str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}),
    **str.maketrans(dict.fromkeys("'’‘`´", "")),  # ocean's is one word
    ord("&"): " and ",
    # Jamo that join into syllables, as the keyboard's letters: a double consonant at the end is two strokes.
    **{_FIRST_INITIAL + i: letter for i, letter in enumerate(_INITIALS)},
    **{_FIRST_VOWEL + i: letters for i, letters in enumerate(_VOWELS.split(","))},
    **{_FIRST_FINAL + i: letters for i, letters in enumerate(_FINALS.split(","))},
}
_ARTICLE = r"(the|a|an|le|la|les|l'|un|une|il|lo|gli|el|los|las|der|die|das|ein|eine)"
_ARTICLE_LAST = re.compile(rf"^(.+), {_ARTICLE}$", re.IGNORECASE)
_ARTICLE_FIRST = re.compile(rf"^{_ARTICLE}(?<=')(?=\w)|^{_ARTICLE}\s+(?=\w)", re.IGNORECASE)


def words(text: str) -> list[str]:
    """The words of `text` as they are compared; where it has no letter or digit, its other signs."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    plain = _ARTICLE_LAST.sub(r"\2 \1", plain.strip())
    letters = "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))
    letters = letters.translate(_LETTERS)[:LONGEST]
    found = "".join(c if c.isalnum() else " " for c in letters).split()
    return found or _signs(letters)


def form(text: str) -> str:
    """`words` without the spaces."""
    return "".join(words(text))


def ways_to_write(text: str) -> list[list[str]]:
    """The words of a name, and those without its article: "The Matrix" is looked for as "matrix", too."""
    whole = words(text)
    bare = words(_ARTICLE_FIRST.sub("", _ARTICLE_LAST.sub(r"\1", text.strip())))
    return [way for way in ([whole] if bare == whole else [whole, bare]) if way]


def initials(text: str) -> list[str]:
    """The words, of each Korean syllable the first consonant: "살인의 추억" is ㅅㅇㅇ ㅊㅇ. None without Korean."""
    composed = unicodedata.normalize("NFKC", text[:LONGEST])
    if not any(_is_syllable(c) for c in composed):
        return []
    return words("".join(_initial(c) if _is_syllable(c) else c for c in composed))


def are_initials(form: str) -> bool:
    """Whether a query's form is Korean consonants, with digits or without."""
    letters = [c for c in form if not c.isdigit()]
    return bool(letters) and all(c in _INITIALS for c in letters)


def _is_syllable(c: str) -> bool:
    return _FIRST_SYLLABLE <= ord(c) <= _LAST_SYLLABLE


def _initial(syllable: str) -> str:
    return _INITIALS[(ord(syllable) - _FIRST_SYLLABLE) // _SYLLABLES_AN_INITIAL]


def _signs(text: str) -> list[str]:
    return "".join(c if c.isprintable() else " " for c in text).split()
