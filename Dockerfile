# Debian 12: the MySQL client of Debian 13 refuses the certificate that MySQL's image makes for itself.
FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends default-libmysqlclient-dev pkg-config gcc libc6-dev libgomp1 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /site
COPY requirements.txt requirements-core.txt ./
# PyTorch's builds without CUDA: the site computes on the CPU, and the image is some gigabytes smaller.
ARG PIP_ARGS="--extra-index-url https://download.pytorch.org/whl/cpu"
RUN pip install --no-cache-dir $PIP_ARGS -r requirements.txt
COPY . .
RUN useradd --system --create-home site && mkdir -p /var/lib/movies && chown site /var/lib/movies
USER site
