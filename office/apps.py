from django.apps import AppConfig
from django.contrib.admin import apps
from django.utils.translation import gettext_lazy as _


class OfficeConfig(AppConfig):
    name = "office"
    verbose_name = _("Office")
    default = True


class OfficeAdminConfig(apps.AdminConfig):
    """Django's admin, behind this site's own door."""

    default_site = "office.site.OfficeSite"
    default = False
