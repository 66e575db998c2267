"""Cursor pagination: pages stay right while rows are added."""

from rest_framework.pagination import CursorPagination


class ByCursor(CursorPagination):
    """{"next", "previous", "results"}; `limit` asks for a page size of at most 200. Views set the ordering."""

    page_size = 30
    page_size_query_param = "limit"
    max_page_size = 200
    ordering = "pk"
