"""The REST API: routes, status codes, keys and limits over HTTP. It asks the library and never an engine."""
