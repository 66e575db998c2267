import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def give_homes(apps, schema_editor):
    """Accounts of people who were invited before are at home where they joined first."""
    user = apps.get_model("annotator", "User")
    member = apps.get_model("annotator", "Member")
    for person in user.objects.filter(is_staff=False, is_superuser=False, home=None):
        first = member.objects.filter(user=person).order_by("joined_at", "pk").first()
        # Whoever leads the project they joined first may have made it themselves: nobody gets links for them.
        if first is not None and first.role != "lead":
            user.objects.filter(pk=person.pk).update(home=first.project_id)


class Migration(migrations.Migration):
    dependencies = [
        ("annotator", "0008_what_a_change_brought_back"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="home",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="annotator.project",
            ),
        ),
        migrations.AddField(
            model_name="signinlink",
            name="made_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="signinlink",
            name="revoked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(give_homes, migrations.RunPython.noop),
    ]
