"""Background work: list, watch, cancel, read the log, and ask for a training."""

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.actions.training import LEVELS, request_training
from annotator.api.base import ProjectView
from annotator.api.shapes import Job as JobShape
from annotator.jobs.queue import cancel
from annotator.policy import Action
from annotator.queries.jobs import JOBS_LISTED, get_job, jobs_of, log_of


class TrainRequest(serializers.Serializer):
    """How much time it may take."""

    level = serializers.ChoiceField(LEVELS, default="quick")


class JobList(ProjectView):
    """Background work of a project."""

    rules = {"GET": Action.VIEW}
    serializer_class = JobShape
    pagination_class = None

    @extend_schema(operation_id="jobs", responses=JobShape(many=True))
    def get(self, request: Request, project: int) -> Response:
        """The latest jobs, newest first."""
        return Response(JobShape(jobs_of(self.project)[:JOBS_LISTED], many=True).data)


class JobDetail(ProjectView):
    """One job."""

    rules = {"GET": Action.VIEW}
    serializer_class = JobShape

    @extend_schema(operation_id="job", responses=JobShape)
    def get(self, request: Request, project: int, job: int) -> Response:
        """Its state, progress, result or error."""
        return Response(JobShape(get_job(self.project, job)).data)


class JobCancel(ProjectView):
    """Stop a job."""

    rules = {"POST": Action.TRAIN}
    serializer_class = JobShape

    @extend_schema(operation_id="cancel_job", request=None, responses=JobShape)
    def post(self, request: Request, project: int, job: int) -> Response:
        """A waiting job ends at once, a running one at its next step."""
        found = get_job(self.project, job)
        cancel(found)
        return Response(JobShape(found).data)


class JobLog(ProjectView):
    """What a job wrote down."""

    rules = {"GET": Action.TRAIN}
    serializer_class = JobShape

    @extend_schema(operation_id="job_log", responses={(200, "text/plain"): OpenApiTypes.STR})
    def get(self, request: Request, project: int, job: int) -> HttpResponse:
        """The log as text."""
        return HttpResponse(log_of(get_job(self.project, job)), content_type="text/plain; charset=utf-8")


class Train(ProjectView):
    """Retrain now."""

    rules = {"POST": Action.TRAIN}
    serializer_class = TrainRequest

    @extend_schema(operation_id="train", request=TrainRequest, responses={201: JobShape})
    def post(self, request: Request, project: int) -> Response:
        """Start a training. 409, naming the running job, when there is one."""
        asked = TrainRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        job = request_training(self.project, **asked.validated_data, trigger="api", user=self.user)
        return Response(JobShape(job).data, status=status.HTTP_201_CREATED)


urlpatterns = [
    path("projects/<id:project>/jobs/", JobList.as_view(), name="jobs"),
    path("projects/<id:project>/jobs/<id:job>/", JobDetail.as_view(), name="job"),
    path("projects/<id:project>/jobs/<id:job>/cancel/", JobCancel.as_view(), name="job-cancel"),
    path("projects/<id:project>/jobs/<id:job>/log/", JobLog.as_view(), name="job-log"),
    path("projects/<id:project>/train/", Train.as_view(), name="train"),
]
