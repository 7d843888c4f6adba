# One image for every part: web, worker, migrate and, in the sandbox, the simulator.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    DATA_DIR=/data

WORKDIR /app

# Turns voice notes into what WhatsApp plays as such. Without it they are refused, with the reason.
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg && rm -rf /var/lib/apt/lists/*

# Before the code: this layer changes only with the lock.
COPY requirements.txt .
RUN pip install --require-hashes -r requirements.txt

COPY manage.py ./
COPY backend backend

# Nobody in here is root, and nothing of the code can be written.
RUN useradd --uid 10001 --no-create-home gateway && install -d -o gateway -g gateway -m 700 /data
USER gateway
VOLUME /data

# What /readyz shows: docker build --build-arg RELEASE=1.2.3
ARG RELEASE=""
ENV RELEASE=$RELEASE

EXPOSE 8000
CMD ["python", "manage.py", "web", "--host", "0.0.0.0"]
