"""The genres' names, for translation: they stand in the data, not in a template."""

from django.utils.translation import gettext_noop as _

NAMES = [
    _("Action"),
    _("Adventure"),
    _("Animation"),
    _("Biography"),
    _("Children"),
    _("Comedy"),
    _("Crime"),
    _("Documentary"),
    _("Drama"),
    _("Family"),
    _("Fantasy"),
    _("Film-Noir"),
    _("History"),
    _("Horror"),
    _("IMAX"),
    _("Music"),
    _("Musical"),
    _("Mystery"),
    _("Romance"),
    _("Sci-Fi"),
    _("Sport"),
    _("Thriller"),
    _("War"),
    _("Western"),
]
