"""Static files, also those that came after the start: the page may be built anew while the server runs."""

import os
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

from annotator.serving.filebody import answer_with

PAGE = f"{settings.STATIC_URL}page/"


class Assets(WhiteNoiseMiddleware):
    """WhiteNoise lists the files once, at the start. `index.html` is read afresh and names the files of now.

    So a file of the page that is not on the list is looked for, and one whose file is gone is not there. WhiteNoise
    chooses file and headers; the bytes are sent as those of pictures are. Left to itself it reads 4 kB at a time, gives
    no single byte, and joins two files when one changes in the middle of a download.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The file, or whatever the rest of the app answers."""
        url = request.path_info
        if not url.startswith(PAGE):
            return super().__call__(request)
        if url not in self.files and (found := self.find_file(url)) is not None:
            self.files[url] = found
        try:
            return super().__call__(request)
        except FileNotFoundError:
            # The file is gone, or only its compressed copy is: a build in progress has not made that yet.
            del self.files[url]
            if (found := self.find_file(url)) is None:
                return self.get_response(request)
            self.files[url] = found
            return super().__call__(request)

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponseBase:
        """The answer of WhiteNoise with a body of our own."""
        whole = {key: value for key, value in request.META.items() if key != "HTTP_RANGE"}
        chosen = static_file.get_response(request.method, whole)
        headers = dict(chosen.headers)
        if chosen.file is None:
            response: HttpResponseBase = HttpResponse(status=int(chosen.status))
        else:
            # A compressed copy has the ETag of its original: a part of one must not be joined to a part of the other.
            asked = whole if "Content-Encoding" in headers else request.META
            validators = [headers[name] for name in ("ETag", "Last-Modified") if name in headers]
            response = answer_with(chosen.file, chosen.file.seek(0, os.SEEK_END), asked, *validators)
            headers.pop("Content-Length", None)
        if response.status_code != 416:
            del response["Content-Type"]
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response
