"""Sessions in the database, as Django keeps them; only the row of a request is read by a statement of our own."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from annotator.sql.rows import rows_of


class SessionStore(db.SessionStore):
    """Django's store in the database, which spends most of a look-up on building the same statement again."""

    def _get_session_from_db(self) -> Session | None:
        """The living session of this key; without one the key is forgotten, so that nobody can choose it."""
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        found = rows_of(Session, "WHERE session_key = %s AND expire_date > %s", self.session_key, now)
        if not found:
            self._session_key = None
        return found[0] if found else None
