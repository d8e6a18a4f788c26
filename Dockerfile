FROM python:3.11-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends default-libmysqlclient-dev pkg-config gcc libc6-dev libgomp1 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /site
COPY requirements.txt requirements-core.txt ./
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
RUN useradd --system --create-home site && mkdir -p /var/lib/movies && chown site /var/lib/movies
USER site
