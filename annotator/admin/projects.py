"""The project page of the admin: settings, and its training: retrain, watch, cancel, read logs, promote, roll back."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_POST

from annotator.actions.projects import change_project
from annotator.actions.training import known_marks, request_training
from annotator.actions.versions import promote
from annotator.admin import said
from annotator.errors import NotFound, TernError
from annotator.jobs.queue import active, cancel
from annotator.models import Job, ModelVersion, Project, Role, TrainingRun, User
from annotator.policy import Action, can
from annotator.queries.jobs import get_job, jobs_of, log_of
from annotator.queries.versions import get_version, versions_of

RUNS_SHOWN, VERSIONS_SHOWN = 5, 5


class RetrainForm(forms.Form):
    """How much to train."""

    level = forms.ChoiceField(
        label="How much",
        choices=[(level.value, f"{level.label}: {said.LEVELS[level]}") for level in TrainingRun.Level],
        initial=TrainingRun.Level.QUICK,
        widget=forms.RadioSelect,
    )


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin):
    """Leads with staff rights see their projects; superusers see all. Settings are saved through the app's action."""

    list_display = ("name", "live_version", "auto_retrain", "created_at", "deleted_at")
    list_select_related = ("live_version",)
    fields = (
        "name", "description", "allow_closing", "queue_mode", "wanted_precision", "audit_share",
        "auto_retrain", "retrain_after_marks", "retrain_after_minutes", "created_at", "deleted_at",
    )  # fmt: skip
    readonly_fields = ("created_at", "deleted_at")
    change_form_template = "admin/annotator/project/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        """Projects this person leads."""
        everything = super().get_queryset(request)
        if request.user.is_superuser:
            return everything
        return everything.filter(members__user_id=request.user.pk, members__role=Role.LEAD)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Any staff member may look whether there are projects to lead."""
        return bool(request.user.is_active and request.user.is_staff)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The project list shows only one's own, see get_queryset."""
        return self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the policy says for editing projects."""
        if not self.has_module_permission(request):
            return False
        return obj is None or request.user.is_superuser or can(person(request), obj.pk, Action.EDIT_PROJECT)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Projects are made in the app, with a lead."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Projects are deleted in the app, where that can be taken back."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the action, which tells everybody who has the project open."""
        if form.changed_data:
            change_project(obj, **{name: form.cleaned_data[name] for name in form.changed_data})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form with the training panel."""
        project = self.get_object(request, object_id)
        panel = panel_of(project) if isinstance(project, Project) else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **panel})

    def get_urls(self) -> list[URLPattern]:
        """The pages of the training panel, before Django's own."""
        pages: list[tuple[str, str, Callable[..., HttpResponse]]] = [
            ("retrain", "retrain/", self.retrain),
            ("panel", "panel/", require_GET(self.panel)),
            ("cancel", "jobs/<int:job>/cancel/", require_POST(self.cancel)),
            ("log", "jobs/<int:job>/log/", require_GET(self.log)),
            ("promote", "versions/<int:number>/promote/", self.promote),
        ]
        own = [
            path(f"<int:project>/{route}", self.admin_site.admin_view(view), name=f"annotator_project_{name}")
            for name, route, view in pages
        ]
        return own + super().get_urls()

    def lead(self, request: HttpRequest, number: int, action: Action) -> Project:
        """The project, for people whom the policy allows the action."""
        project = Project.objects.select_related("live_version").filter(pk=number, deleted_at=None).first()
        if project is None or not can(person(request), number, action):
            raise Http404("There is no such project, or you do not lead it.")
        return project

    def retrain(self, request: HttpRequest, project: int) -> HttpResponse:
        """Ask for the level, then start."""
        found = self.lead(request, project, Action.TRAIN)
        form = RetrainForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                job = request_training(found, **form.cleaned_data, trigger="lead", user=person(request))
                messages.success(request, f"Training started as job {job.pk}.")
            except TernError as error:
                messages.error(request, error.detail)
            return back(found)
        context = {
            **self.admin_site.each_context(request),
            "title": "Retrain now",
            "project": found,
            "form": form,
            "known": known_marks(found.pk),
            "goes_live": said.GOES_LIVE,
            "running": active(found.pk, Job.Kind.TRAIN),
        }
        return TemplateResponse(request, "admin/annotator/project/retrain.html", context)

    def promote(self, request: HttpRequest, project: int, number: int) -> HttpResponse:
        """Show both versions, then make this one live."""
        found = self.lead(request, project, Action.PROMOTE)
        try:
            version = get_version(found, number)
            if request.method == "POST":
                promote(found, number, person(request))
                messages.success(request, f"Model {number} is live.")
                return back(found)
        except NotFound as error:
            raise Http404(error.detail) from error
        except TernError as error:
            messages.error(request, error.detail)
            return back(found)
        live = found.live_version
        context = {
            **self.admin_site.each_context(request),
            "title": f"{acting(version, live)}: model {number}",
            "act": acting(version, live),
            "project": found,
            "version": version,
            "figures": said.figures(version),
            "live": live,
            "live_figures": said.figures(live) if live else None,
            "suggests": said.SUGGESTS.format(number),
            "turned_round": said.TURNED_ROUND,
            "not_comparable": "" if live is None or said.measured_alike(version, live) else said.NOT_COMPARABLE,
        }
        return TemplateResponse(request, "admin/annotator/project/promote.html", context)

    def panel(self, request: HttpRequest, project: int) -> HttpResponse:
        """The panel alone, for the script that keeps it fresh."""
        found = self.lead(request, project, Action.TRAIN)
        return render(request, "admin/annotator/project/panel.html", {"original": found, **panel_of(found)})

    def cancel(self, request: HttpRequest, project: int, job: int) -> HttpResponse:
        """Stop a job."""
        found = self.lead(request, project, Action.TRAIN)
        try:
            cancel(get_job(found, job))
            messages.success(request, f"Job {job} was asked to stop.")
        except TernError as error:
            messages.error(request, error.detail)
        return back(found)

    def log(self, request: HttpRequest, project: int, job: int) -> HttpResponse:
        """What a job wrote down, as text."""
        found = self.lead(request, project, Action.TRAIN)
        try:
            text = log_of(get_job(found, job))
        except NotFound as error:
            raise Http404(error.detail) from error
        return HttpResponse(text or "Nothing was written yet.\n", content_type="text/plain; charset=utf-8")


def person(request: HttpRequest) -> User:
    """The signed-in person; the admin lets nobody else in."""
    assert isinstance(request.user, User)
    return request.user


def back(project: Project) -> HttpResponseRedirect:
    """To the project page."""
    return HttpResponseRedirect(reverse("admin:annotator_project_change", args=[project.pk]))


def panel_of(project: Project) -> dict[str, Any]:
    """What the training panel shows: the latest runs, and the versions they made."""
    live = project.live_version
    return {
        "runs": [run_row(job) for job in jobs_of(project)[:RUNS_SHOWN]],
        "versions": [
            {
                "version": version,
                "figures": said.figures(version),
                "live": version == live,
                "act": acting(version, live),
            }
            for version in versions_of(project)[:VERSIONS_SHOWN]
        ],
    }


def acting(version: ModelVersion, live: ModelVersion | None) -> str:
    """What making this version live is called."""
    return "Roll back" if live is not None and version.number < live.number else "Make live"


def run_row(job: Job) -> dict[str, Any]:
    """A job with its progress in words."""
    left = job.progress.get("seconds_left")
    return {
        "job": job,
        "training": getattr(job, "training", None),
        "active": job.state in Job.ACTIVE,
        "percent": round(job.progress.get("percent") or 0),
        "left": "" if left is None else f"about {duration(left)} left",
        "message": job.progress.get("message") or job.progress.get("stage") or "",
    }


def duration(seconds: float) -> str:
    """Seconds for people."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"
