"""Who can sign in."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """Django's user, but for its number.

    The number is random and never used twice: it stands for the account in the click log, in the training feed and in
    the stream, which so hold no name; and what a deleted account left behind by mistake falls to nobody. Which table
    users are in can hardly be changed once a site runs, hence one of our own from the beginning.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"), blank=True)
