# One image: API, jobs and commands. Build: docker build -t dayaq .
FROM python:3.13-slim-bookworm AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /srv
RUN pip install --no-cache-dir uv==0.13.9
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --frozen --no-dev --no-install-project
COPY alembic.ini ./
COPY migrations migrations
COPY app app
RUN uv sync --frozen --no-dev

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /srv --shell /usr/sbin/nologin dayaq \
    && install -d -o dayaq -g dayaq -m 0700 /var/lib/dayaq
# Everything belongs to root: the service can change nothing but its data.
COPY --from=build /srv /srv
ENV PATH=/srv/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DAYAQ_HOST=0.0.0.0 \
    DAYAQ_PORT=8000 \
    DAYAQ_VAR=/var/lib/dayaq
WORKDIR /srv
USER 10001
VOLUME /var/lib/dayaq
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, httpx; httpx.get('http://127.0.0.1:' + os.environ['DAYAQ_PORT'] + '/health/live', timeout=4).raise_for_status()"]
ARG COMMIT=""
ENV DAYAQ_COMMIT=$COMMIT
ENTRYPOINT ["dayaq"]
CMD ["serve"]
