# The image of nicepay-sim: one static program and its licences. ./scripts/dist builds both the program and the image. By
# Docker, from dist/ or from the unpacked archive of a release:
#   docker build --file Dockerfile --tag nicepay-sim dist
FROM scratch
ARG VERSION=
LABEL org.opencontainers.image.title="nicepay-sim" \
      org.opencontainers.image.description="A local simulator of NICEPAY's V2 Payloan API and its lenders" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
COPY nicepay-sim /nicepay-sim
# The folder belongs to the user, and so does a new volume that is mounted there: the local CA is in it.
COPY --chown=65534:65534 LICENCES.txt /data/
WORKDIR /data
USER 65534:65534
ENV NICEPAY_SIM_LISTEN=0.0.0.0:8606 NICEPAY_SIM_CA_DIR=/data/ca
EXPOSE 8606
HEALTHCHECK --interval=2s --timeout=2s CMD ["/nicepay-sim", "healthcheck"]
ENTRYPOINT ["/nicepay-sim"]
