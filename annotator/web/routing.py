"""Addresses of the WebSockets."""

from django.urls import URLPattern, path

from annotator.api import text
from annotator.live.socket import ProjectSocket

assert text  # It registers the converter for ids.

websocket_urlpatterns: list[URLPattern] = [path("ws/projects/<id:project>/", ProjectSocket.as_asgi())]
