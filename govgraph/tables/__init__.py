"""Answers as tables for people and as CSV, a module a group of questions; what they share is in render."""
