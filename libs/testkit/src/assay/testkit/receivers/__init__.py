"""Those who receive alerts, for tests: a real Alertmanager, a mail server, an HTTPS server that may be hostile."""
