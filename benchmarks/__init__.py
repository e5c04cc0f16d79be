"""Scripts that measure the figures of docs/quality.md; run from the project's root."""
