"""The stack's config: from what a user gave, of any kind, to typed values, or to all errors at once."""
