# syntax=docker/dockerfile:1
# One image for every Airflow component; docker-compose.yml says which one a container is.
# python:slim rather than apache/airflow: that image brings other versions of what requirements-cluster.txt locks.
ARG PYTHON_VERSION=3.11

FROM python:${PYTHON_VERSION}-slim-bookworm AS packages
ARG UV_VERSION=0.13.9
RUN pip install --no-cache-dir "uv==${UV_VERSION}"
COPY requirements-cluster.txt /tmp/
# Compiled now: the account that runs cannot write beside the packages, and every task would compile them again.
RUN uv venv /opt/venv \
    && uv pip install --python /opt/venv/bin/python --no-cache --compile-bytecode -r /tmp/requirements-cluster.txt

FROM python:${PYTHON_VERSION}-slim-bookworm
# LightGBM needs GNU OpenMP; backups need pg_dump of the server's version, which docker-compose.yml pins and Debian's own
# packages are older than.
ARG POSTGRES_VERSION=16
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libgomp1 postgresql-common \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install --yes --no-install-recommends "postgresql-client-${POSTGRES_VERSION}" \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 50000 --user-group --create-home --shell /usr/sbin/nologin storekeeper \
    && install --directory --owner storekeeper --group storekeeper \
        /opt/airflow /opt/airflow/logs /opt/airflow/login /var/lib/storekeeper /srv/exports /etc/storekeeper
COPY --from=packages /opt/venv /opt/venv
WORKDIR /opt/storekeeper
COPY LICENSE README.md pyproject.toml storekeeper ./
COPY great_expectations great_expectations
COPY scripts scripts
COPY plugins plugins
COPY include include
COPY dags dags
RUN /opt/venv/bin/python -m compileall -q dags include plugins scripts
# Every list's manifest names the code that made it; there is no git in the image to ask.
ARG STOREKEEPER_VERSION=unknown
ENV STOREKEEPER_VERSION=${STOREKEEPER_VERSION} \
    PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1
USER storekeeper
# Settings, PYTHONPATH and secrets come from docker-compose.yml, in one place.
HEALTHCHECK --interval=30s --timeout=10s --start-period=2m --retries=5 \
    CMD ["python", "-m", "scripts.component_health", "api-server"]
CMD ["airflow", "api-server"]
