"""Requests to an OpenAI-compatible HTTP API: many at a time, as fast as the server takes them, patiently when it fails.

What is asked and how a reply is read is the caller's: completions in :mod:`openloop.models`, vectors in
:mod:`openloop.embedding`.
"""
