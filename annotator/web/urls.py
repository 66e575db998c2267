"""Every address of Tern. What is none of the others belongs to the page, which has its own routes."""

from django.contrib import admin
from django.urls import include, path, re_path

from annotator.web import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("annotator.api.urls")),
    path("media/", include("annotator.api.files")),
    path("enter/<str:secret>/", views.enter, name="enter"),
    re_path(r"^(?!api/|admin/|media/|static/|ws/)(?P<path>.*)$", views.page, name="page"),
]
