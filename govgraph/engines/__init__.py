"""One adapter per engine; only ``graph.open`` imports them."""
