# One image for every app: gateway, control, scaler, vllm-sim and the command line. docs/images.md says how to build and
# run it; `npm run image:prove` builds it on stand-ins of its two bases and runs each app as Kubernetes would.

# Any Node builds it; what runs is the Node of the lockfile (optionalDependencies), the one all tests ran on.
ARG BUILD_BASE=node:26.10.0-trixie-slim
# glibc, libstdc++, certificates and time zones; no shell, no package manager, a user that is not root.
ARG RUN_BASE=gcr.io/distroless/cc-debian13:nonroot

FROM ${BUILD_BASE} AS build
WORKDIR /app
# Node from 25 on wants libatomic, which the run base has not; its dpkg record goes along, so that scanners see it.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends libatomic1 \
  && mkdir -p /image/var/lib/dpkg/status.d /image/usr/local/bin \
  && cp --parents -P /usr/lib/*-linux-gnu/libatomic.so.1* /usr/share/doc/libatomic1/copyright /image \
  && dpkg-query --status libatomic1 > /image/var/lib/dpkg/status.d/libatomic1
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN node scripts/build.mjs \
  && npm prune --omit=dev \
  && node scripts/image/trim-modules.mjs node_modules \
  && node scripts/image/write-programs.mjs /image/usr/local/bin

FROM ${RUN_BASE}
WORKDIR /app
COPY --from=build /image/ /
COPY --from=build /app/package.json /app/package-lock.json /app/LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# The flags of scripts/gateway-flags.mjs, for whichever app the image is started as.
ENV NODE_ENV=production \
  NODE_OPTIONS=--max-semi-space-size=8
# The bases' own `nonroot`, as a number: Kubernetes can only see of a number that it is not root. Any other will do as well.
USER 65532:65532
EXPOSE 8080 8081 9090 9091
ENTRYPOINT ["/usr/local/bin/node"]
CMD ["dist/apps/gateway/src/main.js"]

ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="ropeway" \
  org.opencontainers.image.description="A gateway in front of vLLM that sends each prompt to the smallest RoPE scaling that fits" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.created="${CREATED}"
