from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.Account.as_view(), name="account"),
    path("sign_up/", views.SignUp.as_view(), name="sign_up"),
    path("sign_in/", views.SignIn.as_view(), name="sign_in"),
    path("sign_out/", views.SignOut.as_view(), name="sign_out"),
    path("export/", views.export, name="export"),
    path("email/", views.Email.as_view(), name="email"),
    path("password/", views.PasswordChange.as_view(), name="password"),
    path("reset/", views.Reset.as_view(), name="reset"),
    path("reset/sent/", views.ResetSent.as_view(), name="reset_sent"),
    path("reset/<uidb64>/<token>/", views.ResetConfirm.as_view(), name="reset_confirm"),
    path("delete/", views.Delete.as_view(), name="delete"),
    path("deleted/", views.deleted, name="deleted"),
]
