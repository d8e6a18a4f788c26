"""Django's forms of accounts, with what this site asks for."""

from __future__ import annotations

from threading import Thread
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm, UserCreationForm
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from accounts.models import User

EMAIL_HELP = _("Only for a forgotten password; without one it cannot be reset.")


class SignInForm(AuthenticationForm):
    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": _("No account has this name and this password."),
    }


class SignUpForm(UserCreationForm):  # type: ignore[type-arg]  # Django's takes none
    class Meta:
        model = User
        fields = ("username", "email")
        help_texts = {"email": EMAIL_HELP}


class PasswordForm(forms.Form):
    """What only who knows the password may do, not who finds a browser signed in."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError(_("That is not your password."))
        return password


class EmailForm(PasswordForm):
    email = forms.EmailField(label=_("e-mail address"), required=False, help_text=EMAIL_HELP, max_length=254)
    field_order = ["email", "password"]


class ResetForm(PasswordResetForm):
    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """Beside the request: else how long the answer takes would tell whether the address has an account.

        In the language of the request, which a thread knows nothing of.
        """
        language, send = get_language(), super().send_mail

        def send_in_language() -> None:
            with override(language):
                send(*args, **kwargs)

        Thread(target=send_in_language).start()
