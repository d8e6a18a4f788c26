"""MySQL compares text by the server's collation, to which "Renée" and "renee" are one person and 👍 and 👎 may be one
user. SQLite compares what was written, and so do models; here MySQL is told to do the same, in all tables of the site."""

from django.db import migrations

EXACT = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"


def compare_exactly(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "mysql":
        return
    quote = schema_editor.quote_name
    schema_editor.execute(f"ALTER DATABASE {quote(connection.settings_dict['NAME'])} {EXACT}")  # for later tables
    for model in apps.get_app_config("movie").get_models(include_auto_created=True):
        schema_editor.execute(f"ALTER TABLE {quote(model._meta.db_table)} CONVERT TO {EXACT}")


class Migration(migrations.Migration):
    atomic = False  # MySQL changes no table inside a transaction
    dependencies = [("movie", "0001_initial")]
    operations = [migrations.RunPython(compare_exactly, migrations.RunPython.noop)]
