from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotator", "0002_names_that_people_read")]

    operations = [
        migrations.AddField(
            model_name="auditquestion",
            name="draw",
            field=models.PositiveBigIntegerField(default=0, help_text="Number shared by the questions drawn at once."),
        ),
    ]
