from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("movie", "0008_search")]

    operations = [
        migrations.CreateModel(
            name="AnswerTime",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(help_text="UTC")),
                ("model", models.CharField(max_length=40)),
                ("span", models.PositiveSmallIntegerField()),
                ("count", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("day", "model", "span"), name="answer_time_once")
                ],
            },
        ),
    ]
