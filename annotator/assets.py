"""Static files, also those that came after the start: the page may be built anew while the server runs."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

PAGE = f"{settings.STATIC_URL}page/"


class Assets(WhiteNoiseMiddleware):
    """WhiteNoise lists the files once, at the start. `index.html` is read afresh and names the files of now.

    So a file of the page that is not on the list is looked for, and one whose file is gone is not there.
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
