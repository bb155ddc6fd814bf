# The wheel is built in one stage and installed in another, so that no build tool is in what runs.
FROM python:3.13-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN pip wheel --no-deps --wheel-dir /wheels .

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="govgraph" \
      org.opencontainers.image.description="Metadata lineage and governance graph of public data" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    --mount=type=bind,source=constraints.txt,target=/constraints.txt \
    pip install --no-cache-dir --constraint /constraints.txt /wheels/*.whl
# Keys, audit log and loads: a volume takes over the owner of what it is laid on.
RUN install --directory --owner=10001 --group=10001 /state
# A number, so that a platform that forbids root can tell that this is not root.
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
ENTRYPOINT ["govgraph"]
CMD ["--help"]
