# One image, three commands: `serve` (the API), `work` (the job workers), `migrate` (the schema, once per release).
#
#   docker build -t almoner .
#   docker run almoner migrate      docker run almoner work      docker run -p 8000:8000 almoner
#
# Addresses and passwords come from the environment (ALMONER_…) at run time; nothing secret is in a layer.

FROM python:3.12-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src

# requirements.lock has three sections: runtime, build, development. The image gets the first; the second only builds
# our wheel, from a folder that stays behind in this stage. pip accepts hashes in requirements but not in constraints
# (`-c`), so one lock for all is cut here rather than used as a constraint. `make lock` writes the headings.
COPY requirements.lock ./
RUN sed '/^# --- build ---$/,$d' requirements.lock > runtime.lock \
    && sed -n '/^# --- build ---$/,/^# --- development ---$/p' requirements.lock > build.lock \
    && python -m venv /opt/almoner \
    && /opt/almoner/bin/pip install --require-hashes -r runtime.lock \
    && /opt/almoner/bin/pip install --require-hashes --no-deps --target /build -r build.lock

COPY pyproject.toml README.md ./
COPY platform platform
COPY graphql graphql
COPY policies policies
COPY workers workers
COPY migrations migrations
RUN PYTHONPATH=/build /opt/almoner/bin/pip install --no-deps --no-build-isolation . \
    && /opt/almoner/bin/pip check


FROM python:3.12-slim-bookworm

# /var/lib/almoner holds the token keys: mount a volume there, shared by every container that reads tokens.
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /var/lib/almoner almoner \
    && install -d -o almoner -g almoner -m 0700 /var/lib/almoner

COPY --from=build /opt/almoner /opt/almoner

ENV PATH="/opt/almoner/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ALMONER_DATA_DIR=/var/lib/almoner
WORKDIR /var/lib/almoner
USER 10001:10001
EXPOSE 8000

# For `serve`. The other two commands answer no requests: turn it off for them (compose.yaml does).
# urlopen raises on every answer that is not a success, which is exit code 1.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]

ENTRYPOINT ["almoner"]
# Inside a container the loopback address would be reachable from nowhere.
CMD ["serve", "--host", "0.0.0.0"]
