# Two stages: one that builds the page with Node, one that runs Tern with Python alone.
FROM node:24-bookworm-slim AS page
WORKDIR /page
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci
COPY frontend/ ./
RUN npm run build

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 TERN_HOME=/data
RUN useradd --create-home --uid 10001 tern && mkdir /data && chown tern:tern /data
WORKDIR /app
COPY requirements.txt ./
# PIP_ARGS may name another index, for instance one with CPU-only builds of torch, a quarter of the size.
ARG PIP_ARGS=""
RUN pip install ${PIP_ARGS} -r requirements.txt
COPY manage.py ./
COPY annotator/ annotator/
COPY model/ model/
COPY fixtures/ fixtures/
COPY --from=page /page/dist frontend/dist
USER tern
RUN TERN_HOME=/tmp/build python manage.py check && rm -rf /tmp/build
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"
CMD ["python", "manage.py", "start", "--host", "0.0.0.0", "--port", "8000", "--no-demo", "--no-browser"]
