from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotator", "0004_long_acts")]

    operations = [
        migrations.AddField(
            model_name="markevent",
            name="probability",
            field=models.FloatField(
                help_text="What the live version said of a cell before its first mark; null where that is no evidence.",
                null=True,
            ),
        ),
    ]
