# The desk as an image: dependencies are built in one stage and copied, without tools, into the other.
# Nothing is written outside /data, /key, /backup and /tmp: run it with a read-only root and a tmpfs on /tmp (compose.yaml does).
FROM python:3.11-slim-bookworm AS build
RUN python -m venv /opt/rightsdesk
COPY requirements.txt /tmp/requirements.txt
RUN /opt/rightsdesk/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.txt \
    && rm -rf /opt/rightsdesk/lib/python3.11/site-packages/pip*
COPY app /opt/rightsdesk/lib/python3.11/site-packages/app
COPY bot /opt/rightsdesk/lib/python3.11/site-packages/bot
COPY desk /opt/rightsdesk/lib/python3.11/site-packages/desk
COPY mail /opt/rightsdesk/lib/python3.11/site-packages/mail
COPY models /opt/rightsdesk/lib/python3.11/site-packages/models
RUN printf '#!/bin/sh\nexec /opt/rightsdesk/bin/python -P -m app "$@"\n' > /opt/rightsdesk/bin/rightsdesk \
    && chmod 755 /opt/rightsdesk/bin/rightsdesk \
    && /opt/rightsdesk/bin/python -m compileall -q /opt/rightsdesk/lib/python3.11/site-packages

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Rightsdesk" org.opencontainers.image.licenses="GPL-3.0-or-later"
# pg_dump and pg_restore, which `rightsdesk backup` and `restore` call for PostgreSQL.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log
# The key has a folder of its own, so that what copies the data does not copy the key with it.
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin rightsdesk \
    && install -d -o rightsdesk -g rightsdesk -m 700 /data /key /backup
COPY --from=build /opt/rightsdesk /opt/rightsdesk
COPY LICENSE /usr/share/doc/rightsdesk/LICENSE
ENV PATH=/opt/rightsdesk/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    LANG=C.UTF-8 \
    DESK_STORAGE__DIR=/data \
    DESK_STORAGE__KEY_FILE=/key/master.key \
    DESK_HTTP__LISTEN=0.0.0.0:8080
WORKDIR /data
VOLUME ["/data", "/key"]
USER rightsdesk
EXPOSE 8080
# Asks the process about its loops, not only whether it is there.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["rightsdesk", "health", "--alive"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["rightsdesk"]
CMD ["run"]
