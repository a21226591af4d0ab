# One image for edge, api and log worker: the command chooses. Built by `docker compose build`.
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY shared/package.json shared/
COPY services/api/package.json services/api/
COPY services/edge/package.json services/edge/
COPY services/launcher/package.json services/launcher/
COPY services/log-worker/package.json services/log-worker/
COPY bench/package.json bench/
COPY test/package.json test/
RUN npm ci
COPY tsconfig.base.json ./
COPY shared shared
COPY services services
RUN node_modules/.bin/tsc -b shared services/api services/edge services/log-worker
# What runs needs no compiler: the production dependencies of the three services, and of nothing else.
RUN rm -rf node_modules \
 && npm ci --omit=dev --prefer-offline --workspace=shared --workspace=services/api --workspace=services/edge --workspace=services/log-worker \
 && rm -rf shared/src services/launcher services/*/src services/*/tsconfig.json shared/tsconfig.json \
 && find . -name '*.tsbuildinfo' -not -path './node_modules/*' -delete

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app ./
COPY deploy/ready.mjs deploy/ready.mjs
COPY deploy/mongo deploy/mongo
USER 1000:1000
# The admin listener says whether the service can do its work; Node itself asks.
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=3 CMD ["node", "deploy/ready.mjs"]
ENTRYPOINT ["node", "--enable-source-maps"]
CMD ["services/edge/dist/src/main.js"]
