# Built on the machine's own platform for whichever is asked for: Go compiles for any of them.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
# A layer of its own: the modules are fetched again only when these two change.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# Go stamps the revision, its date and whether there were changes, where the repository came along.
# In an archive of the source, or a worktree, whose .git leads elsewhere, it could only fail.
ARG VERSION="" TARGETOS TARGETARCH
RUN if git rev-parse --quiet --verify HEAD >/dev/null 2>&1; then stamp=true; else stamp=false; fi \
 && CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=$stamp \
    -ldflags "-s -w -X main.programVersion=$VERSION" -o /out/ineed-insales . \
 && mkdir -p /out/data

FROM scratch
ARG VERSION="" REVISION=""
LABEL org.opencontainers.image.title="ineed-insales" \
      org.opencontainers.image.description="Connector between INEED.CHAT and InSales" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/LICENSE /src/NOTICE /
COPY --from=build /out/ineed-insales /ineed-insales
# Nobody's folder is root's: a new volume takes its owner from here.
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
# There is no /tmp, and with --read-only there could be none: the demo and
# SQLite's temporary files go where writing is allowed.
ENV CONNECTOR_DB=/data/connector.db TMPDIR=/data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/ineed-insales", "healthcheck"]
ENTRYPOINT ["/ineed-insales"]
CMD ["serve"]
