from openloop.audit.result import Part


def measure(facts, options):
    return Part()
