"""The commands, a module a group: options in, answers out. What is heavy is imported by the command that needs it."""
