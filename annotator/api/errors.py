"""One shape for every error: {"code", "detail", "fields"?}."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as ModelValidationError
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler, set_rollback

from annotator.errors import TernError

log = logging.getLogger(__name__)


def messages_of(detail: Any) -> list[str]:
    """All messages in DRF's nested error detail, flat."""
    if isinstance(detail, dict):
        return [f"{key}: {text}" for key, inner in detail.items() for text in messages_of(inner)]
    if isinstance(detail, (list, tuple)):
        return [text for inner in detail for text in messages_of(inner)]
    return [str(detail)]


def body_of(error: exceptions.APIException) -> dict[str, Any]:
    """The body for one of DRF's own exceptions."""
    if isinstance(error, exceptions.ValidationError):
        if isinstance(error.detail, dict):
            fields = {str(key): messages_of(value) for key, value in error.detail.items()}
            detail = " ".join(f"{key}: {' '.join(texts)}" for key, texts in fields.items())
            return {"code": "invalid", "detail": detail, "fields": fields}
        return {"code": "invalid", "detail": " ".join(messages_of(error.detail))}
    codes = {401: "unauthenticated", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 429: "throttled"}
    return {"code": codes.get(error.status_code, "invalid"), "detail": " ".join(messages_of(error.detail))}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler for Tern: our refusals and DRF's own in one shape; anything else stays a 500."""
    if isinstance(error, TernError):
        set_rollback()
        body: dict[str, Any] = {"code": error.code, "detail": error.detail}
        if error.fields:
            body["fields"] = error.fields
        return Response(body, status=error.status)
    if isinstance(error, Http404):
        error = exceptions.NotFound("There is nothing at this address.")
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, ModelValidationError):
        error = exceptions.ValidationError(getattr(error, "message_dict", None) or error.messages)
    response = exception_handler(error, context)
    if response is not None and isinstance(error, exceptions.APIException):
        response.data = body_of(error)
    return response


class Nothing(APIView):
    """Every address under /api/ that is none: a JSON 404 instead of the page."""

    schema = None
    permission_classes = (AllowAny,)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Whatever the method."""
        body = {"code": "not_found", "detail": "There is nothing at this address. See /api/docs/ for all addresses."}
        return JsonResponse(body, status=404)


def describe_refusals(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Schema hook: every operation may also answer with <Error>."""
    result["components"].setdefault("schemas", {})["Error"] = {
        "type": "object",
        "description": "What went wrong and how to fix it; `fields` names the entries that were refused.",
        "required": ["code", "detail"],
        "properties": {
            "code": {"type": "string"},
            "detail": {"type": "string"},
            "fields": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        },
    }
    refusal = {
        "description": "Refused.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = refusal
    return result
