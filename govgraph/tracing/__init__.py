"""Questions over the whole record, and over what lies between things (docs/semantics.md, section 12)."""
