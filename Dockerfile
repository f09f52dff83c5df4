ARG VERSION=dev

FROM golang:1.26 AS build
WORKDIR /src
# A layer of its own: the modules are fetched again only when these two change.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.programVersion=$VERSION" -o /out/ineed-insales . \
 && mkdir -p /out/data

FROM scratch
ARG VERSION
LABEL org.opencontainers.image.title="ineed-insales" \
      org.opencontainers.image.description="Connector between INEED.CHAT and InSales" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
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
