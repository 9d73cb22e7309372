"""Where programs that nobody vouches for are run: see :func:`openloop.signals.code`."""
