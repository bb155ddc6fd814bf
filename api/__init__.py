"""The HTTP face: routes, status codes and the page; it asks the library and never imports an engine."""
