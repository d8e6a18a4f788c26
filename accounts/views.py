"""The pages of an account: Django's own views, and what this site has beside them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast

from django.contrib.auth import authenticate, login, logout
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import IntegrityError, transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe
from django.views.generic import FormView, TemplateView

from accounts.forms import EmailForm, PasswordForm, ResetForm, SignInForm, SignUpForm
from accounts.joining import give_history
from accounts.models import User
from movie import services
from movie.clicks.base import ClickLogError
from movie.visitors import VisitorRequest, new_visitor

ACCOUNT = reverse_lazy("accounts:account")


class SignIn(auth.LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        """Never this page itself, which sends on who is signed in."""
        wanted = super().get_redirect_url()
        return "" if wanted.partition("?")[0] == self.request.path else wanted


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class SignUp(auth.RedirectURLMixin, FormView):  # type: ignore[type-arg]  # Django's takes none
    template_name = "accounts/sign_up.html"
    form_class = SignUpForm
    next_page = "movie:home"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect(ACCOUNT)
        return cast(HttpResponse, super().dispatch(request, *args, **kwargs))

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        try:
            with transaction.atomic():
                form.save()
        except IntegrityError:  # somebody took the name since the form looked
            form.add_error("username", _("A user with that username already exists."))
            return self.form_invalid(form)
        name, password = form.cleaned_data["username"], form.cleaned_data["password1"]
        user = authenticate(self.request, username=name, password=password)
        assert user is not None, "an account that was made a moment ago"
        login(self.request, user)
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {self.redirect_field_name: self.get_redirect_url()}


class SignOut(auth.LogoutView):
    next_page = "movie:home"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            request = cast(VisitorRequest, request)
            give_history(request, cast(User, request.user))  # a click that was on its way while they signed in
            leave(request)
        return super().post(request, *args, **kwargs)


class Account(LoginRequiredMixin, TemplateView):
    template_name = "accounts/account.html"


@require_safe
@login_required
def export(request: VisitorRequest) -> HttpResponse:
    """Everything that the site keeps of the account, as a file."""
    try:
        stores = services.events_export(owner=request.visitor.owner)
    except ClickLogError:
        return _unavailable(request)
    response = JsonResponse({"owner": request.visitor.owner, **stores}, json_dumps_params={"ensure_ascii": False})
    response["Content-Disposition"] = 'attachment; filename="movie-graph.json"'
    return response


class PasswordChange(auth.PasswordChangeView):
    template_name = "accounts/password.html"
    success_url = ACCOUNT


class Reset(auth.PasswordResetView):
    form_class = ResetForm
    template_name = "accounts/reset.html"
    email_template_name = "accounts/reset_mail.txt"
    subject_template_name = "accounts/reset_subject.txt"
    success_url = reverse_lazy("accounts:reset_sent")


class ResetSent(auth.PasswordResetDoneView):
    template_name = "accounts/reset_sent.html"


class ResetConfirm(auth.PasswordResetConfirmView):
    template_name = "accounts/reset_confirm.html"
    success_url = reverse_lazy("accounts:sign_in")


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class OnlyWithPassword(LoginRequiredMixin, FormView):  # type: ignore[type-arg]  # Django's takes none
    """A form that asks for the password once more."""

    success_url = ACCOUNT

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}


class Email(OnlyWithPassword):
    template_name = "accounts/email.html"
    form_class = EmailForm

    def get_initial(self) -> dict[str, Any]:
        return {"email": cast(User, self.request.user).email}

    def form_valid(self, form: Form) -> HttpResponse:
        user = cast(User, self.request.user)
        user.email = form.cleaned_data["email"]
        user.save(update_fields=["email"])
        return super().form_valid(form)


class Delete(OnlyWithPassword):
    template_name = "accounts/delete.html"
    form_class = PasswordForm

    def form_valid(self, form: Form) -> HttpResponse:
        request = cast(VisitorRequest, self.request)
        user = cast(User, request.user)
        try:
            services.history_merge(visitor=request.visitor, user_id=str(user.pk))
            services.owner_forget(owner=request.visitor.owner)
        except ClickLogError:
            return _unavailable(request)
        owner = request.visitor.owner
        user.delete()
        with suppress(ClickLogError):
            services.owner_forget(owner=owner)  # what another tab of theirs sent meanwhile
        leave(request)
        return HttpResponseRedirect(reverse_lazy("accounts:deleted"))


@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/deleted.html")


def leave(request: VisitorRequest) -> None:
    """End the session, and give the browser to somebody of whom nothing is known."""
    logout(request)
    request.visitor = new_visitor()


def _unavailable(request: HttpRequest) -> HttpResponse:
    reason = _("Your history cannot be reached just now. Nothing is lost; please try again.")
    response = render(request, "refused.html", {"reason": reason}, status=503)
    response["Retry-After"] = "2"
    return response
