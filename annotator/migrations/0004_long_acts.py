import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotator", "0003_audit_draw")]

    operations = [
        migrations.AddField(
            model_name="operation",
            name="job",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="+",
                to="annotator.job",
            ),
        ),
        migrations.AlterField(
            model_name="job",
            name="kind",
            field=models.CharField(
                choices=[
                    ("train", "Train"),
                    ("score", "Score new images and labels"),
                    ("preview", "Try a label's name"),
                    ("import", "Import"),
                    ("export", "Export"),
                    ("close", "Close all labels, or take that back"),
                ],
                max_length=10,
            ),
        ),
    ]
