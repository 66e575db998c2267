from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotator", "0007_who_set_a_picture_aside")]

    operations = [
        migrations.AddField(
            model_name="markevent",
            name="restores",
            field=models.PositiveIntegerField(
                help_text="For an undo: the version of the cell that it brought back, 0 = never marked.", null=True
            ),
        ),
        migrations.AddField(
            model_name="operation",
            name="answers",
            field=models.JSONField(default=list),
        ),
    ]
