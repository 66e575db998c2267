"""People: accounts, their role in a project, and the secrets that let them in."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

from annotator.limits import SHOWN_NAME


class User(AbstractUser):
    """A person. `display_name` is what others see; it falls back to the user name.

    `home` is the project whose lead made the account. Only leads of that project may be given new links for it.
    """

    display_name = models.CharField(max_length=SHOWN_NAME, blank=True)
    home = models.ForeignKey("annotator.Project", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return self.display_name or self.username

    class Meta(AbstractUser.Meta):
        constraints = [models.UniqueConstraint(Lower("username"), name="user_name_unique_ignoring_case")]


class Role(models.TextChoices):
    """What a member may do in one project; `annotator.policy` says what each role allows."""

    ANNOTATOR = "annotator", "Annotator"
    REVIEWER = "reviewer", "Reviewer"
    LEAD = "lead", "Lead"


class Member(models.Model):
    """One person's role in one project."""

    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = "member of a project", "members of projects"
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="member_once_per_project"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="member_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"


class ApiToken(models.Model):
    """A script's key. Only the SHA-256 of the secret is stored; the secret is shown once, when made."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=SHOWN_NAME)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "API token", "API tokens"

    def __str__(self) -> str:
        return self.name


class SignInLink(models.Model):
    """A one-time link that signs a person in; only its SHA-256 is stored. Links of the console have no `made_by`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_in_links")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name, verbose_name_plural = "sign-in link", "sign-in links"

    def __str__(self) -> str:
        return f"link for {self.user}"
