# One image for web, worker and beat; docker-compose.yml says which is which.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VAR_DIR=/var/lib/tracker
WORKDIR /app

# For files in Parquet: --build-arg EXTRAS="-r requirements/parquet.txt"
ARG EXTRAS=""
COPY requirements/*.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/bootstrap.txt \
    && uv pip install --system --no-cache --require-hashes -r requirements/runtime.txt $EXTRAS

COPY . .
RUN useradd --system --home-dir "$VAR_DIR" --create-home tracker
USER tracker
EXPOSE 8000

# gthread: a long download keeps its thread, not the whole process. FORWARDED_ALLOW_IPS names the
# proxy whose X-Forwarded-Proto is believed.
CMD ["gunicorn", "kmpt_tracker.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "3", "--threads", "4", "--no-control-socket"]
