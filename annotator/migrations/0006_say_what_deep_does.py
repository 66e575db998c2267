from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotator", "0005_probability_before_a_mark"),
    ]

    operations = [
        migrations.AlterField(
            model_name="trainingrun",
            name="level",
            field=models.CharField(
                choices=[
                    ("quick", "Quick refit (seconds)"),
                    ("full", "Whole SARB head (minutes)"),
                    ("deep", "Pictures enlarged too (long)"),
                ],
                default="quick",
                max_length=10,
            ),
        ),
    ]
