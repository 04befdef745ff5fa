//! HTTP: API, pages, events, webhooks; built from one route table. Sole owner of axum.
