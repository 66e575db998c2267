"""Everything under /api/. Each module has its own `urlpatterns`, relative to /api/; add yours to MODULES."""

from django.urls import URLPattern, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView

from annotator.api import (
    audit,
    backbones,
    closing,
    doubts,
    heatmaps,
    images,
    imports,
    jobs,
    labels,
    labelview,
    members,
    pictures,
    previews,
    projects,
    session,
    snapshots,
    suggestions,
    tokens,
    versions,
    work,
)
from annotator.api.errors import Nothing

BACKGROUND = (jobs, versions, suggestions, heatmaps, closing, labelview, audit, doubts, previews, backbones)
MODULES = (session, tokens, projects, members, labels, images, pictures, work, imports, snapshots, *BACKGROUND)

urlpatterns: list[URLPattern] = [pattern for module in MODULES for pattern in module.urlpatterns]
urlpatterns += [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("redoc/", SpectacularRedocView.as_view(url_name="schema"), name="redoc"),
    re_path(r"^.*$", Nothing.as_view(), name="nothing"),
]
